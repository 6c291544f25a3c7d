/* SPDX-License-Identifier: MIT
 *
 * What pods go through by time and by looks, and the claims that end by themselves. */
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
                                &arena, &pod, &(struct claim_refusal){0});
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

/* --- progression --- */

static void pods_by_time_are_pending_then_starting_then_running(void **state)
{
    (void)state;
    say_time("p", 2000, 3000);
    assert_pods("p", "ppp");
    assert_next_due(2000);
    assert_events(1999, "");
    assert_events(2000, "2000:starting:3:p 2000:starting:4:p 2000:starting:5:p ");
    assert_pods("p", "sss");
    assert_next_due(5000);
    assert_events(9000, "5000:running:3:p 5000:running:4:p 5000:running:5:p ");
    assert_pods("p", "rrr");
    assert_next_due(INT64_MAX);
    assert_int_equal(show("mock-pod-3")->due_ms, 0);
}

static void a_step_that_takes_no_time_is_left_out(void **state)
{
    (void)state;
    say_time("p", 0, 1000);
    assert_pods("p", "sss");
    say_time("q", 1000, 0);
    assert_pods("q", "ppp");
    say_time("r", 0, 0);
    assert_pods("r", "rrr");
    assert_events(1000, "1000:running:3:p 1000:running:4:p 1000:running:5:p "
                        "1000:running:6:q 1000:running:7:q 1000:running:8:q ");
}

static void what_is_due_is_done_in_order_of_time_and_at_its_own(void **state)
{
    (void)state;
    say_time("", 1000, 500);
    say("", SETTING_NEW_POOL_PODS, 1);
    get("a");
    clock_set(&now, START_MS + 200, 0);
    get("b");
    assert_int_equal(claim_for("default-pool", 1100), OK);
    assert_events(60000, "1000:starting:3:a 1200:starting:4:b 1300:lease-expired:1:default-pool "
                         "1500:running:3:a 1700:running:4:b ");
    assert_int_equal(show("mock-pod-1")->since_ms, START_MS + 1300);
}

static void no_more_is_done_than_asked_for(void **state)
{
    struct buffer events = buffer_new(EVENTS_TEXT_MAX);

    (void)state;
    say_time("p", 10, 10);
    get("p");
    assert_int_equal(pool_state_run_due(pools, START_MS + 1000, 4, put_event, &events), OK);
    assert_text(buffer_text(&events), "10:starting:3:p 10:starting:4:p 10:starting:5:p "
                                      "20:running:3:p ");
    assert_next_due(20);
    assert_int_equal(pool_state_run_due(pools, START_MS + 1000, 100, NULL, NULL), OK);
    assert_next_due(INT64_MAX);
    assert_pods("p", "rrr");
    buffer_free(&events);
}

static void pods_by_looks_go_on_with_each_look(void **state)
{
    (void)state;
    say_looks("p", 3);
    assert_pods("p", "ppp");
    look(2);
    assert_pods("p", "sss");
    look(2);
    assert_pods("p", "sss");
    assert_int_equal(claim("p"), ERR_EXHAUSTED);
    look(2);
    assert_pods("p", "rrr");
    look(2);
    assert_pods("p", "rrr");
    assert_next_due(INT64_MAX);
}

static void looks_are_at_the_pods_that_are_shown_and_of_that_pool(void **state)
{
    (void)state;
    say_looks("", 1);
    get("p");
    get("q");
    assert_int_equal(pool_state_look(pools, 2, 4, 5), OK);
    assert_pods("p", "prr");
    assert_pods("q", "ppp");
    assert_int_equal(pool_state_look(pools, 1, 1, 2), OK);
    assert_pods("default-pool", "rr");
}

static void a_progression_that_has_begun_goes_on_as_it_began(void **state)
{
    (void)state;
    say_time("p", 1000, 1000);
    get("p");
    say("p", SETTING_PROGRESSION, PROGRESSION_IMMEDIATE);
    assert_pods("p", "ppp");
    assert_int_equal(claim("p"), OK);
    assert_int_equal(pod.number, 6);
    assert_events(1000, "1000:starting:3:p 1000:starting:4:p 1000:starting:5:p ");
    assert_events(2000, "2000:running:3:p 2000:running:4:p 2000:running:5:p ");
    assert_pods("p", "rrrR");
}

