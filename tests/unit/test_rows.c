/* SPDX-License-Identifier: MIT
 *
 * Reading and filling a state row by row (store/rows.h): unique values, limits, failing
 * allocations. The round trip of a whole state is in test_document.c. */
#include "unit.h"

#include <stdio.h>

#include "chaos.h"
#include "state_chaos.h"
#include "state_dump.h"
#include "store/rows.h"

static struct clock now;
static struct pool_state *pools;
static struct arena arena;

static void open_with(int64_t pools_max, int64_t pods_max)
{
    const struct pool_state_config config = {.default_pool = TEXT("default-pool"),
                                             .default_pool_pods = 2,
                                             .new_pool_pods = 3,
                                             .pools_max = pools_max,
                                             .pods_max = pods_max};
    struct problem problem = {0};

    pool_state_close(&pools);
    clock_set(&now, 1705314600000, 1000);
    assert_int_equal(pool_state_open(&config, &now, &pools, &problem), OK);
}

/* --- a state with rows of each kind --- */

static const struct env_var env_vars[] = {{TEXT("A"), TEXT("1")}};
static const struct text texts[] = {TEXT("https://example.com/o/r"), TEXT("o/s")};
static const struct counters counters = {.pool = 9, .pod = 19, .session = 29, .token = 39};

static struct pool a_pool(int64_t number, const char *name)
{
    return (struct pool){.number = number,
                         .spec = {.name = text_of(name),
                                  .minimum_vms = 2,
                                  .texts[POOL_REPO_NAME] = TEXT("r"),
                                  .env_vars = env_vars,
                                  .env_vars_count = 1,
                                  .repositories = texts,
                                  .repositories_count = 2},
                         .first_pod = 1,
                         .first_pods = 2,
                         .created_ms = 1000,
                         .updated_ms = 2000};
}

static struct pod a_pod(int64_t number, const char *pool_name)
{
    return (struct pod){.number = number,
                        .pool_name = text_of(pool_name),
                        .usage = POD_FREE,
                        .state = POD_RUNNING,
                        .created_ms = 1000,
                        .since_ms = 2000,
                        .repositories = texts,
                        .repositories_count = 2,
                        .branches = texts,
                        .branches_count = 1,
                        .env_vars = env_vars,
                        .env_vars_count = 1};
}

static struct user a_user(const char *name, const char *token)
{
    return (struct user){.username = text_of(name),
                         .password = TEXT("p"),
                         .token = text_of(token),
                         .registered = true,
                         .created_ms = 1000};
}

static enum err add_pool(int64_t number, const char *name, bool *added)
{
    const struct pool pool = a_pool(number, name);

    return rows_add_pool(pools, &pool, added);
}

static enum err add_pod(int64_t number, const char *pool_name, bool *added)
{
    struct pod pod = a_pod(number, pool_name);

    return rows_add_pod(pools, &pod, added);
}

static enum err add_user(const char *name, const char *token, bool *added)
{
    const struct user user = a_user(name, token);

    return rows_add_user(pools, &user, added);
}

static enum err add_session(int64_t number, const char *id, bool *added)
{
    const struct pod pod = {.number = 11};
    const struct goose_session session = {.number = number, .id = text_of(id), .token = TEXT("t")};

    return rows_add_session(pools, &pod, &session, added);
}

static enum err add_pull(const char *repository, bool *added)
{
    return rows_add_pull(pools, &(struct pull_count){1, text_of(repository), 7}, added);
}

/* Two pools; three pods, of which the last two have lists; two rows of each other kind. */
static enum err fill(void)
{
    const struct goose_reply reply = {.pattern = TEXT("p"), .text = TEXT("t"), .pieces = 1};
    struct pod bare = {.number = 5, .pool_name = TEXT("one"), .state = POD_RUNNING};
    bool added;
    enum err err;

