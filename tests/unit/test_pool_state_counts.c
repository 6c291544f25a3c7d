/* SPDX-License-Identifier: MIT
 *
 * The counts of pools, which are written late: right whenever they are read. */
#include "unit.h"

#include <string.h>

#include "base/clock.h"
#include "state_dump.h"
#include "store/pool_state.h"

enum { START_MS = 1705314600 };

static struct clock now;
static struct pool_state *pools;
static struct arena arena;
static struct pool pool;
static struct pod pod;
static struct problem problem;

static void open_with(int64_t pods_max)
{
    const struct pool_state_config config = {.default_pool = TEXT("default-pool"),
                                             .default_pool_pods = 5,
                                             .new_pool_pods = 3,
                                             .pods_max = pods_max};

    pool_state_close(&pools);
    assert_int_equal(pool_state_open(&config, &now, &pools, &problem), OK);
}

static int open_state(void **state)
{
    (void)state;
    clock_set(&now, START_MS, 1000000);
    open_with(0);
    return 0;
}

static int close_state(void **state)
{
    (void)state;
    pool_state_close(&pools);
    arena_free(&arena);
    return 0;
}

static struct pool *get(const char *name)
{
    assert_int_equal(
        pool_state_get_or_create_pool(pools, text_of(name), (struct text){0}, &arena, &pool), OK);
    return &pool;
}

static struct pool *get_whole(const char *name)
{
    get(name);
    assert_int_equal(pool_state_load_config(pools, &arena, &pool), OK);
    return &pool;
}

static struct pod *claim(const char *pool_name)
{
    assert_int_equal(pool_state_claim_pod(pools,
                                          &(struct claim_wish){.pool = text_of(pool_name),
                                                               .workspace_id = TEXT("w")},
                                          &arena, &pod, &(struct claim_refusal){0}),
                     OK);
    return &pod;
}

static void release(const char *name)
{
    assert_int_equal(pool_state_release_pod(pools, text_of(name), &arena, &pod), OK);
}

static void end_turn(void)
{
    assert_int_equal(pool_state_turn_end(pools), OK);
}

static enum err change(const char *name, const struct pool_spec *changes)
{
    get_whole(name);
    return pool_state_update_pool(pools, &pool, changes, &arena, &pool);
}

static enum err scale(const char *name, int64_t minimum_vms)
{
    return change(name, &(struct pool_spec){.minimum_vms = minimum_vms});
}

/* A pool's pods counted one by one, and their numbers with a star behind a used one's. */
struct recount {
    int64_t total, used;
    struct buffer numbers;
};

static bool count_pod(const struct pod *of, void *context)
{
    struct recount *recount = context;

    recount->total++;
    recount->used += of->usage == POD_USED;
    buffer_printf(&recount->numbers, "%lld%s ", (long long)of->number,
                  of->usage == POD_USED ? "*" : "");
    return true;
}

static void assert_pods(const char *name, const char *numbers)
{
    struct recount recount = {.numbers = buffer_new(1000)};

    get(name);
    assert_int_equal(pool_state_list_pods(pools, &pool, 0, 1000, &arena, count_pod, &recount), OK);
    assert_text(buffer_text(&recount.numbers), numbers);
    assert_int_equal(pool.counts.total, recount.total);
    assert_int_equal(pool.counts.used, recount.used);
    assert_int_equal(pool.counts.available, recount.total - recount.used);
    assert_int_equal(pool.counts.pending, 0);
    assert_int_equal(pool.counts.failed, 0);
    buffer_free(&recount.numbers);
}

static void assert_totals(int64_t pools_count, int64_t pods)
{
    struct pool_state_totals totals;

    assert_int_equal(pool_state_totals(pools, &totals), OK);
    assert_int_equal(totals.pools, pools_count);
    assert_int_equal(totals.pods, pods);
}

static bool sum_counts(const struct pool *of, void *context)
{
    int64_t *sum = context;

    *sum = *sum * 100 + of->counts.used;
    return true;
}

static void counts_of_many_pools_in_one_turn_are_right_whenever_they_are_read(void **state)
{
    int64_t sum = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        claim("default-pool");
        claim("a");
        claim("b");
    }
    release("mock-pod-6");
    assert_int_equal(pool_state_list_pools(pools, 0, 100, sum_counts, &sum), OK);
    assert_int_equal(sum, 30203);
    claim("a");
    assert_pods("a", "6* 7* 8* ");
    claim("b");
    release("mock-pod-1");
    assert_int_equal(claim("default-pool")->number, 1);
    end_turn();
    assert_pods("default-pool", "1* 2* 3* 4 5 ");
    assert_pods("b", "9* 10* 11* 12* ");
    assert_pods("a", "6* 7* 8* ");
}

static void counts_of_a_failed_turn_are_as_before_it(void **state)
{
    (void)state;
    claim("default-pool");
    end_turn();
    for (int i = 0; i < 2; i++) {
        claim("default-pool");
        claim("a");
        if (i)
            get("default-pool");
        pool_state_turn_fail(pools);
        assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
        assert_pods("default-pool", "1* 2 3 4 5 ");
        end_turn();
    }
}

static void counts_of_a_rehearsal_go_and_those_before_it_stay(void **state)
{
    (void)state;
    claim("default-pool");
    assert_int_equal(pool_state_rehearsal_begin(pools), OK);
    claim("default-pool");
    claim("default-pool");
    assert_int_equal(get("default-pool")->counts.used, 3);
    claim("default-pool");
    pool_state_rehearsal_end(pools);
    claim("default-pool");
    assert_pods("default-pool", "1* 2* 3 4 5 ");
    end_turn();
    assert_pods("default-pool", "1* 2* 3 4 5 ");
}

static void counts_of_pods_that_are_deleted_in_the_same_turn_go_with_them(void **state)
{
    (void)state;
    claim("default-pool");
    claim("a");
    claim("default-pool");
    assert_int_equal(pool_state_delete_pod(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_int_equal(pool_state_delete_pool(pools, TEXT("a")), OK);
    claim("default-pool");
    assert_int_equal(scale("default-pool", 2), OK);
    assert_pods("default-pool", "2* 3* ");
    claim("a");
    assert_int_equal(pool_state_delete_pool(pools, TEXT("a")), OK);
    end_turn();
    assert_pods("default-pool", "2* 3* ");
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

/* A read writes the counts; one that fails is no reason to lose them, since only its own request is
 * told. */
static void read_without_memory_loses_no_count(void **state)
{
    enum err (*const reads[])(void) = {read_pool, list_pools, rehearse};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(reads) * 2; i++) {
        bool failed = true, for_good = i % 2;
        for (unsigned long n = 1; failed; n++) {
            open_with(0);
            claim("default-pool");
            sqlite_chaos_fail_at(n, for_good);
            enum err err = reads[i / 2]();
            sqlite_chaos_fail_at(0, false);
            failed = sqlite_chaos_failed();
            assert_true(failed || err == OK);
            if (pool_state_turn_end(pools) == OK)
                assert_pods("default-pool", "1* 2 3 4 5 ");
            else
                assert_pods("default-pool", "1 2 3 4 5 ");
        }
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_state, close_state)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(counts_of_many_pools_in_one_turn_are_right_whenever_they_are_read),
        CASE(counts_of_a_failed_turn_are_as_before_it),
        CASE(counts_of_a_rehearsal_go_and_those_before_it_stay),
        CASE(counts_of_pods_that_are_deleted_in_the_same_turn_go_with_them),
        CASE(read_without_memory_loses_no_count),
    };

    sqlite_chaos_install();
    return UNIT_RUN(tests);
}
