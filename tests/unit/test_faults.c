/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "chaos.h"
#include "control/faults.h"

enum { START_MS = 1705314600 };

static struct faults faults;
static struct fault_hit hit;
static int64_t now_ms;

static int begin(void **state)
{
    (void)state;
    faults = (struct faults){.seed = 42};
    now_ms = START_MS;
    return 0;
}

static int end(void **state)
{
    (void)state;
    faults_clear(&faults);
    return 0;
}

/* A rule that hits every claim with a 503, before it runs. */
static struct fault_rule rule_of(const char *id)
{
    return (struct fault_rule){
        .id = text_of(id),
        .match = {.operations = (uint32_t)1 << OPERATION_CLAIM},
        .every = 1,
        .probability = 1,
        .answer = {.kind = FAULT_ANSWER_STATUS, .status = 503},
    };
}

static void add(struct fault_rule rule)
{
    assert_int_equal(faults_add(&faults, &rule, now_ms), OK);
}

static const struct fault_facts a_claim = {.operation = {"claim", 5}, .pool = {"p", 1}};

static bool draw(const struct fault_facts *facts)
{
    return faults_draw(&faults, FAULT_BEFORE, facts, now_ms, &hit);
}

/* The outcome of so many claims: 'x' for a hit. */
static const char *outcome(int claims)
{
    static char text[201];

    assert_true(claims < (int)sizeof(text));
    for (int i = 0; i < claims; i++)
        text[i] = draw(&a_claim) ? 'x' : '.';
    text[claims] = '\0';
    return text;
}

static struct fault_counts counts_of(const char *id)
{
    struct fault_counts counts;

    for (size_t i = 0; i < faults.count; i++)
        if (text_equal(faults_get(&faults, i, now_ms, &counts)->id, text_of(id)))
            return counts;
    fail_msg("there is no rule %s", id);
    return (struct fault_counts){0};
}

static void check_counts(const char *id, int64_t matched, int64_t hits, bool spent)
{
    struct fault_counts counts = counts_of(id);

    assert_int_equal(counts.matched, matched);
    assert_int_equal(counts.hits, hits);
    assert_int_equal(counts.spent, spent);
}

static void check_ids(const char *expected)
{
    struct fault_counts counts;
    char ids[256] = "";

    for (size_t i = 0; i < faults.count; i++) {
        struct text id = faults_get(&faults, i, now_ms, &counts)->id;
        snprintf(ids + strlen(ids), sizeof(ids) - strlen(ids), "%s%.*s", i > 0 ? " " : "",
                 TEXT_ARGS(id));
    }
    assert_string_equal(ids, expected);
}

static void without_a_rule_nothing_is_hit(void **state)
{
    (void)state;
    assert_false(draw(&a_claim));
    assert_int_equal(faults_armed(&faults, now_ms), 0);
}

static void hit_tells_what_its_rule_says(void **state)
{
    struct fault_rule rule = rule_of("r");

    (void)state;
    rule.answer.retry_after_s = 7;
    rule.error = TEXT("out of order");
    rule.delay = (struct fault_delay){.type = FAULT_DELAY_FIXED, .ms = 250};
    add(rule);
    assert_true(draw(&a_claim));
    assert_int_equal(faults_remove(&faults, TEXT("r")), OK);
    assert_string_equal(hit.id, "r");
    assert_int_equal(hit.delay_us, 250000);
    assert_int_equal(hit.answer.kind, FAULT_ANSWER_STATUS);
    assert_int_equal(hit.answer.status, 503);
    assert_int_equal(hit.answer.retry_after_s, 7);
    assert_string_equal(hit.error, "out of order");
}

static void longest_texts_fit_into_a_hit(void **state)
{
    struct fault_rule rule = rule_of(NULL);
    char id[FAULT_ID_MAX], error[FAULT_ERROR_MAX];

    (void)state;
    memset(id, 'i', sizeof(id));
    memset(error, 'e', sizeof(error));
    rule.id = (struct text){id, sizeof(id)};
    rule.error = (struct text){error, sizeof(error)};
    add(rule);
    assert_true(draw(&a_claim));
    assert_int_equal(strlen(hit.id), sizeof(id));
    assert_int_equal(strlen(hit.error), sizeof(error));
}