static void the_next_pods_fail_at_the_end_of_their_progression(void **state)
{
    (void)state;
    say_time("p", 1000, 0);
    say("p", SETTING_FAIL_NEXT, 2);
    assert_pods("p", "ppp");
    assert_events(1000, "1000:failed:3:p 1000:failed:4:p 1000:running:5:p ");
    assert_pods("p", "ffr");
    say_looks("q", 1);
    say("q", SETTING_FAIL_NEXT, 1);
    assert_pods("q", "ppp");
    look(3);
    assert_pods("q", "frr");
    say("r", SETTING_FAIL_NEXT, 1);
    assert_pods("r", "frr");
}

static void failures_are_counted_down_where_they_were_said(void **state)
{
    struct settings effective, own;

    (void)state;
    say("", SETTING_FAIL_NEXT, 5);
    say("p", SETTING_FAIL_NEXT, 1);
    assert_pods("p", "frr");
    assert_pods("q", "fff");
    assert_pods("r", "ffr");
    assert_int_equal(pool_state_get_settings(pools, TEXT(""), &effective, &own), OK);
    assert_int_equal(own.values[SETTING_FAIL_NEXT], 0);
    assert_int_equal(pool_state_get_settings(pools, TEXT("p"), &effective, &own), OK);
    assert_int_equal(own.values[SETTING_FAIL_NEXT], 0);
}

static void a_pod_that_is_used_on_its_way_is_counted_right_and_goes_on(void **state)
{
    (void)state;
    say_time("p", 1000, 1000);
    get("p");
    assert_int_equal(
        pool_state_mark_pod_used(pools, TEXT("mock-pod-3"), (struct text){0}, &arena, &pod), OK);
    assert_int_equal(pod_expires_ms(&pod), 0);
    assert_pods("p", "Ppp");
    assert_events(1000, "1000:starting:3:p 1000:starting:4:p 1000:starting:5:p ");
    assert_int_equal(pool_state_release_pod(pools, TEXT("mock-pod-3"), &arena, &pod), OK);
    assert_pods("p", "sss");
    assert_int_equal(
        pool_state_mark_pod_used(pools, TEXT("mock-pod-3"), (struct text){0}, &arena, &pod), OK);
    assert_events(2000, "2000:running:3:p 2000:running:4:p 2000:running:5:p ");
    assert_pods("p", "Rrr");
    assert_int_equal(pod_expires_ms(show("mock-pod-3")), 0);
    assert_next_due(INT64_MAX);
}

static void scaling_and_deleting_take_pods_on_their_way(void **state)
{
    (void)state;
    say_time("p", 1000, 1000);
    get("p");
    assert_int_equal(pool_state_update_pool(pools, get("p"), &(struct pool_spec){.minimum_vms = 2},
                                            &arena, &pool),
                     OK);
    assert_pods("p", "pp");
    assert_int_equal(pool_state_delete_pod(pools, TEXT("mock-pod-3"), &arena, &pod), OK);
    assert_pods("p", "p");
    assert_events(1000, "1000:starting:4:p ");
    assert_int_equal(pool_state_delete_pool(pools, TEXT("p")), OK);
    assert_next_due(INT64_MAX);
}

/* --- leases --- */

static void a_lease_ends_the_claim_at_its_time_as_a_release_does(void **state)
{
    const struct text texts[] = {TEXT("r")};

    (void)state;
    say("p", SETTING_LEASE_TTL, 5000);
    assert_int_equal(claim("p"), OK);
    assert_int_equal(pod_expires_ms(&pod), START_MS + 5000);
    assert_int_equal(pod_expires_ms(show("mock-pod-3")), START_MS + 5000);
    assert_int_equal(
        pool_state_set_repositories(pools, TEXT("mock-pod-3"), texts, 1, texts, 1, &arena, &pod),
        OK);
    assert_events(4999, "");
    assert_pods("p", "Rrr");
    assert_events(7000, "5000:lease-expired:3:p ");
    assert_pods("p", "rrr");
    show("mock-pod-3");
    assert_int_equal(pod.since_ms, START_MS + 5000);
    assert_null(pod.claimed_by.at);
    assert_int_equal(pod.repositories_count, 0);
    assert_int_equal(pod.due_ms, 0);
    assert_int_equal(claim("p"), OK);
    assert_int_equal(pod_expires_ms(&pod), START_MS + 7000 + 5000);
}