    if ((err = rows_begin(pools)) || (err = add_pool(3, "one", &added)) ||
        (err = add_pool(4, "two", &added)) || (err = rows_add_pod(pools, &bare, &added)) ||
        (err = add_pod(11, "one", &added)) || (err = add_pod(12, "two", &added)) ||
        (err = add_session(21, "s", &added)) || (err = add_session(22, "u", &added)) ||
        (err = add_user("ann", "token-a", &added)) || (err = add_user("bob", "token-b", &added)) ||
        (err = add_pull("o/r", &added)) || (err = add_pull("o/s", &added)) ||
        (err = rows_add_reply(pools, 0, &reply)))
        return err;
    return rows_end(pools, &counters);
}

static void open_filled(void)
{
    open_with(0, 0);
    assert_int_equal(fill(), OK);
}

static void open_filled_state(void)
{
    open_filled();
}

static void open_empty_state(void)
{
    open_with(0, 0);
    assert_int_equal(rows_begin(pools), OK);
}

static void close_state(void)
{
    pool_state_close(&pools);
    arena_free(&arena);
}

/* --- reading --- */

/* The rows that a visitor has seen. */
struct seen {
    int count;
    int most; /* it ends the visit after this many rows */
    int64_t last;
    char last_name[32];
    size_t lists; /* entries in the rows' lists */
};

static bool see(struct seen *seen, int64_t number, struct text name, size_t lists)
{
    seen->last = number;
    snprintf(seen->last_name, sizeof(seen->last_name), "%.*s", TEXT_ARGS(name));
    seen->lists += lists;
    return ++seen->count < seen->most;
}

static bool see_pool(const struct pool *pool, void *context)
{
    return see(context, pool->number, pool->spec.name,
               pool->spec.env_vars_count + pool->spec.repositories_count);
}

static bool see_pod(const struct pod *pod, void *context)
{
    return see(context, pod->number, pod->pool_name,
               pod->repositories_count + pod->branches_count + pod->env_vars_count +
                   pod->sessions_count);
}

static bool see_user(const struct user *user, void *context)
{
    return see(context, user->created_ms, user->username, 0);
}

static bool see_pull(const struct pull_count *pull, void *context)
{
    return see(context, pull->newest, pull->repository, 0);
}

#define ALL         \
    (struct seen)   \
    {               \
        .most = 100 \
    }

SUITE(.begin = sqlite_chaos_install);

#define FILLED_TEST(name) TEST_BETWEEN(name, open_filled_state, close_state)

FILLED_TEST(each_row_is_read_with_everything_in_it)
{
    struct seen seen = ALL;
    struct counters read;

    assert_int_equal(rows_list_pools(pools, 0, 100, &arena, see_pool, &seen), OK);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.last, 4);
    assert_string_equal(seen.last_name, "two");
    assert_int_equal(seen.lists, 2 * 3);

    seen = ALL;
    assert_int_equal(rows_list_pods(pools, 0, 100, &arena, see_pod, &seen), OK);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.last, 12);
    assert_string_equal(seen.last_name, "two");
    assert_int_equal(seen.lists, 2 * 4 + 2);

    seen = ALL;
    assert_int_equal(rows_list_users(pools, (struct text){0}, 100, see_user, &seen), OK);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.last_name, "bob");

    seen = ALL;
    assert_int_equal(rows_list_pulls(pools, 0, 100, see_pull, &seen), OK);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.last, 7);
    assert_string_equal(seen.last_name, "o/s");

    assert_int_equal(rows_counters(pools, &read), OK);
    assert_memory_equal(&read, &counters, sizeof(read));
}

FILLED_TEST(lists_continue_after_a_row_and_end_at_their_limit)
{
    struct seen seen = ALL;

    assert_int_equal(rows_list_pools(pools, 3, 100, &arena, see_pool, &seen), OK);
    assert_int_equal(rows_list_pods(pools, 11, 100, &arena, see_pod, &seen), OK);
    assert_int_equal(rows_list_users(pools, TEXT("ann"), 100, see_user, &seen), OK);
    assert_int_equal(rows_list_pulls(pools, 1, 100, see_pull, &seen), OK);
    assert_int_equal(seen.count, 4);

    seen = ALL;
    assert_int_equal(rows_list_pools(pools, 0, 1, &arena, see_pool, &seen), OK);
    assert_int_equal(seen.last, 3);
    assert_int_equal(rows_list_pods(pools, 0, 1, &arena, see_pod, &seen), OK);
    assert_int_equal(seen.last, 5);
    assert_int_equal(rows_list_users(pools, (struct text){0}, 1, see_user, &seen), OK);
    assert_string_equal(seen.last_name, "ann");
    assert_int_equal(rows_list_pulls(pools, 0, 1, see_pull, &seen), OK);
    assert_string_equal(seen.last_name, "o/r");
    assert_int_equal(seen.count, 4);
}

