/* SPDX-License-Identifier: MIT
 *
 * What changes pools and pods after they were made: configuration, size, environment, Goose, end;
 * and the counts, which are written late. */
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

static void pass_ms(int64_t ms)
{
    clock_set(&now, now.wall_ms + ms, now.mono_us + ms * 1000);
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
    assert_int_equal(pool_state_claim_pod(pools, text_of(pool_name), TEXT("w"), &arena, &pod), OK);
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

/* --- size --- */

static void scale_up_makes_pods_up_to_the_minimum(void **state)
{
    (void)state;
    claim("default-pool");
    assert_int_equal(scale("default-pool", 7), OK);
    assert_int_equal(pool.spec.minimum_vms, 7);
    assert_int_equal(pool.counts.total, 7);
    end_turn();
    assert_pods("default-pool", "1* 2 3 4 5 6 7 ");
    assert_totals(1, 7);
}

static void scale_down_removes_the_newest_free_pods_and_no_used_one(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        claim("default-pool");
    release("mock-pod-2");
    release("mock-pod-4");
    assert_int_equal(scale("default-pool", 4), OK);
    assert_pods("default-pool", "1* 2 3* 5* ");
    assert_int_equal(scale("default-pool", 1), OK);
    assert_pods("default-pool", "1* 3* 5* ");
    assert_int_equal(pool.spec.minimum_vms, 1);
    assert_totals(1, 3);
    end_turn();
    assert_pods("default-pool", "1* 3* 5* ");
    /* numbers are never given twice */
    assert_int_equal(scale("default-pool", 4), OK);
    assert_pods("default-pool", "1* 3* 5* 6 ");
}

static void scale_to_what_is_there_sets_the_minimum_only(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++)
        claim("default-pool");
    assert_int_equal(get("default-pool")->spec.minimum_vms, 5);
    assert_int_equal(scale("default-pool", 6), OK);
    assert_int_equal(pool.spec.minimum_vms, 6);
    assert_pods("default-pool", "1* 2* 3* 4* 5* 6* ");
}

static void scale_down_takes_what_a_pod_has_beside_its_row(void **state)
{
    const struct text texts[] = {TEXT("r")};
    struct buffer start = state_dump(pools);

    (void)state;
    assert_int_equal(scale("default-pool", 6), OK);
    assert_int_equal(
        pool_state_set_repositories(pools, TEXT("mock-pod-6"), texts, 1, texts, 1, &arena, &pod),
        OK);
    assert_int_equal(scale("default-pool", 5), OK);
    assert_int_equal(pool_state_get_pod(pools, TEXT("mock-pod-6"), &arena, &pod),
                     ERR_POD_NOT_FOUND);
    end_turn();
    struct buffer end = state_dump(pools);
    assert_null(memmem(end.bytes, end.length, "list|", 5));
    buffer_free(&start);
    buffer_free(&end);
}

static void scale_past_the_limit_changes_nothing(void **state)
{
    const struct pool_spec changes = {.minimum_vms = 8,
                                      .settings = {[POOL_BRANCH_NAME] = TEXT("b")}};

    (void)state;
    open_with(7);
    struct buffer before = state_dump(pools);
    assert_int_equal(change("default-pool", &changes), ERR_POD_LIMIT);
    state_assert_unchanged(pools, &before);
    end_turn();
    state_assert_unchanged(pools, &before);
    buffer_free(&before);
    assert_int_equal(scale("default-pool", 7), OK);
    assert_int_equal(scale("default-pool", 2), OK);
    assert_int_equal(scale("default-pool", 7), OK);
    assert_pods("default-pool", "1 2 8 9 10 11 12 ");
}

/* --- configuration --- */

