/* SPDX-License-Identifier: MIT
 *
 * How many pods a pool has: its bounds, what a claim gets of a pool that has none to give, its
 * reset. */
#include "state_rig.h"

static void take_all(const char *name)
{
    while (get(name)->counts.available > 0)
        claim(name);
}

SUITE(.set_up = open_small_state, .tear_down = close_state);

TEST(an_exhausted_pool_rejects_as_it_says_and_makes_no_pod)
{
    say("p", SETTING_ON_EXHAUSTED, ON_EXHAUSTED_REJECT);
    say("p", SETTING_REJECT_STATUS, 429);
    say("p", SETTING_RETRY_AFTER, 7);
    take_all("p");
    assert_int_equal(try_claim("p"), ERR_EXHAUSTED);
    assert_false(refusal.queue);
    assert_int_equal(refusal.status, 429);
    assert_int_equal(refusal.retry_after_s, 7);
    assert_pods("p", "RRR");
    release("mock-pod-4");
    assert_int_equal(claim("p")->number, 4);
}

TEST(an_exhausted_pool_lets_claims_queue)
{
    say("p", SETTING_ON_EXHAUSTED, ON_EXHAUSTED_QUEUE);
    take_all("p");
    assert_int_equal(try_claim("p"), ERR_EXHAUSTED);
    assert_true(refusal.queue);
    assert_int_equal(refusal.timeout_ms, 30000);
    assert_int_equal(refusal.status, 503);
    assert_int_equal(refusal.retry_after_s, 1);
    say("p", SETTING_CLAIM_TIMEOUT, 0);
    assert_int_equal(try_claim("p"), ERR_EXHAUSTED);
    assert_int_equal(refusal.timeout_ms, 0);
}

TEST(a_pool_has_no_more_pods_than_its_bound)
{
    bool created;

    say("p", SETTING_MAX_PODS, 2);
    assert_pods("p", "rr");
    assert_int_equal(pool.spec.minimum_vms, 2);
    take_all("p");
    assert_int_equal(try_claim("p"), ERR_EXHAUSTED);
    assert_false(refusal.queue);
    assert_int_equal(scale("p", 3), ERR_POD_LIMIT);
    assert_int_equal(pool_state_add_pods(pools, TEXT("p"), 1), ERR_POD_LIMIT);
    say("q", SETTING_MAX_PODS, 2);
    assert_int_equal(
        pool_state_create_pool(pools, &(struct pool_spec){.name = TEXT("q"), .minimum_vms = 3},
                               &arena, &pool, &created),
        ERR_POD_LIMIT);
    say("p", SETTING_MAX_PODS, 3);
    claim("p");
    assert_pods("p", "RRR");
}

TEST(a_pool_that_is_asked_for_has_as_many_pods_as_is_said)
{
    say("", SETTING_NEW_POOL_PODS, 1);
    say("none", SETTING_NEW_POOL_PODS, 0);
    assert_pods("one", "r");
    assert_pods("none", "");
    claim("none");
    assert_pods("none", "R");
}

TEST(one_pod_at_a_time_is_on_its_way_for_claims)
{
    say("default-pool", SETTING_REJECT_STATUS, 409);
    say_time("default-pool", 1000, 0);
    take_all("default-pool");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(try_claim("default-pool"), ERR_EXHAUSTED);
        assert_int_equal(refusal.status, 409);
        assert_pods("default-pool", "RRp");
    }
    end_turn();
    assert_pods("default-pool", "RRp");
    assert_events(1000, "1000:running:3:default-pool ");
    assert_int_equal(claim("default-pool")->number, 3);
    assert_int_equal(try_claim("default-pool"), ERR_EXHAUSTED);
    assert_pods("default-pool", "RRRp");
}

TEST(a_pod_that_fails_at_once_is_not_handed_out)
{
    take_all("default-pool");
    say("default-pool", SETTING_FAIL_NEXT, 1);
    assert_int_equal(try_claim("default-pool"), ERR_EXHAUSTED);
    assert_pods("default-pool", "RRf");
    claim("default-pool");
    assert_pods("default-pool", "RRfR");
}

static bool grew(uint64_t *before)
{
    uint64_t after = pool_state_freed_count(pools);
    bool more = after > *before;

    *before = after;
    return more;
}

TEST(frees_grow_whenever_a_pod_may_have_come_free)
{
    uint64_t frees = pool_state_freed_count(pools);

    claim_for_ms(1000, "default-pool");
    assert_false(grew(&frees));
    assert_events(1000, "1000:lease-expired:1:default-pool ");
    assert_true(grew(&frees));
    claim("default-pool");
    release("mock-pod-1");
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
    reset_state(0);
    assert_true(grew(&frees));
}

/* --- a pool's reset --- */

TEST(a_pool_that_is_reset_has_its_first_pods_again)
{
    say("default-pool", SETTING_RETRY_AFTER, 9);
    get("p");
    for (int i = 0; i < 4; i++)
        claim_for_ms(1000, "default-pool");
    delete_pod("mock-pod-1");
    claim("p");
    assert_int_equal(pool_state_reset_pool(pools, TEXT("default-pool"), &arena, &pool), OK);
    assert_int_equal(pool.counts.available, 2);
    assert_int_equal(pool.spec.minimum_vms, 2);
    assert_pods("default-pool", "rr");
    assert_pods("p", "Rrr");
    assert_int_equal(show("mock-pod-1")->pool_number, 1);
    assert_int_equal(show("mock-pod-2")->created_ms, START_MS);
    assert_next_due(INT64_MAX);
    assert_totals(2, 5);
    claim("default-pool");
    claim("default-pool");
    assert_int_equal(claim("default-pool")->number, 8); /* numbers are not given twice */
    assert_int_equal(pool_state_reset_pool(pools, TEXT("q"), &arena, &pool), ERR_POOL_NOT_FOUND);
}

TEST(a_claim_before_a_pools_reset_is_not_taken_for_a_later_one)
{
    claim("default-pool");
    assert_int_equal(pool_state_remember_claim(pools, TEXT("key"), &pod), OK);
    assert_int_equal(pool_state_reset_pool(pools, TEXT("default-pool"), &arena, &pool), OK);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), ERR_CLAIM_GONE);
    claim("default-pool");
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), ERR_CLAIM_GONE);
}

TEST(nor_is_one_of_a_pod_that_was_deleted_before_it)
{
    claim("default-pool");
    assert_int_equal(pool_state_remember_claim(pools, TEXT("key"), &pod), OK);
    delete_pod("mock-pod-1");
    delete_pod("mock-pod-2");
    assert_int_equal(pool_state_reset_pool(pools, TEXT("default-pool"), &arena, &pool), OK);
    assert_int_equal(claim("default-pool")->number, 1);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), ERR_CLAIM_GONE);
}
