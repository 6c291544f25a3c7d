/* SPDX-License-Identifier: MIT
 *
 * The calls of a state when memory runs out. Each call is made with the n-th allocation failing,
 * for every n until it succeeds: one of SQLite's allocations, or one of our own. */
#include "unit.h"

#include <string.h>

#include "base/clock.h"
#include "by_name.h"
#include "chaos.h"
#include "state_chaos.h"
#include "state_dump.h"
#include "store/pool_state.h"

static struct clock now;
static struct pool_state *pools;
static struct pod pod;

/* --- the calls --- */

static struct text longest(void)
{
    static char bytes[20000];

    memset(bytes, 'x', sizeof(bytes));
    return (struct text){bytes, sizeof(bytes)};
}

static enum err call_claim(struct arena *arena)
{
    return pool_state_claim_pod(
        pools, &(struct claim_wish){.pool_name = TEXT("default-pool"), .workspace_id = longest()},
        arena, &pod, &(struct claim_refusal){0});
}

static enum err call_claim_in_a_new_pool(struct arena *arena)
{
    return pool_state_claim_pod(
        pools, &(struct claim_wish){.pool_name = TEXT("new"), .workspace_id = TEXT("w")}, arena,
        &pod, &(struct claim_refusal){0});
}

static enum err call_claim_of_a_new_pod(struct arena *arena)
{
    return pool_state_claim_pod(
        pools, &(struct claim_wish){.pool_name = TEXT("all-used"), .workspace_id = TEXT("w")},
        arena, &pod, &(struct claim_refusal){0});
}

static enum err call_get_or_create_new(struct arena *arena)
{
    struct pool pool;

    return pool_state_get_or_create_pool(pools, TEXT("new"), TEXT("key"), arena, &pool);
}

static enum err call_create(struct arena *arena)
{
    static const struct env_var env_vars[] = {{TEXT("A"), TEXT("1")}, {TEXT("B"), TEXT("2")}};
    const struct pool_spec spec = {.name = TEXT("new"),
                                   .texts[POOL_REPO_NAME] = longest(),
                                   .env_vars = env_vars,
                                   .env_vars_count = 2};
    struct pool pool;
    bool created;

    return pool_state_create_pool(pools, &spec, arena, &pool, &created);
}

static enum err call_create_existing(struct arena *arena)
{
    struct pool pool;
    bool created;

    return pool_state_create_pool(pools, &(struct pool_spec){.name = TEXT("all-used")}, arena,
                                  &pool, &created);
}

static enum err call_add_pods(struct arena *arena)
{
    (void)arena;
    return pool_state_add_pods(pools, TEXT("default-pool"), 40);
}

static enum err call_get(struct arena *arena)
{
    return get_pod_by_name(pools, TEXT("pod-pool-1-1"), arena, &pod);
}

static enum err call_release(struct arena *arena)
{
    return release_pod_by_name(pools, TEXT("mock-pod-1"), arena, &pod);
}

static enum err call_mark_used(struct arena *arena)
{
    return mark_pod_used_by_name(pools, TEXT("mock-pod-2"), longest(), arena, &pod);
}

static enum err call_update(struct arena *arena)
{
    const struct text texts[] = {TEXT("a"), longest(), TEXT("c")};

    return set_repositories_by_name(pools, TEXT("mock-pod-1"), texts, 3, texts, 2, arena, &pod);
}

static bool visit(const struct pod *of, void *context)
{
    *(int64_t *)context += of->number;
    return true;
}

static enum err call_list(struct arena *arena)
{
    const struct pool pool = {.number = 1, .spec.name = TEXT("default-pool")};
    int64_t sum = 0;
    enum err err = pool_state_list_pods(pools, &pool, 0, 100, arena, visit, &sum);

    if (!err)
        assert_int_equal(sum, 15);
    return err;
}

static enum err call_totals(struct arena *arena)
{
    struct pool_state_totals totals;

    (void)arena;
    return pool_state_totals(pools, &totals);
}

static enum err call_reset(struct arena *arena)
{
    struct pool_state_totals dropped;

    (void)arena;
    return pool_state_reset(pools, 0, &dropped);
}

