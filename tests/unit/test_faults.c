/* SPDX-License-Identifier: MIT
 *
 * Fault rules (tenant/faults.h): matching, counting, ttl, ids, limits. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "chaos.h"
#include "fault_rig.h"
#include "model/name.h"

/* Draws for `claims` claims. Returns a character for each: 'x' for a hit. */
static const char *outcome(int claims)
{
    static char text[201];

    assert_true(claims < (int)sizeof(text));
    for (int i = 0; i < claims; i++)
        text[i] = fault_rig_draw(&fault_rig_claim) ? 'x' : '.';
    text[claims] = '\0';
    return text;
}

static void check_ids(const char *expected)
{
    struct fault_counts counts;
    char ids[256] = "";

    for (size_t i = 0; i < rig.faults.count; i++) {
        struct text id = faults_get(&rig.faults, i, rig.now_ms, &counts)->id;
        snprintf(ids + strlen(ids), sizeof(ids) - strlen(ids), "%s%.*s", i > 0 ? " " : "",
                 TEXT_ARGS(id));
    }
    assert_string_equal(ids, expected);
}

SUITE(.set_up = fault_rig_begin, .tear_down = fault_rig_end);

TEST(without_a_rule_nothing_is_hit)
{
    assert_false(fault_rig_draw(&fault_rig_claim));
    assert_int_equal(faults_armed(&rig.faults, rig.now_ms), 0);
}

TEST(hit_has_what_its_rule_says)
{
    struct fault_rule rule = fault_rig_rule("r");

    rule.answer.retry_after_s = 7;
    rule.error = TEXT("out of order");
    rule.delay = (struct fault_delay){.type = FAULT_DELAY_FIXED, .ms = 250};
    fault_rig_add(rule);
    assert_true(fault_rig_draw(&fault_rig_claim));
    assert_text(rig.hit.id, "r");
    assert_int_equal(rig.hit.delay_us, 250000);
    assert_int_equal(rig.hit.answer.kind, FAULT_ANSWER_STATUS);
    assert_int_equal(rig.hit.answer.status, 503);
    assert_int_equal(rig.hit.answer.retry_after_s, 7);
    assert_text(rig.hit.error, "out of order");
}

TEST(longest_texts_fit_into_a_hit)
{
    struct fault_rule rule = fault_rig_rule(NULL);
    char id[RULE_ID_MAX], error[FAULT_ERROR_MAX];

    memset(id, 'i', sizeof(id));
    memset(error, 'e', sizeof(error));
    rule.id = (struct text){id, sizeof(id)};
    rule.error = (struct text){error, sizeof(error)};
    fault_rig_add(rule);
    assert_true(fault_rig_draw(&fault_rig_claim));
    assert_true(text_equal(rig.hit.id, rule.id));
    assert_true(text_equal(rig.hit.error, rule.error));
}

TEST(rule_matches_its_operations_only)
{
    static const struct {
        enum operation operation;
        bool is_hit;
    } rows[] = {{OPERATION_CLAIM, true},   {OPERATION_STATUS, true}, {OPERATION_RELEASE, false},
                {OPERATION_POD, false},    {OPERATION_INDEX, false}, {OPERATION_HEALTH, false},
                {OPERATION_FAULTS, false}, {OPERATION_LEAKS, false}};
    struct fault_rule rule = fault_rig_rule("r"), all = fault_rig_rule("all");

    rule.match.operations |= (uint32_t)1 << OPERATION_STATUS;
    fault_rig_add(rule);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct fault_request request = {.about = {.operation = rows[i].operation}};
        if (fault_rig_draw(&request) != rows[i].is_hit)
            fail_msg("%s", operation_name(rows[i].operation));
    }
    faults_clear(&rig.faults);
    all.match.operations = OPERATIONS_ALL;
    fault_rig_add(all);
    for (int i = 0; i < OPERATION__MAX; i++) {
        const struct fault_request request = {.about = {.operation = (enum operation)i}};
        assert_int_equal(fault_rig_draw(&request), i < OPERATION__CLIENTS);
    }
}

