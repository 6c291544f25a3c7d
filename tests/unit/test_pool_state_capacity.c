/* SPDX-License-Identifier: MIT
 *
 * How many pods a pool has: its bounds, what a claim gets of a pool that has none to give, its
 * reset. */
#include "unit.h"

#include <string.h>

#include "base/clock.h"
#include "state_dump.h"
#include "store/pool_state.h"

enum { EVENTS_TEXT_MAX = 4000 };

static const int64_t START_MS = 1705314600000;

static struct clock now;
static struct pool_state *pools;
static struct arena arena;
static struct pool pool;
static struct pod pod;
static struct claim_refusal refusal;

static int open_state(void **state)
{
    const struct pool_state_config config = {
        .default_pool = TEXT("default-pool"), .default_pool_pods = 2, .new_pool_pods = 3};
    struct problem problem;

    (void)state;
    clock_set(&now, START_MS, 1000000);
    return pool_state_open(&config, &now, &pools, &problem);
}

static int close_state(void **state)
{
    (void)state;
    pool_state_close(&pools);
    arena_free(&arena);
    return 0;
}

static void say(const char *name, enum setting setting, int64_t value)
{
    struct settings_patch patch = {0};

    patch.settings.said[setting] = true;
    patch.settings.values[setting] = value;
    assert_int_equal(pool_state_change_settings(pools, text_of(name), &patch), OK);
}

static void say_time(const char *name, int64_t pending_ms, int64_t starting_ms)
{
    say(name, SETTING_PROGRESSION, PROGRESSION_TIME);
    say(name, SETTING_PENDING, pending_ms);
    say(name, SETTING_STARTING, starting_ms);
}

static void say_looks(const char *name, int64_t looks)
{
    say(name, SETTING_PROGRESSION, PROGRESSION_MANUAL);
    say(name, SETTING_LOOKS, looks);
}

static struct pool *get(const char *name)
{
    assert_int_equal(
        pool_state_get_or_create_pool(pools, text_of(name), (struct text){0}, &arena, &pool), OK);
    return &pool;
}

static struct pod *show(const char *name)
{
    assert_int_equal(pool_state_get_pod(pools, text_of(name), &arena, &pod), OK);
    return &pod;
}

static enum err claim_for(const char *name, int64_t ttl_ms)
{
    return pool_state_claim_pod(pools,
                                &(struct claim_wish){.pool = text_of(name),
                                                     .workspace_id = TEXT("w"),
                                                     .ttl_said = ttl_ms != SETTING_NONE,
                                                     .ttl_ms = ttl_ms},
                                &arena, &pod, &refusal);
}

static enum err claim(const char *name)
{
    return claim_for(name, SETTING_NONE);
}

static void look(int64_t of_pool)
{
    assert_int_equal(pool_state_look(pools, of_pool, 1, INT64_MAX), OK);
}

static void put_event(const struct pod_event *event, void *context)
{
    buffer_printf(context, "%lld:%s:%lld:%.*s ", (long long)(event->at_ms - START_MS),
                  pod_event_word(event->what), (long long)event->pod, TEXT_ARGS(event->pool_name));
}

/* Goes on to so many milliseconds after the start, with what is due until then. */
static void assert_events(int64_t at_ms, const char *expected)
{
    struct buffer events = buffer_new(EVENTS_TEXT_MAX);

    clock_set(&now, START_MS + at_ms, now.mono_us);
    assert_int_equal(pool_state_run_due(pools, now.wall_ms, INT64_MAX, put_event, &events), OK);
    assert_text(buffer_text(&events), expected);
    buffer_free(&events);
}

static void assert_next_due(int64_t expected_ms)
{
    int64_t due_ms;

    assert_int_equal(pool_state_next_due_ms(pools, &due_ms), OK);
    assert_int_equal(due_ms, expected_ms == INT64_MAX ? INT64_MAX : START_MS + expected_ms);
}

/* A pool's pods as "p s R! f": a letter for the state, capital where it is used. */
static bool put_state(const struct pod *of, void *context)
{
    static const char letters[] = "psrf";
    char letter = letters[of->state];

    buffer_put_char(context, of->usage == POD_USED ? (char)(letter - 'a' + 'A') : letter);
    return true;
}

static struct pool_counts count_letters(struct text letters)
{
    struct pool_counts counts = {.total = (int64_t)letters.length};

    for (size_t i = 0; i < letters.length; i++) {
        counts.used += strchr("PSRF", letters.at[i]) != NULL;
        counts.available += letters.at[i] == 'r';
        counts.pending += strchr("psPS", letters.at[i]) != NULL;
        counts.failed += strchr("fF", letters.at[i]) != NULL;
    }
    return counts;
}