static void rule_is_for_its_operations(void **state)
{
    static const struct {
        const char *operation;
        bool is_hit;
    } rows[] = {{"claim", true}, {"status", true},  {"release", false}, {"pod", false},
                {"", false},     {"health", false}, {"faults", false},  {"*", false}};
    struct fault_rule rule = rule_of("r"), all = rule_of("all");

    (void)state;
    rule.match.operations |= (uint32_t)1 << OPERATION_STATUS;
    add(rule);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct fault_facts facts = {.operation = text_of(rows[i].operation)};
        if (draw(&facts) != rows[i].is_hit)
            fail_msg("\"%s\"", rows[i].operation);
    }
    faults_clear(&faults);
    all.match.operations = FAULT_ALL_OPERATIONS;
    add(all);
    for (int i = 0; i < OPERATION__MAX; i++) {
        const struct fault_facts facts = {.operation = text_of(operation_words()[i])};
        assert_true(draw(&facts));
    }
    assert_false(draw(&(struct fault_facts){.operation = TEXT("reset")}));
    assert_false(draw(&(struct fault_facts){0}));
}

static void each_pattern_has_to_fit(void **state)
{
    static const struct {
        const char *rule_pool, *rule_pod, *rule_workspace;
        bool is_hit;
    } rows[] = {
        {NULL, NULL, NULL, true},
        {"ci", NULL, NULL, true},
        {"c", NULL, NULL, false},
        {"c*", NULL, NULL, true},
        {"CI", NULL, NULL, false},
        {"*", "*", "*", true},
        {NULL, "pod-pool-1-7", NULL, true},
        {NULL, "mock-pod-7", NULL, true},
        {NULL, "mock-*", NULL, true},
        {NULL, "pod-pool-1-8", NULL, false},
        {NULL, NULL, "w-*", true},
        {NULL, NULL, "v-*", false},
        {"ci", "mock-pod-7", "w-1", true},
        {"no", "mock-pod-7", "w-1", false},
        {"ci", "mock-pod-8", "w-1", false},
        {"ci", "mock-pod-7", "w-2", false},
        {"", NULL, NULL, false},
    };
    const struct fault_facts facts = {.operation = TEXT("claim"),
                                      .pool = TEXT("ci"),
                                      .pod_id = TEXT("pod-pool-1-7"),
                                      .pod_subdomain = TEXT("mock-pod-7"),
                                      .workspace = TEXT("w-1")};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct fault_rule rule = rule_of("r");
        rule.match.pool = text_of(rows[i].rule_pool);
        rule.match.pod = text_of(rows[i].rule_pod);
        rule.match.workspace = text_of(rows[i].rule_workspace);
        add(rule);
        if (draw(&facts) != rows[i].is_hit)
            fail_msg("row %zu", i);
        check_counts("r", rows[i].is_hit, rows[i].is_hit, false);
        faults_clear(&faults);
    }
}

static void text_that_a_request_has_not_fits_no_pattern(void **state)
{
    const struct fault_facts facts = {.operation = TEXT("claim")};
    struct fault_rule pool = rule_of("pool"), pod = rule_of("pod"), workspace = rule_of("w");

    (void)state;
    pool.match.pool = pod.match.pod = workspace.match.workspace = TEXT("*");
    add(pool);
    add(pod);
    add(workspace);
    assert_false(draw(&facts));
    assert_true(draw(&a_claim));
    assert_string_equal(hit.id, "pool");
}

static void rule_is_for_its_phase(void **state)
{
    struct fault_rule rule = rule_of("after");

    (void)state;
    rule.phase = FAULT_AFTER;
    add(rule);
    assert_false(draw(&a_claim));
    check_counts("after", 0, 0, false);
    assert_true(faults_draw(&faults, FAULT_AFTER, &a_claim, now_ms, &hit));
    assert_string_equal(hit.id, "after");
}

static void first_rule_that_takes_a_request_keeps_it_from_the_others(void **state)
{
    struct fault_rule once = rule_of("once"), second = rule_of("second"), third = rule_of("third");

    (void)state;
    once.times = 1;
    second.every = 2;
    add(once);
    add(second);
    add(third);
    static const char *const expected[] = {"once", "third", "second", "third", "second"};
    for (size_t i = 0; i < UNIT_COUNT(expected); i++) {
        assert_true(draw(&a_claim));
        assert_string_equal(hit.id, expected[i]);
    }
    check_counts("once", 1, 1, true);
    check_counts("second", 4, 2, false);
    check_counts("third", 2, 2, false);
}