TEST(every_pattern_has_to_match)
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
    const struct fault_request request = {
        .about = {.operation = OPERATION_CLAIM, .pool_name = TEXT("ci"), .workspace = TEXT("w-1")},
        .pod_id = TEXT("pod-pool-1-7"),
        .pod_subdomain = TEXT("mock-pod-7")};

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct fault_rule rule = fault_rig_rule("r");
        rule.match.pool = text_of(rows[i].rule_pool);
        rule.match.pod = text_of(rows[i].rule_pod);
        rule.match.workspace = text_of(rows[i].rule_workspace);
        fault_rig_add(rule);
        if (fault_rig_draw(&request) != rows[i].is_hit)
            fail_msg("row %zu", i);
        fault_rig_check_counts("r", rows[i].is_hit, rows[i].is_hit, false);
        faults_clear(&rig.faults);
    }
}

TEST(absent_text_matches_no_pattern)
{
    const struct fault_request request = {.about = {.operation = OPERATION_CLAIM}};
    struct fault_rule pool = fault_rig_rule("pool"), pod = fault_rig_rule("pod"),
                      workspace = fault_rig_rule("w");

    pool.match.pool = pod.match.pod = workspace.match.workspace = TEXT("*");
    fault_rig_add(pool);
    fault_rig_add(pod);
    fault_rig_add(workspace);
    assert_false(fault_rig_draw(&request));
    assert_true(fault_rig_draw(&fault_rig_claim));
    assert_text(rig.hit.id, "pool");
}

TEST(rule_matches_in_its_phase_only)
{
    struct fault_rule rule = fault_rig_rule("after");

    rule.phase = FAULT_AFTER;
    fault_rig_add(rule);
    assert_false(fault_rig_draw(&fault_rig_claim));
    fault_rig_check_counts("after", 0, 0, false);
    assert_true(faults_draw(&rig.faults, FAULT_AFTER, &fault_rig_claim, rig.now_ms, &rig.hit));
    assert_text(rig.hit.id, "after");
}

TEST(first_rule_that_takes_a_request_is_the_only_one)
{
    struct fault_rule once = fault_rig_rule("once"), second = fault_rig_rule("second"),
                      third = fault_rig_rule("third");

    once.times = 1;
    second.every = 2;
    fault_rig_add(once);
    fault_rig_add(second);
    fault_rig_add(third);
    static const char *const expected[] = {"once", "third", "second", "third", "second"};
    for (size_t i = 0; i < UNIT_COUNT(expected); i++) {
        assert_true(fault_rig_draw(&fault_rig_claim));
        assert_text(rig.hit.id, expected[i]);
    }
    fault_rig_check_counts("once", 1, 1, true);
    fault_rig_check_counts("second", 4, 2, false);
    fault_rig_check_counts("third", 2, 2, false);
}

TEST(skip_every_and_times_count_what_matches)
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

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct fault_rule rule = fault_rig_rule("r");
        rule.skip = rows[i].skip;
        rule.every = rows[i].every;
        rule.times = rows[i].times;
        fault_rig_add(rule);
        assert_string_equal(outcome(10), rows[i].outcome);
        faults_clear(&rig.faults);
    }
}

TEST(what_does_not_match_is_not_counted)
{
    const struct fault_request other = {
        .about = {.operation = OPERATION_CLAIM, .pool_name = TEXT("other")}};
    struct fault_rule rule = fault_rig_rule("r");

    rule.match.pool = TEXT("p");
    rule.skip = 1;
    fault_rig_add(rule);
    for (int i = 0; i < 5; i++)
        assert_false(fault_rig_draw(&other));
    assert_string_equal(outcome(3), ".xx");
    fault_rig_check_counts("r", 3, 2, false);
}

TEST(spent_rule_no_longer_counts)
{
    struct fault_rule rule = fault_rig_rule("r");

    rule.times = 2;
    fault_rig_add(rule);
    assert_int_equal(faults_armed(&rig.faults, rig.now_ms), 1);
    assert_string_equal(outcome(5), "xx...");
    fault_rig_check_counts("r", 2, 2, true);
    assert_int_equal(faults_armed(&rig.faults, rig.now_ms), 0);
}

TEST(ttl_ends_by_the_states_clock)
{
    struct fault_rule rule = fault_rig_rule("r");

    rule.ttl_ms = 600000;
    fault_rig_add(rule);
    rig.now_ms += 599999;
    assert_true(fault_rig_draw(&fault_rig_claim));
    fault_rig_check_counts("r", 1, 1, false);
    rig.now_ms++;
    assert_false(fault_rig_draw(&fault_rig_claim));
    fault_rig_check_counts("r", 1, 1, true);
    assert_int_equal(faults_armed(&rig.faults, rig.now_ms), 0);
    /* the ttl begins anew */
    assert_int_equal(faults_replace(&rig.faults, &rule, 1, rig.now_ms), OK);
    fault_rig_check_counts("r", 0, 0, false);
    assert_true(fault_rig_draw(&fault_rig_claim));
}