static void assert_pods(const char *name, const char *expected)
{
    struct buffer states = buffer_new(1000);

    get(name);
    assert_int_equal(pool_state_list_pods(pools, &pool, 0, 1000, &arena, put_state, &states), OK);
    assert_text(buffer_text(&states), expected);
    struct pool_counts counts = count_letters(buffer_text(&states));
    assert_memory_equal(&pool.counts, &counts, sizeof(counts));
    buffer_free(&states);
}

static void end_turn(bool kept)
{
    if (!kept)
        pool_state_turn_fail(pools);
    assert_int_equal(pool_state_turn_end(pools), kept ? OK : ERR_TURN_LOST);
}

static void take_all(const char *name)
{
    while (get(name)->counts.available > 0)
        assert_int_equal(claim(name), OK);
}

static void an_exhausted_pool_rejects_as_it_says_and_makes_no_pod(void **state)
{
    (void)state;
    say("p", SETTING_ON_EXHAUSTED, ON_EXHAUSTED_REJECT);
    say("p", SETTING_REJECT_STATUS, 429);
    say("p", SETTING_RETRY_AFTER, 7);
    take_all("p");
    assert_int_equal(claim("p"), ERR_EXHAUSTED);
    assert_false(refusal.queue);
    assert_int_equal(refusal.status, 429);
    assert_int_equal(refusal.retry_after_s, 7);
    assert_pods("p", "RRR");
    assert_int_equal(pool_state_release_pod(pools, TEXT("mock-pod-4"), &arena, &pod), OK);
    assert_int_equal(claim("p"), OK);
    assert_int_equal(pod.number, 4);
}

static void an_exhausted_pool_lets_claims_queue(void **state)
{
    (void)state;
    say("p", SETTING_ON_EXHAUSTED, ON_EXHAUSTED_QUEUE);
    take_all("p");
    assert_int_equal(claim("p"), ERR_EXHAUSTED);
    assert_true(refusal.queue);
    assert_int_equal(refusal.timeout_ms, 30000);
    assert_int_equal(refusal.status, 503);
    assert_int_equal(refusal.retry_after_s, 1);
    say("p", SETTING_CLAIM_TIMEOUT, 0);
    assert_int_equal(claim("p"), ERR_EXHAUSTED);
    assert_int_equal(refusal.timeout_ms, 0);
}

static void a_pool_has_no_more_pods_than_its_bound(void **state)
{
    bool created;

    (void)state;
    say("p", SETTING_MAX_PODS, 2);
    assert_pods("p", "rr");
    assert_int_equal(pool.spec.minimum_vms, 2);
    take_all("p");
    assert_int_equal(claim("p"), ERR_EXHAUSTED);
    assert_false(refusal.queue);
    assert_int_equal(pool_state_update_pool(pools, get("p"), &(struct pool_spec){.minimum_vms = 3},
                                            &arena, &pool),
                     ERR_POD_LIMIT);
    assert_int_equal(pool_state_add_pods(pools, TEXT("p"), 1), ERR_POD_LIMIT);
    say("q", SETTING_MAX_PODS, 2);
    assert_int_equal(
        pool_state_create_pool(pools, &(struct pool_spec){.name = TEXT("q"), .minimum_vms = 3},
                               &arena, &pool, &created),
        ERR_POD_LIMIT);
    say("p", SETTING_MAX_PODS, 3);
    assert_int_equal(claim("p"), OK);
    assert_pods("p", "RRR");
}

static void a_pool_that_is_asked_for_has_as_many_pods_as_is_said(void **state)
{
    (void)state;
    say("", SETTING_NEW_POOL_PODS, 1);
    say("none", SETTING_NEW_POOL_PODS, 0);
    assert_pods("one", "r");
    assert_pods("none", "");
    assert_int_equal(claim("none"), OK);
    assert_pods("none", "R");
}

static void one_pod_at_a_time_is_on_its_way_for_claims(void **state)
{
    (void)state;
    say("default-pool", SETTING_REJECT_STATUS, 409);
    say_time("default-pool", 1000, 0);
    take_all("default-pool");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(claim("default-pool"), ERR_EXHAUSTED);
        assert_int_equal(refusal.status, 409);
        assert_pods("default-pool", "RRp");
    }
    end_turn(true);
    assert_pods("default-pool", "RRp");
    assert_events(1000, "1000:running:3:default-pool ");
    assert_int_equal(claim("default-pool"), OK);
    assert_int_equal(pod.number, 3);
    assert_int_equal(claim("default-pool"), ERR_EXHAUSTED);
    assert_pods("default-pool", "RRRp");
}

static void a_pod_that_fails_at_once_is_not_handed_out(void **state)
{
    (void)state;
    take_all("default-pool");
    say("default-pool", SETTING_FAIL_NEXT, 1);
    assert_int_equal(claim("default-pool"), ERR_EXHAUSTED);
    assert_pods("default-pool", "RRf");
    assert_int_equal(claim("default-pool"), OK);
    assert_pods("default-pool", "RRfR");
}

