/* SPDX-License-Identifier: MIT
 *
 * The counts of pools are written late. They are right whenever they are read. */
#include "state_rig.h"

#include "state_dump.h"
#include "store/rows.h"

static bool sum_counts(const struct pool *of, void *context)
{
    int64_t *sum = context;

    *sum = *sum * 100 + of->counts.used;
    return true;
}

SUITE(.begin = sqlite_chaos_install, .set_up = open_state, .tear_down = close_state);

TEST(counts_of_many_pools_in_one_turn_are_right_at_every_read)
{
    int64_t sum = 0;

    for (int i = 0; i < 3; i++) {
        claim("default-pool");
        claim("a");
        claim("b");
    }
    release("mock-pod-6");
    assert_int_equal(pool_state_list_pools(pools, 0, 100, sum_counts, &sum), OK);
    assert_int_equal(sum, 30203);
    claim("a");
    assert_numbers("a", "6* 7* 8* ");
    claim("b");
    release("mock-pod-1");
    assert_int_equal(claim("default-pool")->number, 1);
    end_turn();
    assert_numbers("default-pool", "1* 2* 3* 4 5 ");
    assert_numbers("b", "9* 10* 11* 12* ");
    assert_numbers("a", "6* 7* 8* ");
}

TEST(counts_of_a_failed_turn_are_undone)
{
    claim("default-pool");
    end_turn();
    for (int i = 0; i < 2; i++) {
        claim("default-pool");
        claim("a");
        if (i)
            get("default-pool");
        lose_turn();
        assert_numbers("default-pool", "1* 2 3 4 5 ");
        end_turn();
    }
}

static void assert_stored_totals(int64_t pool_count, int64_t pod_count)
{
    struct counters counters;

    assert_totals(pool_count, pod_count);
    assert_int_equal(rows_counters(pools, &counters), OK);
    assert_int_equal(counters.pool, pool_count);
    assert_int_equal(counters.pod, pod_count);
}

static void claim_times(const char *pool_name, int times)
{
    while (times-- > 0)
        claim(pool_name);
}

TEST(totals_of_pods_made_in_one_turn_are_right_at_every_read)
{
    assert_stored_totals(1, 5);
    claim_times("a", 5); /* it begins with 3 pods */
    assert_stored_totals(2, 10);
    lose_turn();
    assert_stored_totals(1, 5);
    claim_times("a", 4);
    assert_int_equal(pool_state_rehearsal_begin(pools), OK);
    claim("b");
    pool_state_rehearsal_end(pools);
    claim("a");
    end_turn();
    assert_stored_totals(2, 10);
}

static void assert_pod_numbers(int64_t free_count, int64_t used_count)
{
    struct pod_numbers numbers;

    assert_int_equal(pool_state_count_pods(pools, &numbers), OK);
    assert_int_equal(numbers.of[POD_FREE][POD_RUNNING], free_count);
    assert_int_equal(numbers.of[POD_USED][POD_RUNNING], used_count);
}

TEST(pods_are_counted_by_usage_at_every_time)
{
    assert_int_equal(pool_state_rehearsal_begin(pools), OK);
    claim("a");
    assert_pod_numbers(7, 1); /* the first count of all */
    pool_state_rehearsal_end(pools);
    assert_pod_numbers(5, 0);
    claim("a");
    assert_pod_numbers(7, 1);
    assert_int_equal(pool_state_rehearsal_begin(pools), OK);
    claim("a");
    assert_pod_numbers(6, 2);
    pool_state_rehearsal_end(pools);
    assert_pod_numbers(7, 1);
    lose_turn();
    assert_pod_numbers(5, 0);
    claim("a");
    assert_int_equal(pool_state_delete_pool(pools, TEXT("a")), OK);
    assert_pod_numbers(5, 0);
    end_turn();
    assert_pod_numbers(5, 0);
}

TEST(counts_of_a_rehearsal_are_undone_and_earlier_ones_stay)
{
    claim("default-pool");
    assert_int_equal(pool_state_rehearsal_begin(pools), OK);
    claim("default-pool");
    claim("default-pool");
    assert_int_equal(get("default-pool")->counts.used, 3);
    claim("default-pool");
    pool_state_rehearsal_end(pools);
    claim("default-pool");
    assert_numbers("default-pool", "1* 2* 3 4 5 ");
    end_turn();
    assert_numbers("default-pool", "1* 2* 3 4 5 ");
}

TEST(counts_of_pods_deleted_in_the_same_turn_are_removed)
{
    claim("default-pool");
    claim("a");
    claim("default-pool");
    delete_pod("mock-pod-1");
    assert_int_equal(pool_state_delete_pool(pools, TEXT("a")), OK);
    claim("default-pool");
    assert_int_equal(scale("default-pool", 2), OK);
    assert_numbers("default-pool", "2* 3* ");
    claim("a");
    assert_int_equal(pool_state_delete_pool(pools, TEXT("a")), OK);
    end_turn();
    assert_numbers("default-pool", "2* 3* ");
    assert_totals(1, 2);
}

static enum err read_pool(void)
{
    return pool_state_get_or_create_pool(pools, TEXT("default-pool"), (struct text){0}, &arena,
                                         &pool);
}

static enum err list_pools(void)
{
    int64_t sum = 0;

    return pool_state_list_pools(pools, 0, 100, sum_counts, &sum);
}

static enum err rehearse(void)
{
    enum err err = pool_state_rehearsal_begin(pools);

    if (!err)
        pool_state_rehearsal_end(pools);
    return err;
}

/* A read writes the tally first. If the read fails, only its own request is told, so the counts
 * must not be lost. */
TEST(read_without_memory_loses_no_count)
{
    enum err (*const reads[])(void) = {read_pool, list_pools, rehearse};
    const struct pool_state_config config = fresh_config();

    for (size_t i = 0; i < UNIT_COUNT(reads) * 2; i++) {
        bool failed = true, for_good = i % 2;
        for (unsigned long n = 1; failed; n++) {
            open_with(&config);
            claim("default-pool");
            sqlite_chaos_fail_at(n, for_good);
            enum err err = reads[i / 2]();
            sqlite_chaos_fail_at(0, false);
            failed = sqlite_chaos_failed();
            assert_true(failed || err == OK);
            if (pool_state_turn_end(pools) == OK)
                assert_numbers("default-pool", "1* 2 3 4 5 ");
            else
                assert_numbers("default-pool", "1 2 3 4 5 ");
        }
    }
}