TEST(ttl_lasts_as_long_if_the_clock_is_set_back)
{
    struct fault_rule rule = fault_rig_rule("r");

    rig.now_ms += 3600000;
    rule.ttl_ms = 1000;
    fault_rig_add(rule);
    rig.now_ms += 400;
    faults_shift(&rig.faults, -3600000);
    rig.now_ms -= 3600000;
    rig.now_ms += 599;
    fault_rig_check_counts("r", 0, 0, false);
    rig.now_ms++;
    fault_rig_check_counts("r", 0, 0, true);
}

TEST(ids_are_generated_where_none_is_given)
{
    struct fault_rule rules[] = {fault_rig_rule(NULL), fault_rig_rule("mine"), fault_rig_rule(NULL),
                                 fault_rig_rule("fault-2")};

    fault_rig_add(fault_rig_rule(NULL));
    fault_rig_add(fault_rig_rule("fault-2"));
    fault_rig_add(fault_rig_rule(NULL));
    check_ids("fault-1 fault-2 fault-3");
    assert_int_equal(faults_remove(&rig.faults, TEXT("fault-3")), OK);
    fault_rig_add(fault_rig_rule(NULL));
    check_ids("fault-1 fault-2 fault-4");
    assert_int_equal(faults_replace(&rig.faults, rules, UNIT_COUNT(rules), rig.now_ms), OK);
    check_ids("fault-1 mine fault-3 fault-2");
    faults_clear(&rig.faults);
    fault_rig_add(fault_rig_rule(NULL));
    check_ids("fault-1");
}

TEST(id_is_unique)
{
    struct fault_rule rule = fault_rig_rule("r");

    fault_rig_add(rule);
    rule.times = 5;
    assert_int_equal(faults_add(&rig.faults, &rule, rig.now_ms), ERR_FAULT_EXISTS);
    assert_int_equal(rig.faults.count, 1);
    assert_int_equal(faults_remove(&rig.faults, TEXT("none")), ERR_FAULT_NOT_FOUND);
    assert_int_equal(faults_remove(&rig.faults, TEXT("r")), OK);
    assert_int_equal(faults_remove(&rig.faults, TEXT("r")), ERR_FAULT_NOT_FOUND);
    assert_false(fault_rig_draw(&fault_rig_claim));
}

TEST(removing_a_rule_keeps_the_others_and_their_counts)
{
    struct fault_rule first = fault_rig_rule("first");

    first.times = 1;
    fault_rig_add(first);
    fault_rig_add(fault_rig_rule("second"));
    fault_rig_add(fault_rig_rule("third"));
    assert_string_equal(outcome(3), "xxx");
    assert_int_equal(faults_remove(&rig.faults, TEXT("first")), OK);
    check_ids("second third");
    fault_rig_check_counts("second", 2, 2, false);
    assert_int_equal(faults_remove(&rig.faults, TEXT("third")), OK);
    check_ids("second");
}

TEST(rules_past_the_limit_are_refused)
{
    struct fault_rule rule = fault_rig_rule(NULL);

    for (int i = 0; i < FAULTS_MAX; i++)
        fault_rig_add(rule);
    assert_int_equal(faults_add(&rig.faults, &rule, rig.now_ms), ERR_FAULT_LIMIT);
    assert_int_equal(rig.faults.count, FAULTS_MAX);
}

TEST(no_memory_changes_nothing)
{
    struct fault_rule rules[] = {fault_rig_rule("x"), fault_rig_rule(NULL), fault_rig_rule("z")};
    long before;
    enum err err;

    fault_rig_add(fault_rig_rule("kept"));
    before = chaos_blocks();
    for (unsigned n = 1;; n++) {
        chaos_fail_at(n);
        err = faults_replace(&rig.faults, rules, UNIT_COUNT(rules), rig.now_ms);
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
        err = faults_add(&rig.faults, &(struct fault_rule){.id = TEXT("more"), .every = 1},
                         rig.now_ms);
        if (!chaos_failed())
            break;
        assert_int_equal(err, ERR_NO_MEMORY);
        check_ids("x fault-1 z");
    }
    chaos_fail_at(0);
    check_ids("x fault-1 z more");
}