static bool grew(uint64_t *before)
{
    uint64_t after = pool_state_frees(pools);
    bool more = after > *before;

    *before = after;
    return more;
}

static void frees_grow_whenever_a_pod_may_have_come_free(void **state)
{
    struct pool_state_totals dropped;
    uint64_t frees = pool_state_frees(pools);

    (void)state;
    assert_int_equal(claim_for("default-pool", 1000), OK);
    assert_false(grew(&frees));
    assert_events(1000, "1000:lease-expired:1:default-pool ");
    assert_true(grew(&frees));
    assert_int_equal(claim("default-pool"), OK);
    assert_int_equal(pool_state_release_pod(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_true(grew(&frees));
    assert_int_equal(pool_state_add_pods(pools, TEXT("default-pool"), 1), OK);
    assert_true(grew(&frees));
    say_looks("", 1);
    assert_true(grew(&frees));
    get("p");
    grew(&frees);
    look(2);
    assert_true(grew(&frees));
    assert_int_equal(pool_state_reset_pool(pools, TEXT("p"), &arena, &pool), OK);
    assert_true(grew(&frees));
    assert_int_equal(pool_state_reset(pools, 0, &dropped), OK);
    assert_true(grew(&frees));
}

/* --- a pool's reset --- */

static void a_pool_that_is_reset_has_its_first_pods_again(void **state)
{
    struct pool_state_totals totals;

    (void)state;
    say("default-pool", SETTING_RETRY_AFTER, 9);
    get("p");
    for (int i = 0; i < 4; i++)
        assert_int_equal(claim_for("default-pool", 1000), OK);
    assert_int_equal(pool_state_delete_pod(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_int_equal(claim("p"), OK);
    assert_int_equal(pool_state_reset_pool(pools, TEXT("default-pool"), &arena, &pool), OK);
    assert_int_equal(pool.counts.available, 2);
    assert_int_equal(pool.spec.minimum_vms, 2);
    assert_pods("default-pool", "rr");
    assert_pods("p", "Rrr");
    assert_int_equal(show("mock-pod-1")->pool, 1);
    assert_int_equal(show("mock-pod-2")->created_ms, START_MS);
    assert_next_due(INT64_MAX);
    assert_int_equal(pool_state_totals(pools, &totals), OK);
    assert_int_equal(totals.pods, 5);
    assert_int_equal(claim("default-pool"), OK);
    assert_int_equal(claim("default-pool"), OK);
    assert_int_equal(claim("default-pool"), OK);
    assert_int_equal(pod.number, 8); /* numbers are not given twice */
    assert_int_equal(pool_state_reset_pool(pools, TEXT("q"), &arena, &pool), ERR_POOL_NOT_FOUND);
}

static void a_claim_before_a_pools_reset_is_not_taken_for_a_later_one(void **state)
{
    (void)state;
    assert_int_equal(claim("default-pool"), OK);
    assert_int_equal(pool_state_remember_claim(pools, TEXT("key"), &pod), OK);
    assert_int_equal(pool_state_reset_pool(pools, TEXT("default-pool"), &arena, &pool), OK);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), ERR_CLAIM_GONE);
    assert_int_equal(claim("default-pool"), OK);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), ERR_CLAIM_GONE);
}

static void nor_is_one_of_a_pod_that_was_deleted_before_it(void **state)
{
    (void)state;
    assert_int_equal(claim("default-pool"), OK);
    assert_int_equal(pool_state_remember_claim(pools, TEXT("key"), &pod), OK);
    assert_int_equal(pool_state_delete_pod(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_int_equal(pool_state_delete_pod(pools, TEXT("mock-pod-2"), &arena, &pod), OK);
    assert_int_equal(pool_state_reset_pool(pools, TEXT("default-pool"), &arena, &pool), OK);
    assert_int_equal(claim("default-pool"), OK);
    assert_int_equal(pod.number, 1);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), ERR_CLAIM_GONE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_state, close_state)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_exhausted_pool_rejects_as_it_says_and_makes_no_pod),
        CASE(an_exhausted_pool_lets_claims_queue),
        CASE(a_pool_has_no_more_pods_than_its_bound),
        CASE(a_pool_that_is_asked_for_has_as_many_pods_as_is_said),
        CASE(one_pod_at_a_time_is_on_its_way_for_claims),
        CASE(a_pod_that_fails_at_once_is_not_handed_out),
        CASE(frees_grow_whenever_a_pod_may_have_come_free),
        CASE(a_pool_that_is_reset_has_its_first_pods_again),
        CASE(a_claim_before_a_pools_reset_is_not_taken_for_a_later_one),
        CASE(nor_is_one_of_a_pod_that_was_deleted_before_it),
    };

    return UNIT_RUN(tests);
}
