/* SPDX-License-Identifier: MIT
 *
 * How many pods a pool has: newPoolPods and maxPods, claims on an exhausted pool, a pool's reset.
 */
#include "state_rig.h"

static void take_all(const char *name)
{
    while (get(name)->counts.available > 0)
        claim(name);
}

SUITE(.set_up = open_small_state, .tear_down = close_state);

TEST(exhausted_pool_rejects_as_its_settings_say_and_makes_no_pod)
{
    set_setting("p", SETTING_ON_EXHAUSTED, ON_EXHAUSTED_REJECT);
    set_setting("p", SETTING_REJECT_STATUS, 429);
    set_setting("p", SETTING_RETRY_AFTER, 7);
    take_all("p");
    assert_int_equal(try_claim("p"), ERR_EXHAUSTED);
    assert_false(refusal.queue);
    assert_int_equal(refusal.status, 429);
    assert_int_equal(refusal.retry_after_s, 7);
    assert_pods("p", "RRR");
    release("mock-pod-4");
    assert_int_equal(claim("p")->number, 4);
}

TEST(exhausted_pool_lets_claims_queue)
{
    set_setting("p", SETTING_ON_EXHAUSTED, ON_EXHAUSTED_QUEUE);
    take_all("p");
    assert_int_equal(try_claim("p"), ERR_EXHAUSTED);
    assert_true(refusal.queue);
    assert_int_equal(refusal.timeout_ms, 30000);
    assert_int_equal(refusal.status, 503);
    assert_int_equal(refusal.retry_after_s, 1);
    set_setting("p", SETTING_CLAIM_TIMEOUT, 0);
    assert_int_equal(try_claim("p"), ERR_EXHAUSTED);
    assert_int_equal(refusal.timeout_ms, 0);
}

TEST(pool_has_at_most_max_pods)
{
    bool created;

    set_setting("p", SETTING_MAX_PODS, 2);
    assert_pods("p", "rr");
    assert_int_equal(pool.spec.minimum_vms, 2);
    take_all("p");
    assert_int_equal(try_claim("p"), ERR_EXHAUSTED);
    assert_false(refusal.queue);
    assert_int_equal(scale("p", 3), ERR_POD_LIMIT);
    assert_int_equal(pool_state_add_pods(pools, TEXT("p"), 1), ERR_POD_LIMIT);
    set_setting("q", SETTING_MAX_PODS, 2);
    assert_int_equal(
        pool_state_create_pool(pools, &(struct pool_spec){.name = TEXT("q"), .minimum_vms = 3},
                               &arena, &pool, &created),
        ERR_POD_LIMIT);
    set_setting("p", SETTING_MAX_PODS, 3);
    claim("p");
    assert_pods("p", "RRR");
}

TEST(new_pool_has_as_many_pods_as_its_settings_say)
{
    set_setting("", SETTING_NEW_POOL_PODS, 1);
    set_setting("none", SETTING_NEW_POOL_PODS, 0);
    assert_pods("one", "r");
    assert_pods("none", "");
    claim("none");
    assert_pods("none", "R");
}

TEST(claims_start_one_pod_at_a_time)
{
    set_setting("default-pool", SETTING_REJECT_STATUS, 409);
    set_times("default-pool", 1000, 0);
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

TEST(pod_that_fails_at_once_is_not_claimed)
{
    take_all("default-pool");
    set_setting("default-pool", SETTING_FAIL_NEXT, 1);
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

TEST(freed_count_grows_whenever_a_pod_may_be_available)
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
    set_looks("", 1);
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

TEST(reset_pool_has_its_first_pods_again)
{
    set_setting("default-pool", SETTING_RETRY_AFTER, 9);
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
    assert_int_equal(claim("default-pool")->number, 8); /* numbers are never reused */
    assert_int_equal(pool_state_reset_pool(pools, TEXT("q"), &arena, &pool), ERR_POOL_NOT_FOUND);
}

TEST(claim_from_before_a_pool_reset_is_gone)
{
    claim("default-pool");
    assert_int_equal(
        pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &pod), OK);
    assert_int_equal(pool_state_reset_pool(pools, TEXT("default-pool"), &arena, &pool), OK);
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &arena, &pod),
        ERR_CLAIM_GONE);
    claim("default-pool");
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &arena, &pod),
        ERR_CLAIM_GONE);
}

TEST(claim_of_a_pod_deleted_before_a_pool_reset_is_gone)
{
    claim("default-pool");
    assert_int_equal(
        pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &pod), OK);
    delete_pod("mock-pod-1");
    delete_pod("mock-pod-2");
    assert_int_equal(pool_state_reset_pool(pools, TEXT("default-pool"), &arena, &pool), OK);
    assert_int_equal(claim("default-pool")->number, 1);
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &arena, &pod),
        ERR_CLAIM_GONE);
}
