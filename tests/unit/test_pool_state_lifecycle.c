/* SPDX-License-Identifier: MIT
 *
 * The progression of pods by time and by looks, and leases. */
#include "state_rig.h"

/* --- progression --- */

SUITE(.set_up = open_small_state, .tear_down = close_state);

TEST(progression_by_time_is_pending_starting_running)
{
    set_times("p", 2000, 3000);
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

TEST(state_of_zero_length_is_skipped)
{
    set_times("p", 0, 1000);
    assert_pods("p", "sss");
    set_times("q", 1000, 0);
    assert_pods("q", "ppp");
    set_times("r", 0, 0);
    assert_pods("r", "rrr");
    assert_events(1000, "1000:running:3:p 1000:running:4:p 1000:running:5:p "
                        "1000:running:6:q 1000:running:7:q 1000:running:8:q ");
}

TEST(events_run_in_order_of_time_and_as_of_their_time)
{
    set_times("", 1000, 500);
    set_setting("", SETTING_NEW_POOL_PODS, 1);
    get("a");
    clock_set(&now, START_MS + 200, 0);
    get("b");
    claim_for_ms(1100, "default-pool");
    assert_events(60000, "1000:starting:3:a 1200:starting:4:b 1300:lease-expired:1:default-pool "
                         "1500:running:3:a 1700:running:4:b ");
    assert_int_equal(show("mock-pod-1")->since_ms, START_MS + 1300);
}

TEST(run_due_runs_at_most_max_events)
{
    set_times("p", 10, 10);
    get("p");
    assert_first_events(1000, 4, "10:starting:3:p 10:starting:4:p 10:starting:5:p 20:running:3:p ");
    assert_next_due(20);
    assert_int_equal(pool_state_run_due(pools, START_MS + 1000, 100, NULL, NULL), OK);
    assert_next_due(INT64_MAX);
    assert_pods("p", "rrr");
}

TEST(progression_by_looks_advances_with_each_look)
{
    set_looks("p", 3);
    assert_pods("p", "ppp");
    look(2);
    assert_pods("p", "sss");
    look(2);
    assert_pods("p", "sss");
    assert_int_equal(try_claim("p"), ERR_EXHAUSTED);
    look(2);
    assert_pods("p", "rrr");
    look(2);
    assert_pods("p", "rrr");
    assert_next_due(INT64_MAX);
}

TEST(looks_count_only_for_the_given_pods_of_the_pool)
{
    set_looks("", 1);
    get("p");
    get("q");
    assert_int_equal(pool_state_look(pools, 2, 4, 5), OK);
    assert_pods("p", "prr");
    assert_pods("q", "ppp");
    assert_int_equal(pool_state_look(pools, 1, 1, 2), OK);
    assert_pods("default-pool", "rr");
}

TEST(progression_that_has_begun_keeps_its_settings)
{
    set_times("p", 1000, 1000);
    get("p");
    set_setting("p", SETTING_PROGRESSION, PROGRESSION_IMMEDIATE);
    assert_pods("p", "ppp");
    assert_int_equal(claim("p")->number, 6);
    assert_events(1000, "1000:starting:3:p 1000:starting:4:p 1000:starting:5:p ");
    assert_events(2000, "2000:running:3:p 2000:running:4:p 2000:running:5:p ");
    assert_pods("p", "rrrR");
}

TEST(fail_next_pods_fail_at_the_end_of_their_progression)
{
    set_times("p", 1000, 0);
    set_setting("p", SETTING_FAIL_NEXT, 2);
    assert_pods("p", "ppp");
    assert_events(1000, "1000:failed:3:p 1000:failed:4:p 1000:running:5:p ");
    assert_pods("p", "ffr");
    set_looks("q", 1);
    set_setting("q", SETTING_FAIL_NEXT, 1);
    assert_pods("q", "ppp");
    look(3);
    assert_pods("q", "frr");
    set_setting("r", SETTING_FAIL_NEXT, 1);
    assert_pods("r", "frr");
}

TEST(fail_next_is_counted_down_where_it_was_set)
{
    struct settings effective, own;

    set_setting("", SETTING_FAIL_NEXT, 5);
    set_setting("p", SETTING_FAIL_NEXT, 1);
    assert_pods("p", "frr");
    assert_pods("q", "fff");
    assert_pods("r", "ffr");
    assert_int_equal(pool_state_get_settings(pools, TEXT(""), &effective, &own), OK);
    assert_int_equal(own.values[SETTING_FAIL_NEXT], 0);
    assert_int_equal(pool_state_get_settings(pools, TEXT("p"), &effective, &own), OK);
    assert_int_equal(own.values[SETTING_FAIL_NEXT], 0);
}

TEST(pod_used_while_starting_is_counted_right_and_goes_on)
{
    set_times("p", 1000, 1000);
    get("p");
    assert_int_equal(
        mark_pod_used_by_name(pools, TEXT("mock-pod-3"), (struct text){0}, &arena, &pod), OK);
    assert_int_equal(pod_expires_ms(&pod), 0);
    assert_pods("p", "Ppp");
    assert_events(1000, "1000:starting:3:p 1000:starting:4:p 1000:starting:5:p ");
    release("mock-pod-3");
    assert_pods("p", "sss");
    assert_int_equal(
        mark_pod_used_by_name(pools, TEXT("mock-pod-3"), (struct text){0}, &arena, &pod), OK);
    assert_events(2000, "2000:running:3:p 2000:running:4:p 2000:running:5:p ");
    assert_pods("p", "Rrr");
    assert_int_equal(pod_expires_ms(show("mock-pod-3")), 0);
    assert_next_due(INT64_MAX);
}

TEST(scale_and_delete_remove_starting_pods)
{
    set_times("p", 1000, 1000);
    get("p");
    assert_int_equal(scale("p", 2), OK);
    assert_pods("p", "pp");
    delete_pod("mock-pod-3");
    assert_pods("p", "p");
    assert_events(1000, "1000:starting:4:p ");
    assert_int_equal(pool_state_delete_pool(pools, TEXT("p")), OK);
    assert_next_due(INT64_MAX);
}

/* --- leases --- */

TEST(lease_ends_the_claim_at_its_time_like_a_release)
{
    const struct text texts[] = {TEXT("r")};

    set_setting("p", SETTING_LEASE_TTL, 5000);
    claim("p");
    assert_int_equal(pod_expires_ms(&pod), START_MS + 5000);
    assert_int_equal(pod_expires_ms(show("mock-pod-3")), START_MS + 5000);
    assert_int_equal(
        set_repositories_by_name(pools, TEXT("mock-pod-3"), texts, 1, texts, 1, &arena, &pod), OK);
    assert_events(4999, "");
    assert_pods("p", "Rrr");
    assert_events(7000, "5000:lease-expired:3:p ");
    assert_pods("p", "rrr");
    show("mock-pod-3");
    assert_int_equal(pod.since_ms, START_MS + 5000);
    assert_null(pod.claimed_by.at);
    assert_int_equal(pod.repositories_count, 0);
    assert_int_equal(pod.due_ms, 0);
    claim("p");
    assert_int_equal(pod_expires_ms(&pod), START_MS + 7000 + 5000);
}

TEST(claim_sets_its_own_lease)
{
    set_setting("", SETTING_LEASE_TTL, 5000);
    claim_for_ms(100, "default-pool");
    assert_int_equal(pod_expires_ms(&pod), START_MS + 100);
    claim_for_ms(0, "default-pool");
    assert_int_equal(pod_expires_ms(&pod), 0);
    set_setting("p", SETTING_LEASE_TTL, 0);
    claim("p");
    assert_int_equal(pod_expires_ms(&pod), 0);
    assert_events(100000, "100:lease-expired:1:default-pool ");
}

TEST(release_ends_the_lease)
{
    claim_for_ms(5000, "default-pool");
    claim_for_ms(6000, "default-pool");
    assert_next_due(5000);
    release("mock-pod-1");
    assert_int_equal(pod.due_ms, 0);
    assert_next_due(6000);
    claim_for_ms(0, "default-pool");
    assert_events(5500, "");
    delete_pod("mock-pod-2");
    assert_next_due(INT64_MAX);
}

TEST(mark_used_keeps_the_lease_of_a_claim)
{
    claim_for_ms(5000, "default-pool");
    assert_int_equal(mark_pod_used_by_name(pools, TEXT("mock-pod-1"), TEXT("u"), &arena, &pod), OK);
    assert_int_equal(pod_expires_ms(&pod), START_MS + 5000);
    assert_events(5000, "5000:lease-expired:1:default-pool ");
}

TEST(next_due_is_right_after_a_turn_or_a_rehearsal_is_undone)
{
    claim_for_ms(5000, "default-pool");
    end_turn();
    assert_next_due(5000);
    claim_for_ms(1000, "default-pool");
    assert_next_due(1000);
    lose_turn();
    assert_next_due(5000);
    assert_int_equal(pool_state_rehearsal_begin(pools), OK);
    claim_for_ms(1000, "default-pool");
    assert_next_due(1000);
    pool_state_rehearsal_end(pools);
    assert_next_due(5000);
    release("mock-pod-1");
    assert_next_due(INT64_MAX);
    lose_turn();
    assert_next_due(5000);
    assert_events(5000, "5000:lease-expired:1:default-pool ");
    lose_turn();
    assert_next_due(5000);
    assert_pods("default-pool", "Rr");
}