static void skip_every_and_times_count_what_matches(void **state)
{
    static const struct {
        int64_t skip, every, times;
        const char *outcome;
    } rows[] = {
        {0, 1, 0, "xxxxxxxxxx"}, {0, 1, 3, "xxx......."}, {2, 1, 0, "..xxxxxxxx"},
        {2, 1, 1, "..x......."}, {0, 3, 0, "..x..x..x."}, {0, 2, 2, ".x.x......"},
        {1, 2, 0, "..x.x.x.x."}, {3, 3, 2, ".....x..x."}, {10, 1, 0, ".........."},
        {9, 1, 5, ".........x"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct fault_rule rule = rule_of("r");
        rule.skip = rows[i].skip;
        rule.every = rows[i].every;
        rule.times = rows[i].times;
        add(rule);
        assert_string_equal(outcome(10), rows[i].outcome);
        faults_clear(&faults);
    }
}

static void what_does_not_match_is_not_counted(void **state)
{
    const struct fault_facts other = {.operation = TEXT("claim"), .pool = TEXT("other")};
    struct fault_rule rule = rule_of("r");

    (void)state;
    rule.match.pool = TEXT("p");
    rule.skip = 1;
    add(rule);
    for (int i = 0; i < 5; i++)
        assert_false(draw(&other));
    assert_string_equal(outcome(3), ".xx");
    check_counts("r", 3, 2, false);
}

static void spent_rule_counts_no_more(void **state)
{
    struct fault_rule rule = rule_of("r");

    (void)state;
    rule.times = 2;
    add(rule);
    assert_int_equal(faults_armed(&faults, now_ms), 1);
    assert_string_equal(outcome(5), "xx...");
    check_counts("r", 2, 2, true);
    assert_int_equal(faults_armed(&faults, now_ms), 0);
}

static void life_ends_by_the_states_clock(void **state)
{
    struct fault_rule rule = rule_of("r");

    (void)state;
    rule.ttl_ms = 600000;
    add(rule);
    now_ms += 599999;
    assert_true(draw(&a_claim));
    check_counts("r", 1, 1, false);
    now_ms++;
    assert_false(draw(&a_claim));
    check_counts("r", 1, 1, true);
    assert_int_equal(faults_armed(&faults, now_ms), 0);
    assert_int_equal(faults_replace(&faults, &rule, 1, now_ms), OK); /* a new life */
    check_counts("r", 0, 0, false);
    assert_true(draw(&a_claim));
}

static void probability_is_that_of_a_hit(void **state)
{
    static const double probabilities[] = {0, 0.1, 0.5, 0.9, 1};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(probabilities); i++) {
        struct fault_rule rule = rule_of("r");
        double probability = probabilities[i];
        int hits = 0;
        rule.probability = probability;
        add(rule);
        for (int n = 0; n < 10000; n++)
            hits += draw(&a_claim);
        assert_true(fabs(hits - probability * 10000) < 150);
        if (probability == 0 || probability == 1)
            assert_int_equal(hits, probability * 10000);
        check_counts("r", 10000, hits, false);
        faults_clear(&faults);
    }
}

static void times_counts_the_hits_and_not_the_chances(void **state)
{
    struct fault_rule rule = rule_of("r");
    int hits = 0;

    (void)state;
    rule.probability = 0.2;
    rule.times = 5;
    add(rule);
    for (int i = 0; i < 1000; i++)
        hits += draw(&a_claim);
    assert_int_equal(hits, 5);
    assert_true(counts_of("r").matched > 5);
    assert_true(counts_of("r").spent);
}

static void uniform_delay_fills_its_bounds(void **state)
{
    struct fault_rule rule = rule_of("r");
    int64_t least = INT64_MAX, most = 0, sum = 0;

    (void)state;
    rule.delay =
        (struct fault_delay){.type = FAULT_DELAY_UNIFORM, .lower_ms = 100, .upper_ms = 900};
    add(rule);
    for (int i = 0; i < 10000; i++) {
        assert_true(draw(&a_claim));
        least = hit.delay_us < least ? hit.delay_us : least;
        most = hit.delay_us > most ? hit.delay_us : most;
        sum += hit.delay_us;
    }
    assert_in_range(least, 100000, 102000);
    assert_in_range(most, 898000, 900000);
    assert_in_range(sum / 10000, 490000, 510000);
}