static void a_claim_says_its_own_life(void **state)
{
    (void)state;
    say("", SETTING_LEASE_TTL, 5000);
    assert_int_equal(claim_for("default-pool", 100), OK);
    assert_int_equal(pod_expires_ms(&pod), START_MS + 100);
    assert_int_equal(claim_for("default-pool", 0), OK);
    assert_int_equal(pod_expires_ms(&pod), 0);
    say("p", SETTING_LEASE_TTL, 0);
    assert_int_equal(claim("p"), OK);
    assert_int_equal(pod_expires_ms(&pod), 0);
    assert_events(100000, "100:lease-expired:1:default-pool ");
}

static void a_release_ends_the_lease(void **state)
{
    (void)state;
    assert_int_equal(claim_for("default-pool", 5000), OK);
    assert_int_equal(claim_for("default-pool", 6000), OK);
    assert_next_due(5000);
    assert_int_equal(pool_state_release_pod(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_int_equal(pod.due_ms, 0);
    assert_next_due(6000);
    assert_int_equal(claim_for("default-pool", 0), OK);
    assert_events(5500, "");
    assert_int_equal(pool_state_delete_pod(pools, TEXT("mock-pod-2"), &arena, &pod), OK);
    assert_next_due(INT64_MAX);
}

static void a_mark_leaves_the_lease_of_a_claim(void **state)
{
    (void)state;
    assert_int_equal(claim_for("default-pool", 5000), OK);
    assert_int_equal(pool_state_mark_pod_used(pools, TEXT("mock-pod-1"), TEXT("u"), &arena, &pod),
                     OK);
    assert_int_equal(pod_expires_ms(&pod), START_MS + 5000);
    assert_events(5000, "5000:lease-expired:1:default-pool ");
}

static void what_is_due_is_right_after_a_turn_or_a_rehearsal_is_undone(void **state)
{
    (void)state;
    assert_int_equal(claim_for("default-pool", 5000), OK);
    end_turn(true);
    assert_next_due(5000);
    assert_int_equal(claim_for("default-pool", 1000), OK);
    assert_next_due(1000);
    end_turn(false);
    assert_next_due(5000);
    assert_int_equal(pool_state_rehearsal_begin(pools), OK);
    assert_int_equal(claim_for("default-pool", 1000), OK);
    assert_next_due(1000);
    pool_state_rehearsal_end(pools);
    assert_next_due(5000);
    assert_int_equal(pool_state_release_pod(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_next_due(INT64_MAX);
    end_turn(false);
    assert_next_due(5000);
    assert_events(5000, "5000:lease-expired:1:default-pool ");
    end_turn(false);
    assert_next_due(5000);
    assert_pods("default-pool", "Rr");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_state, close_state)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(pods_by_time_are_pending_then_starting_then_running),
        CASE(a_step_that_takes_no_time_is_left_out),
        CASE(what_is_due_is_done_in_order_of_time_and_at_its_own),
        CASE(no_more_is_done_than_asked_for),
        CASE(pods_by_looks_go_on_with_each_look),
        CASE(looks_are_at_the_pods_that_are_shown_and_of_that_pool),
        CASE(a_progression_that_has_begun_goes_on_as_it_began),
        CASE(the_next_pods_fail_at_the_end_of_their_progression),
        CASE(failures_are_counted_down_where_they_were_said),
        CASE(a_pod_that_is_used_on_its_way_is_counted_right_and_goes_on),
        CASE(scaling_and_deleting_take_pods_on_their_way),
        CASE(a_lease_ends_the_claim_at_its_time_as_a_release_does),
        CASE(a_claim_says_its_own_life),
        CASE(a_release_ends_the_lease),
        CASE(a_mark_leaves_the_lease_of_a_claim),
        CASE(what_is_due_is_right_after_a_turn_or_a_rehearsal_is_undone),
    };

    return UNIT_RUN(tests);
}