static void update_stores_what_it_says_and_leaves_the_rest(void **state)
{
    const struct env_var first[] = {{TEXT("A"), TEXT("1")}, {TEXT("B"), TEXT("2")}},
                         second[] = {{TEXT("C"), TEXT("3")}};
    const struct text repositories[] = {TEXT("r1"), TEXT("r2")};
    struct pool_spec changes = {.env_vars = first,
                                .env_vars_count = 2,
                                .repositories = repositories,
                                .repositories_count = 2};

    (void)state;
    for (int setting = 0; setting < POOL_SETTING__MAX; setting++)
        changes.settings[setting] = text_of(pool_setting_names((enum pool_setting)setting).said);
    assert_int_equal(change("default-pool", &changes), OK);
    pass_ms(5);
    assert_int_equal(
        change("default-pool",
               &(struct pool_spec){.settings = {[POOL_CPU] = TEXT("4"), [POOL_MEMORY] = TEXT("")},
                                   .env_vars = second,
                                   .env_vars_count = 1}),
        OK);
    end_turn();
    for (int i = 0; i < 2; i++) {
        for (int setting = 0; setting < POOL_SETTING__MAX; setting++)
            assert_text(pool.spec.settings[setting],
                        setting == POOL_CPU ? "4"
                        : setting == POOL_MEMORY
                            ? ""
                            : pool_setting_names((enum pool_setting)setting).said);
        assert_int_equal(pool.spec.env_vars_count, 1);
        assert_text(pool.spec.env_vars[0].name, "C");
        assert_text(pool.spec.env_vars[0].value, "3");
        assert_int_equal(pool.spec.repositories_count, 2);
        assert_text(pool.spec.repositories[1], "r2");
        assert_int_equal(pool.spec.minimum_vms, 5);
        assert_int_equal(pool.created_ms, START_MS);
        assert_int_equal(pool.updated_ms, START_MS + 5);
        get_whole("default-pool");
    }
    assert_int_equal(change("default-pool",
                            &(struct pool_spec){.env_vars = first, .repositories = repositories}),
                     OK);
    assert_int_equal(pool.spec.env_vars_count, 0);
    assert_int_equal(pool.spec.repositories_count, 0);
    assert_pods("default-pool", "1 2 3 4 5 ");
}

static void configurations_of_two_pools_are_apart(void **state)
{
    (void)state;
    get("other");
    assert_int_equal(
        change("default-pool", &(struct pool_spec){.settings = {[POOL_REPO_NAME] = TEXT("r")}}),
        OK);
    assert_null(get_whole("other")->spec.settings[POOL_REPO_NAME].at);
    assert_text(get_whole("default-pool")->spec.settings[POOL_REPO_NAME], "r");
}

/* --- ends --- */

static void delete_takes_a_pod_whatever_its_use(void **state)
{
    (void)state;
    claim("default-pool");
    assert_int_equal(pool_state_delete_pod(pools, TEXT("pod-pool-1-1"), &arena, &pod), OK);
    assert_int_equal(pod.number, 1);
    assert_text(pod.pool_name, "default-pool");
    assert_int_equal(pool_state_delete_pod(pools, TEXT("mock-pod-3"), &arena, &pod), OK);
    assert_pods("default-pool", "2 4 5 ");
    assert_totals(1, 3);
    end_turn();
    assert_int_equal(pool_state_delete_pod(pools, TEXT("mock-pod-3"), &arena, &pod),
                     ERR_POD_NOT_FOUND);
    assert_int_equal(pool_state_delete_pod(pools, TEXT("pod-pool-2-2"), &arena, &pod),
                     ERR_POD_NOT_FOUND);
    assert_int_equal(claim("default-pool")->number, 2);
    assert_int_equal(get("default-pool")->spec.minimum_vms, 5);
}

static void claim_of_a_deleted_pod_is_gone(void **state)
{
    (void)state;
    claim("default-pool");
    assert_int_equal(pool_state_remember_claim(pools, TEXT("key"), &pod), OK);
    assert_int_equal(pool_state_delete_pod(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), ERR_CLAIM_GONE);
    end_turn();
}