static enum err call_remember(struct arena *arena)
{
    (void)arena;
    return pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("key")),
                                     &(struct pod){.number = 1});
}

static enum err call_recall(struct arena *arena)
{
    return pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("old-key")), arena,
                                   &pod);
}

static enum err call_rehearsal(struct arena *arena)
{
    enum err err = pool_state_rehearsal_begin(pools);

    if (err)
        return err;
    err = call_claim_in_a_new_pool(arena);
    pool_state_rehearsal_end(pools);
    return err;
}

static enum err update_pool(struct arena *arena, const struct pool_spec *changes)
{
    struct pool pool;
    enum err err = pool_state_get_or_create_pool(pools, TEXT("default-pool"), (struct text){0},
                                                 arena, &pool);

    return err ? err : pool_state_update_pool(pools, &pool, changes, arena, &pool);
}

static enum err call_scale_up(struct arena *arena)
{
    return update_pool(arena, &(struct pool_spec){.minimum_vms = 40});
}

static enum err call_scale_down(struct arena *arena)
{
    return update_pool(arena, &(struct pool_spec){.minimum_vms = 1});
}

static enum err call_configure(struct arena *arena)
{
    static const struct env_var env_vars[] = {{TEXT("A"), TEXT("1")}, {TEXT("B"), TEXT("2")}};
    const struct text texts[] = {TEXT("a"), longest()};

    return update_pool(
        arena,
        &(struct pool_spec){.texts = {[POOL_API_KEY] = TEXT("k"), [POOL_DOCKERFILE] = longest()},
                            .env_vars = env_vars,
                            .env_vars_count = 2,
                            .repositories = texts,
                            .repositories_count = 2});
}

static enum err call_delete_pod(struct arena *arena)
{
    return delete_pod_by_name(pools, TEXT("mock-pod-1"), arena, &pod);
}

static enum err call_delete_pool(struct arena *arena)
{
    (void)arena;
    return pool_state_delete_pool(pools, TEXT("default-pool"));
}

static bool visit_pool(const struct pool *pool, void *context)
{
    *(int64_t *)context += pool->counts.total;
    return true;
}

static enum err call_list_pools(struct arena *arena)
{
    int64_t sum = 0;
    enum err err = pool_state_list_pools(pools, 0, 100, visit_pool, &sum);

    (void)arena;
    if (!err)
        assert_int_equal(sum, 8);
    return err;
}

static enum err call_set_environment(struct arena *arena)
{
    const struct env_var env_vars[] = {{TEXT("A"), longest()}, {TEXT("B"), TEXT("2")}};

    return set_environment_by_name(pools, TEXT("mock-pod-1"), env_vars, 2, arena, &pod);
}

static enum err call_start_goose(struct arena *arena)
{
    return start_goose_by_name(pools, TEXT("mock-pod-1"), arena, &pod);
}

static enum err call_open_session(struct arena *arena)
{
    struct goose_session session;

    return open_session_by_name(pools, TEXT("mock-pod-1"), (struct text){0}, arena, &session);
}

static enum err call_open_old_session(struct arena *arena)
{
    struct goose_session session;

    return open_session_by_name(pools, TEXT("mock-pod-1"), TEXT("s"), arena, &session);
}

static enum err call_list_sessions(struct arena *arena)
{
    const struct env_var *sessions;
    size_t count;
    enum err err = list_sessions_by_name(pools, TEXT("mock-pod-1"), arena, &sessions, &count);

    if (!err)
        assert_int_equal(count, 1);
    return err;
}

static enum err call_set_replies(struct arena *arena)
{
    const struct tool_call calls[] = {{TEXT("t"), longest(), TEXT("null")}};
    const struct goose_reply replies[] = {
        {.pattern = TEXT("a"), .text = longest(), .pieces = 1},
        {.pattern = TEXT("b"), .pieces = 1, .tool_calls = calls, .tool_calls_count = 1}};

    (void)arena;
    return pool_state_set_replies(pools, replies, 2);
}

static enum err call_get_replies(struct arena *arena)
{
    const struct goose_reply *replies;
    size_t count;
    enum err err = pool_state_get_replies(pools, arena, &replies, &count);

    if (!err) {
        assert_int_equal(count, 1);
        assert_int_equal(replies[0].tool_calls_count, 2);
    }
    return err;
}