FILLED_TEST(a_visitor_ends_the_visit)
{
    struct seen seen = {.most = 1};

    assert_int_equal(rows_list_pools(pools, 0, 100, &arena, see_pool, &seen), OK);
    assert_int_equal(seen.count, 1);
    seen.count = 0;
    assert_int_equal(rows_list_pods(pools, 0, 100, &arena, see_pod, &seen), OK);
    assert_int_equal(seen.count, 1);
    seen.count = 0;
    assert_int_equal(rows_list_users(pools, (struct text){0}, 100, see_user, &seen), OK);
    assert_int_equal(seen.count, 1);
    seen.count = 0;
    assert_int_equal(rows_list_pulls(pools, 0, 100, see_pull, &seen), OK);
    assert_int_equal(seen.count, 1);
}

FILLED_TEST(a_lost_turn_is_neither_read_nor_filled)
{
    struct seen seen = ALL;
    struct counters read;

    pool_state_turn_fail(pools);
    assert_int_equal(rows_counters(pools, &read), ERR_TURN_LOST);
    assert_int_equal(rows_list_pools(pools, 0, 100, &arena, see_pool, &seen), ERR_TURN_LOST);
    assert_int_equal(rows_list_pods(pools, 0, 100, &arena, see_pod, &seen), ERR_TURN_LOST);
    assert_int_equal(rows_list_users(pools, (struct text){0}, 100, see_user, &seen), ERR_TURN_LOST);
    assert_int_equal(rows_list_pulls(pools, 0, 100, see_pull, &seen), ERR_TURN_LOST);
    assert_int_equal(rows_begin(pools), ERR_TURN_LOST);
    assert_int_equal(seen.count, 0);
    assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
    assert_int_equal(rows_counters(pools, &read), OK);
}

/* --- filling --- */

#define EMPTY_TEST(name) TEST_BETWEEN(name, open_empty_state, close_state)

EMPTY_TEST(unique_values_are_not_added_twice)
{
    struct seen seen = ALL;
    bool added;

    assert_int_equal(add_pool(3, "one", &added), OK);
    assert_true(added);
    assert_int_equal(add_pool(3, "two", &added), OK);
    assert_false(added);
    assert_int_equal(add_pool(4, "one", &added), OK);
    assert_false(added);
    assert_int_equal(add_pod(11, "one", &added), OK);
    assert_true(added);
    assert_int_equal(add_pod(11, "one", &added), OK);
    assert_false(added);
    assert_int_equal(add_session(21, "s", &added), OK);
    assert_true(added);
    assert_int_equal(add_session(21, "t", &added), OK);
    assert_false(added);
    assert_int_equal(add_user("ann", "token-a", &added), OK);
    assert_true(added);
    assert_int_equal(add_user("ann", "token-b", &added), OK);
    assert_false(added);
    assert_int_equal(add_user("bob", "token-a", &added), OK);
    assert_false(added);
    assert_int_equal(add_pull("o/r", &added), OK);
    assert_true(added);
    assert_int_equal(add_pull("o/r", &added), OK);
    assert_false(added);
    assert_int_equal(rows_end(pools, &counters), OK);

    assert_int_equal(rows_list_pools(pools, 0, 100, &arena, see_pool, &seen), OK);
    assert_int_equal(rows_list_pods(pools, 0, 100, &arena, see_pod, &seen), OK);
    assert_int_equal(rows_list_users(pools, (struct text){0}, 100, see_user, &seen), OK);
    assert_int_equal(rows_list_pulls(pools, 0, 100, see_pull, &seen), OK);
    assert_int_equal(seen.count, 4);
}

