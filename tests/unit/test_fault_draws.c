/* SPDX-License-Identifier: MIT
 *
 * What rules draw: their chances, their delays, and that they draw the same again. */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "fault_rig.h"
#include "model/name.h"

SUITE(.set_up = fault_rig_begin, .tear_down = fault_rig_end);

TEST(probability_is_that_of_a_hit)
{
    static const double probabilities[] = {0, 0.1, 0.5, 0.9, 1};

    for (size_t i = 0; i < UNIT_COUNT(probabilities); i++) {
        struct fault_rule rule = fault_rig_rule("r");
        double probability = probabilities[i];
        int hits = 0;
        rule.probability = probability;
        fault_rig_add(rule);
        for (int n = 0; n < 10000; n++)
            hits += fault_rig_draw(&fault_rig_claim);
        assert_true(fabs(hits - probability * 10000) < 150);
        if (probability == 0 || probability == 1)
            assert_int_equal(hits, probability * 10000);
        fault_rig_check_counts("r", 10000, hits, false);
        faults_clear(&rig.faults);
    }
}

TEST(times_counts_the_hits_and_not_the_chances)
{
    struct fault_rule rule = fault_rig_rule("r");
    int hits = 0;

    rule.probability = 0.2;
    rule.times = 5;
    fault_rig_add(rule);
    for (int i = 0; i < 1000; i++)
        hits += fault_rig_draw(&fault_rig_claim);
    assert_int_equal(hits, 5);
    assert_true(fault_rig_counts("r").matched > 5);
    assert_true(fault_rig_counts("r").spent);
}

TEST(uniform_delay_fills_its_bounds)
{
    struct fault_rule rule = fault_rig_rule("r");
    int64_t least = INT64_MAX, most = 0, sum = 0;

    rule.delay =
        (struct fault_delay){.type = FAULT_DELAY_UNIFORM, .lower_ms = 100, .upper_ms = 900};
    fault_rig_add(rule);
    for (int i = 0; i < 10000; i++) {
        assert_true(fault_rig_draw(&fault_rig_claim));
        least = rig.hit.delay_us < least ? rig.hit.delay_us : least;
        most = rig.hit.delay_us > most ? rig.hit.delay_us : most;
        sum += rig.hit.delay_us;
    }
    assert_in_range(least, 100000, 102000);
    assert_in_range(most, 898000, 900000);
    assert_in_range(sum / 10000, 490000, 510000);
}

TEST(lognormal_delay_has_its_median_and_its_maximum)
{
    struct fault_rule rule = fault_rig_rule("r");
    int below = 0, at_most = 0;

    rule.delay = (struct fault_delay){
        .type = FAULT_DELAY_LOGNORMAL, .median_ms = 200, .sigma = 0.4, .max_ms = 300};
    fault_rig_add(rule);
    for (int i = 0; i < 10000; i++) {
        assert_true(fault_rig_draw(&fault_rig_claim));
        assert_in_range(rig.hit.delay_us, 1000, 300000);
        below += rig.hit.delay_us < 200000;
        at_most += rig.hit.delay_us == 300000;
    }
    assert_in_range(below, 4850, 5150);
    assert_in_range(at_most, 1400, 1700); /* P(Z > ln(1.5) / 0.4) = 0.155 */
}

TEST(widest_delays_stay_within_their_bounds)
{
    struct fault_rule rule = fault_rig_rule("r");

    rule.delay = (struct fault_delay){.type = FAULT_DELAY_LOGNORMAL,
                                      .median_ms = FAULT_DELAY_MAX_MS,
                                      .sigma = FAULT_SIGMA_MAX,
                                      .max_ms = FAULT_DELAY_MAX_MS};
    fault_rig_add(rule);
    for (int i = 0; i < 10000; i++) {
        assert_true(fault_rig_draw(&fault_rig_claim));
        assert_true(rig.hit.delay_us >= 0 &&
                    rig.hit.delay_us <= (int64_t)FAULT_DELAY_MAX_MS * 1000);
    }
}

/* Rules whose every draw counts. */
static void add_chancy(const char *id)
{
    struct fault_rule rule = fault_rig_rule(id);

    rule.probability = 0.5;
    rule.delay = (struct fault_delay){
        .type = FAULT_DELAY_LOGNORMAL, .median_ms = 200, .sigma = 0.4, .max_ms = 5000};
    rule.answer = (struct fault_answer){.kind = FAULT_ANSWER_GARBAGE};
    fault_rig_add(rule);
}

struct track {
    char ids[50][RULE_ID_MAX + 1];
    int64_t delays_us[50];
    uint64_t seeds[50];
};

/* What happens to 50 claims. */
static struct track track_claims(void)
{
    struct track track = {0};

    for (int i = 0; i < 50; i++) {
        if (!fault_rig_draw(&fault_rig_claim))
            continue;
        memcpy(track.ids[i], rig.hit.id.at, rig.hit.id.length);
        track.delays_us[i] = rig.hit.delay_us;
        track.seeds[i] = rig.hit.noise_seed;
    }
    return track;
}

TEST(same_seed_gives_the_same_draws_a_hundred_times)
{
    struct track first;

    for (int run = 0; run < 100; run++) {
        faults_clear(&rig.faults);
        add_chancy("a");
        add_chancy(NULL);
        struct track track = track_claims();
        if (run == 0)
            first = track;
        assert_memory_equal(&track, &first, sizeof(first));
    }
    faults_reseed(&rig.faults, 42);
    struct track again = track_claims();
    assert_memory_equal(&again, &first, sizeof(first));
    faults_reseed(&rig.faults, 43);
    struct track other = track_claims();
    assert_memory_not_equal(&other, &first, sizeof(first));
}

TEST(further_rule_changes_no_other_rules_draws)
{
    struct fault_rule before = fault_rig_rule("before"), after = fault_rig_rule("after");

    add_chancy("a");
    struct track alone = track_claims();
    faults_clear(&rig.faults);
    before.match.pool = TEXT("other");
    before.probability = 0.5;
    fault_rig_add(before);
    add_chancy("a");
    fault_rig_add(after);
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