static enum err call_create_user(struct arena *arena)
{
    const struct user wanted = {.username = TEXT("new"), .password = TEXT("p"), .email = TEXT("e")};
    struct user user;

    return pool_state_create_user(pools, &wanted, arena, &user);
}

static enum err call_register_user(struct arena *arena)
{
    const struct user wanted = {.username = TEXT("visitor"), .password = TEXT("p")};
    struct user user;

    return pool_state_create_user(pools, &wanted, arena, &user);
}

static enum err call_log_in(struct arena *arena)
{
    struct user user;

    return pool_state_log_in(pools, TEXT("registered"), TEXT("p"), arena, &user);
}

static enum err call_log_in_unknown(struct arena *arena)
{
    struct user user;

    return pool_state_log_in(pools, TEXT("new"), TEXT("p"), arena, &user);
}

static enum err call_delete_user(struct arena *arena)
{
    return pool_state_delete_user(pools, TEXT("registered"), arena);
}

static enum err call_know_token(struct arena *arena)
{
    (void)arena;
    return pool_state_know_token(pools, TEXT("key"));
}

static enum err call_load_config(struct arena *arena)
{
    struct pool pool = {.number = 2};
    enum err err = pool_state_load_config(pools, arena, &pool);

    if (!err)
        assert_text(pool.spec.texts[POOL_API_KEY], "key");
    return err;
}

static const struct chaos_call calls[] = {
    {"claim", call_claim},
    {"claim in a new pool", call_claim_in_a_new_pool},
    {"claim of a new pod", call_claim_of_a_new_pod},
    {"get or create", call_get_or_create_new},
    {"create", call_create},
    {"create an existing one", call_create_existing},
    {"add pods", call_add_pods},
    {"get", call_get},
    {"release", call_release},
    {"mark used", call_mark_used},
    {"update", call_update},
    {"list", call_list},
    {"totals", call_totals},
    {"reset", call_reset},
    {"remember", call_remember},
    {"recall", call_recall},
    {"rehearsal", call_rehearsal},
    {"scale up", call_scale_up},
    {"scale down", call_scale_down},
    {"configure", call_configure},
    {"delete pod", call_delete_pod},
    {"delete pool", call_delete_pool},
    {"list pools", call_list_pools},
    {"set environment", call_set_environment},
    {"start Goose", call_start_goose},
    {"open session", call_open_session},
    {"open an old session", call_open_old_session},
    {"list sessions", call_list_sessions},
    {"set replies", call_set_replies},
    {"get replies", call_get_replies},
    {"create user", call_create_user},
    {"register user", call_register_user},
    {"log in", call_log_in},
    {"log in unknown", call_log_in_unknown},
    {"delete user", call_delete_user},
    {"know token", call_know_token},
    {"load configuration", call_load_config},
};

/* --- the state that they are made on --- */

static void add_goose_and_users(struct arena *arena)
{
    const struct tool_call tool_calls[] = {{TEXT("t"), TEXT("1"), TEXT("2")},
                                           {TEXT("u"), TEXT("3"), TEXT("4")}};
    const struct goose_reply reply = {.pattern = TEXT("p"),
                                      .text = TEXT("t"),
                                      .pieces = 1,
                                      .error = TEXT("e"),
                                      .tool_calls = tool_calls,
                                      .tool_calls_count = 2};
    const struct env_var env_vars[] = {{TEXT("A"), TEXT("1")}};
    const struct user wanted = {.username = TEXT("registered"), .password = TEXT("p")};
    struct goose_session session;
    struct user user;

    assert_int_equal(open_session_by_name(pools, TEXT("mock-pod-1"), TEXT("s"), arena, &session),
                     OK);
    assert_int_equal(set_environment_by_name(pools, TEXT("mock-pod-1"), env_vars, 1, arena, &pod),
                     OK);
    assert_int_equal(pool_state_set_replies(pools, &reply, 1), OK);
    assert_int_equal(pool_state_create_user(pools, &wanted, arena, &user), OK);
    assert_int_equal(pool_state_log_in(pools, TEXT("visitor"), TEXT("p"), arena, &user), OK);
}