static void lognormal_delay_has_its_median_and_its_maximum(void **state)
{
    struct fault_rule rule = rule_of("r");
    int below = 0, at_most = 0;

    (void)state;
    rule.delay = (struct fault_delay){
        .type = FAULT_DELAY_LOGNORMAL, .median_ms = 200, .sigma = 0.4, .max_ms = 300};
    add(rule);
    for (int i = 0; i < 10000; i++) {
        assert_true(draw(&a_claim));
        assert_in_range(hit.delay_us, 1000, 300000);
        below += hit.delay_us < 200000;
        at_most += hit.delay_us == 300000;
    }
    assert_in_range(below, 4850, 5150);
    assert_in_range(at_most, 1400, 1700); /* P(Z > ln(1.5) / 0.4) = 0.155 */
}

static void widest_delays_stay_within_their_bounds(void **state)
{
    struct fault_rule rule = rule_of("r");

    (void)state;
    rule.delay = (struct fault_delay){.type = FAULT_DELAY_LOGNORMAL,
                                      .median_ms = FAULT_DELAY_MAX_MS,
                                      .sigma = FAULT_SIGMA_MAX,
                                      .max_ms = FAULT_DELAY_MAX_MS};
    add(rule);
    for (int i = 0; i < 10000; i++) {
        assert_true(draw(&a_claim));
        assert_true(hit.delay_us >= 0 && hit.delay_us <= (int64_t)FAULT_DELAY_MAX_MS * 1000);
    }
}

/* Rules whose every draw counts. */
static void add_chancy(const char *id)
{
    struct fault_rule rule = rule_of(id);

    rule.probability = 0.5;
    rule.delay = (struct fault_delay){
        .type = FAULT_DELAY_LOGNORMAL, .median_ms = 200, .sigma = 0.4, .max_ms = 5000};
    rule.answer = (struct fault_answer){.kind = FAULT_ANSWER_GARBAGE};
    add(rule);
}

struct track {
    char ids[50][FAULT_ID_MAX + 1];
    int64_t delays_us[50];
    uint64_t seeds[50];
};

/* What happens to 50 claims. */
static struct track track_claims(void)
{
    struct track track = {0};

    for (int i = 0; i < 50; i++) {
        if (!draw(&a_claim))
            continue;
        memcpy(track.ids[i], hit.id, sizeof(hit.id));
        track.delays_us[i] = hit.delay_us;
        track.seeds[i] = hit.noise_seed;
    }
    return track;
}

static void same_seed_gives_the_same_draws_a_hundred_times(void **state)
{
    struct track first;

    (void)state;
    for (int run = 0; run < 100; run++) {
        faults_clear(&faults);
        add_chancy("a");
        add_chancy(NULL);
        struct track track = track_claims();
        if (run == 0)
            first = track;
        assert_memory_equal(&track, &first, sizeof(first));
    }
    faults_reseed(&faults, 42);
    struct track again = track_claims();
    assert_memory_equal(&again, &first, sizeof(first));
    faults_reseed(&faults, 43);
    struct track other = track_claims();
    assert_memory_not_equal(&other, &first, sizeof(first));
}

static void further_rule_changes_no_other_rules_draws(void **state)
{
    struct fault_rule before = rule_of("before"), after = rule_of("after");

    (void)state;
    add_chancy("a");
    struct track alone = track_claims();
    faults_clear(&faults);
    before.match.pool = TEXT("other");
    before.probability = 0.5;
    add(before);
    add_chancy("a");
    add(after);
    struct track among = track_claims();
    for (int i = 0; i < 50; i++) {
        if (alone.ids[i][0] == '\0') {
            assert_string_equal(among.ids[i], "after");
            continue;
        }
        assert_string_equal(among.ids[i], "a");
        assert_true(among.delays_us[i] == alone.delays_us[i] && among.seeds[i] == alone.seeds[i]);
    }
}

static void ids_are_made_up_where_none_is_given(void **state)
{
    struct fault_rule rules[] = {rule_of(NULL), rule_of("mine"), rule_of(NULL), rule_of("fault-2")};

    (void)state;
    add(rule_of(NULL));
    add(rule_of("fault-2"));
    add(rule_of(NULL));
    check_ids("fault-1 fault-2 fault-3");
    assert_int_equal(faults_remove(&faults, TEXT("fault-3")), OK);
    add(rule_of(NULL));
    check_ids("fault-1 fault-2 fault-4");
    assert_int_equal(faults_replace(&faults, rules, UNIT_COUNT(rules), now_ms), OK);
    check_ids("fault-1 mine fault-3 fault-2");
    faults_clear(&faults);
    add(rule_of(NULL));
    check_ids("fault-1");
}

