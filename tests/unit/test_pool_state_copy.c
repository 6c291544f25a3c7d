/* SPDX-License-Identifier: MIT
 *
 * Copies of a state, and restoring from them. */
#include "unit.h"

#include "base/clock.h"
#include "by_name.h"
#include "chaos.h"
#include "state_dump.h"
#include "store/pool_state.h"

static struct clock now;
static struct pool_state *pools, *copy;
static struct arena arena;

static void open_one(struct pool_state **out)
{
    const struct pool_state_config config = {
        .default_pool = TEXT("default-pool"), .default_pool_pods = 5, .new_pool_pods = 3};
    struct problem problem;

    assert_int_equal(pool_state_open(&config, &now, out, &problem), OK);
}

static void open_state(void)
{
    clock_set(&now, 1705314600000, 1000000);
    open_one(&pools);
}

static void close_states(void)
{
    pool_state_close(&pools);
    pool_state_close(&copy);
    arena_free(&arena);
}

SUITE(.begin = sqlite_chaos_install, .set_up = open_state, .tear_down = close_states);

static int64_t claim(struct pool_state *of, const char *pool)
{
    struct pod pod;

    assert_int_equal(pool_state_claim_pod(of,
                                          &(struct claim_wish){.pool_name = text_of(pool),
                                                               .workspace_id = TEXT("w")},
                                          &arena, &pod, &(struct claim_refusal){0}),
                     OK);
    return pod.number;
}

static int64_t used(struct pool_state *of, const char *name)
{
    struct pool pool;

    assert_int_equal(
        pool_state_get_or_create_pool(of, text_of(name), (struct text){0}, &arena, &pool), OK);
    return pool.counts.used;
}

/* Fills every table, and uses numbers up. */
static void fill(struct pool_state *of)
{
    static const struct env_var env_vars[] = {{TEXT("A"), TEXT("1\0"
                                                               "2")}};
    const struct tool_call tool_calls[] = {{TEXT("t"), TEXT("{}"), TEXT("[]")}};
    const struct goose_reply replies[] = {
        {.pattern = TEXT("x"), .tool_calls = tool_calls, .tool_calls_count = 1, .pieces = 1}};
    const struct settings_patch patch = {
        .settings = {.is_set[SETTING_NEW_POOL_PODS] = true, .values[SETTING_NEW_POOL_PODS] = 4}};
    struct user user;
    struct pod pod;

    claim(of, "default-pool");
    claim(of, "gone");
    assert_int_equal(pool_state_change_settings(of, TEXT(""), &patch), OK);
    assert_int_equal(pool_state_delete_pool(of, TEXT("gone")), OK);
    assert_int_equal(set_environment_by_name(of, TEXT("mock-pod-1"), env_vars, 1, &arena, &pod),
                     OK);
    assert_int_equal(pool_state_log_in(of, TEXT("u"), TEXT("p"), &arena, &user), OK);
    assert_int_equal(pool_state_set_replies(of, replies, 1), OK);
}

static void assert_same_rows(struct pool_state *one, struct pool_state *other)
{
    struct buffer rows = state_dump_rows(one);

    assert_true(rows.length > 0);
    state_assert_rows(other, &rows);
    buffer_free(&rows);
}

static void end_turn(struct pool_state *of)
{
    assert_int_equal(pool_state_turn_end(of), OK);
}

TEST(copy_has_every_row_and_the_changes_of_the_open_turn)
{
    fill(pools);
    end_turn(pools);
    claim(pools, "default-pool");
    claim(pools, "default-pool");
    assert_int_equal(pool_state_copy(pools, &copy), OK);
    assert_same_rows(pools, copy);
    assert_int_equal(used(copy, "default-pool"), 3);
    assert_int_equal(pool_state_generation(copy), 0);
}

TEST(copy_is_independent_of_its_original_and_outlives_it)
{
    fill(pools);
    assert_int_equal(pool_state_copy(pools, &copy), OK);
    assert_int_equal(claim(pools, "new"), 9);
    pool_state_turn_fail(pools);
    assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
    assert_int_equal(claim(copy, "default-pool"), 2);
    end_turn(copy);
    assert_int_equal(used(pools, "default-pool"), 0);
    pool_state_close(&pools);
    assert_int_equal(used(copy, "default-pool"), 2);
    for (int i = 0; i < 2000; i++)
        claim(copy, "grows");
    end_turn(copy);
    assert_int_equal(used(copy, "grows"), 2000);
}

TEST(copy_of_a_lost_turn_is_refused)
{
    pool_state_turn_fail(pools);
    assert_int_equal(pool_state_copy(pools, &copy), ERR_TURN_LOST);
    assert_null(copy);
}