static void open_state(void)
{
    const struct pool_state_config config = {
        .default_pool = TEXT("default-pool"), .default_pool_pods = 5, .new_pool_pods = 3};
    const struct text texts[] = {TEXT("r1"), TEXT("r2")};
    struct arena arena = {0};
    struct problem problem;
    struct pool pool;

    clock_set(&now, 1705314600000, 1000);
    assert_int_equal(pool_state_open(&config, &now, &pools, &problem), OK);
    assert_int_equal(pool_state_claim_pod(pools,
                                          &(struct claim_wish){.pool_name = TEXT("default-pool"),
                                                               .workspace_id = TEXT("w")},
                                          &arena, &pod, &(struct claim_refusal){0}),
                     OK);
    for (int i = 0; i < 64; i++) /* as many as the ring has room for at first */
        assert_int_equal(
            pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("old-key")), &pod),
            OK);
    assert_int_equal(mark_pod_used_by_name(pools, TEXT("mock-pod-1"), TEXT("u"), &arena, &pod), OK);
    assert_int_equal(
        set_repositories_by_name(pools, TEXT("mock-pod-1"), texts, 2, texts, 1, &arena, &pod), OK);
    assert_int_equal(
        pool_state_get_or_create_pool(pools, TEXT("all-used"), TEXT("key"), &arena, &pool), OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pool_state_claim_pod(pools,
                                              &(struct claim_wish){.pool_name = TEXT("all-used"),
                                                                   .workspace_id = TEXT("w")},
                                              &arena, &pod, &(struct claim_refusal){0}),
                         OK);
    add_goose_and_users(&arena);
    assert_int_equal(pool_state_turn_end(pools), OK);
    arena_free(&arena);
}

static const struct chaos_suite suite = {calls, UNIT_COUNT(calls), open_state, &pools,
                                         call_remember};

SUITE(.begin = sqlite_chaos_install);

TEST(own_allocations_fail)
{
    chaos_each_call(&suite, CHAOS_OURS_ONCE);
}

TEST(sqlite_allocations_fail_once)
{
    chaos_each_call(&suite, CHAOS_SQLITE_ONCE);
}

TEST(sqlite_allocations_fail_for_good)
{
    chaos_each_call(&suite, CHAOS_SQLITE_FOR_GOOD);
}

/* A turn that can't be committed is undone, even if undoing it can't allocate memory either. */
TEST(turn_end_without_memory_keeps_all_or_nothing)
{
    for (int way = CHAOS_SQLITE_ONCE; way < CHAOS_WAY__MAX; way++) {
        bool failed = true;
        open_state();
        for (unsigned long n = 1; failed; n += chaos_stride()) {
            struct arena arena = {0};
            struct buffer before = state_dump(pools);
            assert_int_equal(call_create(&arena), OK);
            struct buffer after = state_dump(pools);
            chaos_fail_in((enum chaos_way)way, n);
            enum err err = pool_state_turn_end(pools);
            failed = chaos_stop((enum chaos_way)way);
            assert_true(err == OK || (failed && err == ERR_TURN_LOST));
            state_assert_unchanged(pools, err ? &before : &after);
            buffer_free(&before);
            buffer_free(&after);
            arena_free(&arena);
            pool_state_close(&pools);
            open_state();
        }
        pool_state_close(&pools);
    }
}

TEST(open_without_memory_returns_no_state)
{
    const struct pool_state_config config = {
        .default_pool = TEXT("default-pool"), .default_pool_pods = 5, .new_pool_pods = 3};
    long blocks = chaos_blocks();

    for (int way = 0; way < CHAOS_WAY__MAX; way++) {
        bool failed = true;
        /* Opening makes thousands of allocations: later ones fail in growing steps. */
        for (unsigned long n = 1; failed; n += 1 + n / 20) {
            struct problem problem = {0};
            pools = NULL;
            chaos_fail_in((enum chaos_way)way, n);
            enum err err = pool_state_open(&config, &now, &pools, &problem);
            failed = chaos_stop((enum chaos_way)way);
            assert_true(err == OK || failed);
            if (err) {
                chaos_assert_expected(err);
                assert_null(pools);
            }
            pool_state_close(&pools);
            assert_int_equal(chaos_blocks(), blocks);
        }
    }
}