EMPTY_TEST(a_pod_needs_its_pool)
{
    bool added;

    assert_int_equal(add_pod(11, "nowhere", &added), ERR_POOL_NOT_FOUND);
}

FILLED_TEST(counts_are_computed_from_the_rows)
{
    struct pool_state_totals totals;
    struct pool pool;

    assert_int_equal(pool_state_totals(pools, &totals), OK);
    assert_int_equal(totals.pools, 2);
    assert_int_equal(totals.pods, 3);
    assert_int_equal(
        pool_state_get_or_create_pool(pools, TEXT("one"), (struct text){0}, &arena, &pool), OK);
    assert_int_equal(pool.number, 3);
    assert_int_equal(pool.counts.total, 2);
}

FILLED_TEST(limits_hold_for_a_filled_state)
{
    static const struct {
        int64_t pools_max, pods_max;
        enum err expected;
    } rows[] = {{1, 0, ERR_POOL_LIMIT}, {2, 0, OK}, {0, 2, ERR_POD_LIMIT}, {0, 3, OK}, {2, 3, OK},
                {1, 2, ERR_POOL_LIMIT}};

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        pool_state_close(&pools);
        open_with(rows[i].pools_max, rows[i].pods_max);
        assert_int_equal(fill(), rows[i].expected);
    }
}

/* --- without memory --- */

static enum err call_counters(struct arena *apart)
{
    struct counters read = {0};
    enum err err = rows_counters(pools, &read);

    (void)apart;
    if (!err)
        assert_memory_equal(&read, &counters, sizeof(read));
    return err;
}

static enum err call_pools(struct arena *apart)
{
    struct seen seen = ALL;
    enum err err = rows_list_pools(pools, 0, 100, apart, see_pool, &seen);

    if (!err)
        assert_int_equal(seen.lists, 2 * 3);
    return err;
}

static enum err call_pods(struct arena *apart)
{
    struct seen seen = ALL;
    enum err err = rows_list_pods(pools, 0, 100, apart, see_pod, &seen);

    if (!err)
        assert_int_equal(seen.lists, 2 * 4 + 2);
    return err;
}

static enum err call_users(struct arena *apart)
{
    struct seen seen = ALL;
    enum err err = rows_list_users(pools, (struct text){0}, 100, see_user, &seen);

    (void)apart;
    if (!err)
        assert_int_equal(seen.count, 2);
    return err;
}

static enum err call_pulls(struct arena *apart)
{
    struct seen seen = ALL;
    enum err err = rows_list_pulls(pools, 0, 100, see_pull, &seen);

    (void)apart;
    if (!err)
        assert_int_equal(seen.count, 2);
    return err;
}

static const struct chaos_call calls[] = {
    {"counters", call_counters}, {"pools", call_pools}, {"pods", call_pods},
    {"users", call_users},       {"pulls", call_pulls},
};

static const struct chaos_suite suite = {calls, UNIT_COUNT(calls), open_filled, &pools, call_pods};

TEST(reading_without_memory_fails_or_is_complete)
{
    for (int way = 0; way < CHAOS_WAY__MAX; way++)
        chaos_each_call(&suite, (enum chaos_way)way);
}

/* Filling makes thousands of allocations: later ones fail in growing steps. */
TEST(filling_without_memory_fails_or_is_complete)
{
    open_filled();
    struct buffer whole = state_dump_rows(pools);
    for (int way = 0; way < CHAOS_WAY__MAX; way++) {
        bool failed = true;
        for (unsigned long n = 1; failed; n += chaos_stride() + n / 50) {
            open_with(0, 0);
            chaos_fail_in((enum chaos_way)way, n);
            enum err err = fill();
            failed = chaos_stop((enum chaos_way)way);
            if (err) {
                assert_true(failed);
                chaos_assert_expected(err);
            } else {
                state_assert_rows(pools, &whole);
            }
        }
    }
    buffer_free(&whole);
    pool_state_close(&pools);
}