static void id_is_given_once(void **state)
{
    struct fault_rule rule = rule_of("r");

    (void)state;
    add(rule);
    rule.times = 5;
    assert_int_equal(faults_add(&faults, &rule, now_ms), ERR_FAULT_EXISTS);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults_remove(&faults, TEXT("none")), ERR_FAULT_NOT_FOUND);
    assert_int_equal(faults_remove(&faults, TEXT("r")), OK);
    assert_int_equal(faults_remove(&faults, TEXT("r")), ERR_FAULT_NOT_FOUND);
    assert_false(draw(&a_claim));
}

static void removing_keeps_the_others_and_what_they_counted(void **state)
{
    struct fault_rule first = rule_of("first");

    (void)state;
    first.times = 1;
    add(first);
    add(rule_of("second"));
    add(rule_of("third"));
    assert_string_equal(outcome(3), "xxx");
    assert_int_equal(faults_remove(&faults, TEXT("first")), OK);
    check_ids("second third");
    check_counts("second", 2, 2, false);
    assert_int_equal(faults_remove(&faults, TEXT("third")), OK);
    check_ids("second");
}

static void rules_past_the_limit_are_refused(void **state)
{
    struct fault_rule rule = rule_of(NULL);

    (void)state;
    for (int i = 0; i < FAULTS_MAX; i++)
        add(rule);
    assert_int_equal(faults_add(&faults, &rule, now_ms), ERR_FAULT_LIMIT);
    assert_int_equal(faults.count, FAULTS_MAX);
}

static void no_memory_changes_nothing(void **state)
{
    struct fault_rule rules[] = {rule_of("x"), rule_of(NULL), rule_of("z")};
    long before;
    enum err err;

    (void)state;
    add(rule_of("kept"));
    before = chaos_blocks();
    for (unsigned n = 1;; n++) {
        chaos_fail_at(n);
        err = faults_replace(&faults, rules, UNIT_COUNT(rules), now_ms);
        if (!chaos_failed())
            break;
        assert_int_equal(err, ERR_NO_MEMORY);
        check_ids("kept");
        assert_int_equal(chaos_blocks(), before);
    }
    chaos_fail_at(0);
    assert_int_equal(err, OK);
    check_ids("x fault-1 z");
    for (unsigned n = 1;; n++) {
        chaos_fail_at(n);
        err = faults_add(&faults, &(struct fault_rule){.id = TEXT("more"), .every = 1}, now_ms);
        if (!chaos_failed())
            break;
        assert_int_equal(err, ERR_NO_MEMORY);
        check_ids("x fault-1 z");
    }
    chaos_fail_at(0);
    check_ids("x fault-1 z more");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_rule_nothing_is_hit),
        TEST(hit_tells_what_its_rule_says),
        TEST(longest_texts_fit_into_a_hit),
        TEST(rule_is_for_its_operations),
        TEST(each_pattern_has_to_fit),
        TEST(text_that_a_request_has_not_fits_no_pattern),
        TEST(rule_is_for_its_phase),
        TEST(first_rule_that_takes_a_request_keeps_it_from_the_others),
        TEST(skip_every_and_times_count_what_matches),
        TEST(what_does_not_match_is_not_counted),
        TEST(spent_rule_counts_no_more),
        TEST(life_ends_by_the_states_clock),
        TEST(probability_is_that_of_a_hit),
        TEST(times_counts_the_hits_and_not_the_chances),
        TEST(uniform_delay_fills_its_bounds),
        TEST(lognormal_delay_has_its_median_and_its_maximum),
        TEST(widest_delays_stay_within_their_bounds),
        TEST(same_seed_gives_the_same_draws_a_hundred_times),
        TEST(further_rule_changes_no_other_rules_draws),
        TEST(ids_are_made_up_where_none_is_given),
        TEST(id_is_given_once),
        TEST(removing_keeps_the_others_and_what_they_counted),
        TEST(rules_past_the_limit_are_refused),
        TEST(no_memory_changes_nothing),
    };

    return UNIT_RUN(tests);
}