static void delete_of_a_pool_takes_all_that_it_had(void **state)
{
    const struct env_var env_vars[] = {{TEXT("A"), TEXT("1")}};
    const struct text texts[] = {TEXT("r")};
    struct goose_session session;
    struct buffer before = state_dump(pools);
    bool created;

    (void)state;
    assert_int_equal(
        pool_state_create_pool(pools,
                               &(struct pool_spec){.name = TEXT("p"),
                                                   .minimum_vms = 2,
                                                   .settings = {[POOL_API_KEY] = TEXT("key")},
                                                   .env_vars = env_vars,
                                                   .env_vars_count = 1,
                                                   .repositories = texts,
                                                   .repositories_count = 1},
                               &arena, &pool, &created),
        OK);
    claim("p");
    assert_int_equal(
        pool_state_set_repositories(pools, TEXT("mock-pod-6"), texts, 1, texts, 1, &arena, &pod),
        OK);
    assert_int_equal(
        pool_state_set_environment(pools, TEXT("mock-pod-6"), env_vars, 1, &arena, &pod), OK);
    assert_int_equal(
        pool_state_open_session(pools, TEXT("mock-pod-6"), TEXT("s"), &arena, &session), OK);
    assert_int_equal(pool_state_know_token(pools, TEXT("key")), OK);
    end_turn();
    assert_int_equal(pool_state_delete_pool(pools, TEXT("p")), OK);
    assert_totals(1, 5);
    assert_int_equal(pool_state_know_token(pools, TEXT("key")), ERR_BAD_TOKEN);
    assert_int_equal(pool_state_get_pod(pools, TEXT("mock-pod-6"), &arena, &pod),
                     ERR_POD_NOT_FOUND);
    assert_int_equal(pool_state_delete_pool(pools, TEXT("p")), ERR_POOL_NOT_FOUND);
    end_turn();
    struct buffer after = state_dump(pools);
    assert_null(memmem(after.bytes, after.length, "list|", 5));
    buffer_free(&after);
    buffer_free(&before);
    assert_int_equal(claim("p")->number, 8);
    assert_int_equal(pod.pool, 3);
    assert_null(get_whole("p")->spec.env_vars);
}

static void deleted_default_pool_comes_back_with_three_pods(void **state)
{
    (void)state;
    assert_int_equal(pool_state_delete_pool(pools, TEXT("default-pool")), OK);
    assert_totals(0, 0);
    assert_pods("default-pool", "6 7 8 ");
    assert_int_equal(pool.number, 2);
    assert_int_equal(pool.spec.minimum_vms, 3);
}

static void delete_of_a_pool_in_a_failed_turn_leaves_it(void **state)
{
    (void)state;
    claim("default-pool");
    end_turn();
    struct buffer before = state_dump(pools);
    claim("default-pool");
    assert_int_equal(pool_state_delete_pool(pools, TEXT("default-pool")), OK);
    pool_state_turn_fail(pools);
    assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
    state_assert_unchanged(pools, &before);
    buffer_free(&before);
    assert_pods("default-pool", "1* 2 3 4 5 ");
}

/* --- what a pod has --- */