TEST(restore_replaces_every_row_and_starts_a_generation)
{
    struct pod pod = {.number = 1};

    fill(pools);
    end_turn(pools);
    assert_int_equal(pool_state_copy(pools, &copy), OK);
    claim(pools, "default-pool");
    claim(pools, "later");
    assert_int_equal(
        pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &pod), OK);
    end_turn(pools);

    claim(pools, "default-pool");
    assert_int_equal(pool_state_restore(pools, copy), OK);
    assert_int_equal(pool_state_generation(pools), 1);
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &arena, &pod),
        ERR_NOT_FOUND);
    assert_same_rows(pools, copy);
    end_turn(pools);
    assert_same_rows(pools, copy);
    assert_int_equal(pool_state_generation(pools), 1);
    assert_int_equal(used(pools, "default-pool"), 1);
    assert_int_equal(claim(pools, "later"), 9);
}

TEST(restore_of_a_lost_turn_is_undone)
{
    struct pod pod = {.number = 1};

    open_one(&copy);
    fill(pools);
    assert_int_equal(
        pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &pod), OK);
    end_turn(pools);
    struct buffer before = state_dump(pools);
    claim(copy, "other");
    claim(pools, "default-pool");
    assert_int_equal(pool_state_restore(pools, copy), OK);
    assert_int_equal(claim(pools, "other"), 7);
    pool_state_turn_fail(pools);
    assert_int_equal(pool_state_restore(pools, copy), ERR_TURN_LOST);
    assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
    state_assert_unchanged(pools, &before);
    buffer_free(&before);
    assert_int_equal(used(copy, "other"), 1);
}

TEST(of_two_restores_in_one_turn_the_later_stays)
{
    struct pool_state *other;

    open_one(&copy);
    open_one(&other);
    claim(copy, "first");
    claim(other, "second");
    assert_int_equal(pool_state_restore(pools, copy), OK);
    assert_int_equal(pool_state_restore(pools, other), OK);
    end_turn(pools);
    assert_same_rows(pools, other);
    assert_int_equal(pool_state_generation(pools), 2);
    pool_state_close(&other);
}

TEST(restore_past_bytes_max_loses_the_turn)
{
    const struct pool_state_config config = {
        .default_pool = TEXT("default-pool"), .default_pool_pods = 5, .bytes_max = 200 * 1024};
    struct problem problem;

    assert_int_equal(pool_state_open(&config, &now, &copy, &problem), OK);
    struct buffer before = state_dump(copy);
    assert_int_equal(pool_state_add_pods(pools, TEXT("default-pool"), 2000), OK);
    assert_int_equal(pool_state_restore(copy, pools), ERR_TURN_LOST);
    assert_int_equal(pool_state_turn_end(copy), ERR_TURN_LOST);
    state_assert_unchanged(copy, &before);
    buffer_free(&before);
}

/* --- without memory --- */

static bool copy_failing(bool of_sqlite, unsigned long n)
{
    chaos_fail_at(of_sqlite ? 0 : n);
    sqlite_chaos_fail_at(of_sqlite ? n : 0, false);
    enum err err = pool_state_copy(pools, &copy);
    bool failed = of_sqlite ? sqlite_chaos_failed() : chaos_failed();
    chaos_fail_at(0);
    sqlite_chaos_fail_at(0, false);
    if (err)
        assert_null(copy);
    else
        assert_same_rows(pools, copy);
    assert_true(!err || (failed && err == ERR_NO_MEMORY));
    pool_state_close(&copy);
    return failed;
}

TEST(copy_without_memory_returns_no_state)
{
    fill(pools);
    end_turn(pools);
    long blocks = chaos_blocks();
    for (int of_sqlite = 0; of_sqlite < 2; of_sqlite++)
        for (unsigned long n = 1; copy_failing(of_sqlite, n); n += chaos_stride() + n / 20)
            ;
    assert_int_equal(chaos_blocks(), blocks);
}

static bool restore_failing(unsigned long n, const struct buffer *before)
{
    sqlite_chaos_fail_at(n, false);
    enum err err = pool_state_restore(pools, copy);
    bool failed = sqlite_chaos_failed();
    sqlite_chaos_fail_at(0, false);
    if (!err)
        assert_same_rows(pools, copy);
    pool_state_turn_fail(pools);
    assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
    state_assert_unchanged(pools, before);
    end_turn(copy);
    return failed;
}

TEST(restore_without_memory_changes_nothing)
{
    open_one(&copy);
    fill(copy);
    end_turn(copy);
    claim(pools, "other");
    end_turn(pools);
    struct buffer before = state_dump(pools);
    for (unsigned long n = 1; restore_failing(n, &before); n += chaos_stride())
        ;
    buffer_free(&before);
}