static void environment_is_replaced_and_ends_with_its_use(void **state)
{
    const struct env_var first[] = {{TEXT("A"), TEXT("1")}, {TEXT("B"), TEXT("")}},
                         second[] = {{TEXT("C"), TEXT("3")}};

    (void)state;
    claim("default-pool");
    assert_int_equal(pool_state_set_environment(pools, TEXT("mock-pod-1"), first, 2, &arena, &pod),
                     OK);
    assert_int_equal(pod.env_vars_count, 2);
    assert_text(pod.env_vars[0].name, "A");
    assert_text(pod.env_vars[1].value, "");
    assert_int_equal(pool_state_set_environment(pools, TEXT("mock-pod-1"), second, 1, &arena, &pod),
                     OK);
    assert_int_equal(pod.env_vars_count, 1);
    assert_text(pod.env_vars[0].name, "C");
    release("mock-pod-1");
    assert_int_equal(pod.env_vars_count, 0);
    assert_int_equal(pool_state_get_pod(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_int_equal(pod.env_vars_count, 0);
    assert_int_equal(pool_state_set_environment(pools, TEXT("x"), second, 1, &arena, &pod),
                     ERR_POD_NOT_FOUND);
}

static void goose_starts_once_and_ends_with_the_pods_use(void **state)
{
    (void)state;
    claim("default-pool");
    assert_int_equal(pod.goose_ms, 0);
    assert_int_equal(pool_state_start_goose(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    pass_ms(7);
    assert_int_equal(pool_state_start_goose(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_int_equal(pod.goose_ms, START_MS);
    release("mock-pod-1");
    assert_int_equal(claim("default-pool")->number, 1);
    assert_int_equal(pool_state_get_pod(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_int_equal(pod.goose_ms, 0);
}

static void assert_session(const char *pod_name, const char *id, const char *token)
{
    struct goose_session session;

    assert_int_equal(
        pool_state_get_session(pools, text_of(pod_name), text_of(id), &arena, &session), OK);
    assert_text(session.id, id);
    assert_text(session.token, token);
}

static void session_is_opened_once_and_is_its_pods(void **state)
{
    struct goose_session session;

    (void)state;
    claim("default-pool");
    claim("default-pool");
    assert_int_equal(
        pool_state_open_session(pools, TEXT("mock-pod-1"), TEXT("mine"), &arena, &session), OK);
    assert_text(session.token, "mock-session-token-1");
    assert_int_equal(
        pool_state_open_session(pools, TEXT("mock-pod-1"), TEXT("mine"), &arena, &session), OK);
    assert_text(session.token, "mock-session-token-1");
    assert_int_equal(
        pool_state_open_session(pools, TEXT("mock-pod-2"), (struct text){0}, &arena, &session), OK);
    assert_text(session.id, "session-2");
    end_turn();
    assert_session("mock-pod-1", "mine", "mock-session-token-1");
    assert_session("mock-pod-2", "session-2", "mock-session-token-2");
    assert_int_equal(
        pool_state_get_session(pools, TEXT("mock-pod-2"), TEXT("mine"), &arena, &session),
        ERR_SESSION_NOT_FOUND);
    assert_int_equal(
        pool_state_get_session(pools, TEXT("mock-pod-9"), TEXT("mine"), &arena, &session),
        ERR_POD_NOT_FOUND);
    release("mock-pod-1");
    assert_int_equal(
        pool_state_get_session(pools, TEXT("mock-pod-1"), TEXT("mine"), &arena, &session),
        ERR_SESSION_NOT_FOUND);
}

static void sessions_past_the_limit_push_the_oldest_out(void **state)
{
    const struct env_var *sessions;
    struct goose_session session;
    size_t count;

    (void)state;
    claim("default-pool");
    for (int i = 0; i < SESSIONS_MAX + 2; i++)
        assert_int_equal(
            pool_state_open_session(pools, TEXT("mock-pod-1"), (struct text){0}, &arena, &session),
            OK);
    assert_int_equal(pool_state_list_sessions(pools, TEXT("mock-pod-1"), &arena, &sessions, &count),
                     OK);
    assert_int_equal(count, SESSIONS_MAX);
    assert_text(sessions[0].name, "session-3");
    assert_text(sessions[SESSIONS_MAX - 1].name, "session-1002");
    assert_int_equal(
        pool_state_get_session(pools, TEXT("mock-pod-1"), TEXT("session-2"), &arena, &session),
        ERR_SESSION_NOT_FOUND);
    end_turn();
}

static void replies_are_replaced_whole_and_come_in_order(void **state)
{
    const struct tool_call calls[] = {{TEXT("t"), TEXT("{\"a\":1}"), TEXT("null")},
                                      {TEXT("u"), TEXT("[]"), TEXT("\"x\"")}};
    const struct goose_reply script[] = {
        {.pattern = TEXT("a*"),
         .text = TEXT(""),
         .pieces = 1,
         .tool_calls = calls,
         .tool_calls_count = 2},
        {.pattern = TEXT(""), .pieces = 1000, .delay_ms = 50, .error = TEXT("e")}};
    const struct goose_reply *replies;
    size_t count;

    (void)state;
    assert_int_equal(pool_state_set_replies(pools, script, 2), OK);
    end_turn();
    assert_int_equal(pool_state_get_replies(pools, &arena, &replies, &count), OK);
    assert_int_equal(count, 2);
    assert_text(replies[0].pattern, "a*");
    assert_non_null(replies[0].text.at);
    assert_int_equal(replies[0].text.length, 0);
    assert_null(replies[0].error.at);
    assert_int_equal(replies[0].tool_calls_count, 2);
    assert_text(replies[0].tool_calls[1].name, "u");
    assert_text(replies[0].tool_calls[0].input, "{\"a\":1}");
    assert_text(replies[0].tool_calls[1].output, "\"x\"");
    assert_null(replies[1].text.at);
    assert_text(replies[1].error, "e");
    assert_int_equal(replies[1].pieces, 1000);
    assert_int_equal(replies[1].delay_ms, 50);
    assert_int_equal(replies[1].tool_calls_count, 0);
    assert_int_equal(pool_state_set_replies(pools, script + 1, 1), OK);
    assert_int_equal(pool_state_get_replies(pools, &arena, &replies, &count), OK);
    assert_int_equal(count, 1);
    assert_int_equal(replies[0].tool_calls_count, 0);
    assert_int_equal(pool_state_set_replies(pools, NULL, 0), OK);
    assert_int_equal(pool_state_get_replies(pools, &arena, &replies, &count), OK);
    assert_int_equal(count, 0);
}

static void longest_script_comes_back(void **state)
{
    struct goose_reply script[REPLIES_MAX];
    struct tool_call calls[REPLY_TOOL_CALLS_MAX];
    const struct goose_reply *replies;
    size_t count;

    (void)state;
    for (size_t i = 0; i < REPLY_TOOL_CALLS_MAX; i++)
        calls[i] = (struct tool_call){TEXT("n"), TEXT("1"), TEXT("2")};
    for (size_t i = 0; i < REPLIES_MAX; i++)
        script[i] = (struct goose_reply){.pattern = TEXT("p"),
                                         .pieces = (int64_t)i + 1,
                                         .tool_calls = calls,
                                         .tool_calls_count = REPLY_TOOL_CALLS_MAX};
    assert_int_equal(pool_state_set_replies(pools, script, REPLIES_MAX), OK);
    assert_int_equal(pool_state_get_replies(pools, &arena, &replies, &count), OK);
    assert_int_equal(count, REPLIES_MAX);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(replies[i].pieces, i + 1);
        assert_int_equal(replies[i].tool_calls_count, REPLY_TOOL_CALLS_MAX);
    }
}

static void reset_forgets_users_sessions_and_the_script(void **state)
{
    const struct goose_reply script[] = {{.pattern = TEXT("a"), .pieces = 1}};
    struct buffer start = state_dump(pools);
    struct pool_state_totals dropped;
    struct goose_session session;
    struct user user;

    (void)state;
    claim("default-pool");
    assert_int_equal(pool_state_set_replies(pools, script, 1), OK);
    assert_int_equal(
        pool_state_open_session(pools, TEXT("mock-pod-1"), TEXT("s"), &arena, &session), OK);
    assert_int_equal(pool_state_log_in(pools, TEXT("u"), TEXT("p"), &arena, &user), OK);
    end_turn();
    assert_int_equal(pool_state_reset(pools, &dropped), OK);
    end_turn();
    struct buffer end = state_dump(pools);
    size_t tail = sizeof("generation 0\nclaims 0 from 0") - 1;
    assert_int_equal(end.length, start.length);
    assert_memory_equal(end.bytes, start.bytes, start.length - tail);
    buffer_free(&start);
    buffer_free(&end);
}

/* --- counts that are written late --- */

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
        CASE(scale_up_makes_pods_up_to_the_minimum),
        CASE(scale_down_removes_the_newest_free_pods_and_no_used_one),
        CASE(scale_to_what_is_there_sets_the_minimum_only),
        CASE(scale_down_takes_what_a_pod_has_beside_its_row),
        CASE(scale_past_the_limit_changes_nothing),
        CASE(update_stores_what_it_says_and_leaves_the_rest),
        CASE(configurations_of_two_pools_are_apart),
        CASE(delete_takes_a_pod_whatever_its_use),
        CASE(claim_of_a_deleted_pod_is_gone),
        CASE(delete_of_a_pool_takes_all_that_it_had),
        CASE(deleted_default_pool_comes_back_with_three_pods),
        CASE(delete_of_a_pool_in_a_failed_turn_leaves_it),
        CASE(environment_is_replaced_and_ends_with_its_use),
        CASE(goose_starts_once_and_ends_with_the_pods_use),
        CASE(session_is_opened_once_and_is_its_pods),
        CASE(sessions_past_the_limit_push_the_oldest_out),
        CASE(replies_are_replaced_whole_and_come_in_order),
        CASE(longest_script_comes_back),
        CASE(reset_forgets_users_sessions_and_the_script),
        CASE(counts_of_many_pools_in_one_turn_are_right_whenever_they_are_read),
        CASE(counts_of_a_failed_turn_are_as_before_it),
        CASE(counts_of_a_rehearsal_go_and_those_before_it_stay),
        CASE(counts_of_pods_that_are_deleted_in_the_same_turn_go_with_them),
        CASE(read_without_memory_loses_no_count),
    };

    sqlite_chaos_install();
    return UNIT_RUN(tests);
}
