/* SPDX-License-Identifier: MIT
 *
 * A used pod's environment, its Goose with its sessions, and the script. */
#include "state_rig.h"

#include "state_dump.h"

SUITE(.set_up = open_state, .tear_down = close_state);

TEST(environment_is_replaced_and_ends_with_the_pods_use)
{
    const struct env_var first[] = {{TEXT("A"), TEXT("1")}, {TEXT("B"), TEXT("")}},
                         second[] = {{TEXT("C"), TEXT("3")}};

    claim("default-pool");
    assert_int_equal(set_environment_by_name(pools, TEXT("mock-pod-1"), first, 2, &arena, &pod),
                     OK);
    assert_int_equal(pod.env_vars_count, 2);
    assert_text(pod.env_vars[0].name, "A");
    assert_text(pod.env_vars[1].value, "");
    assert_int_equal(set_environment_by_name(pools, TEXT("mock-pod-1"), second, 1, &arena, &pod),
                     OK);
    assert_int_equal(pod.env_vars_count, 1);
    assert_text(pod.env_vars[0].name, "C");
    release("mock-pod-1");
    assert_int_equal(pod.env_vars_count, 0);
    assert_int_equal(get_pod_by_name(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_int_equal(pod.env_vars_count, 0);
    assert_int_equal(set_environment_by_name(pools, TEXT("x"), second, 1, &arena, &pod),
                     ERR_POD_NOT_FOUND);
}

TEST(goose_starts_once_and_ends_with_the_pods_use)
{
    claim("default-pool");
    assert_int_equal(pod.goose_ms, 0);
    assert_int_equal(start_goose_by_name(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    pass_us(7000);
    assert_int_equal(start_goose_by_name(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_int_equal(pod.goose_ms, START_MS);
    release("mock-pod-1");
    assert_int_equal(claim("default-pool")->number, 1);
    assert_int_equal(get_pod_by_name(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_int_equal(pod.goose_ms, 0);
}

static void assert_session(const char *pod_name, const char *id, const char *token)
{
    struct goose_session session;

    assert_int_equal(get_session_by_name(pools, text_of(pod_name), text_of(id), &arena, &session),
                     OK);
    assert_text(session.id, id);
    assert_text(session.token, token);
}

TEST(session_is_opened_once_and_belongs_to_its_pod)
{
    struct goose_session session;

    claim("default-pool");
    claim("default-pool");
    assert_int_equal(
        open_session_by_name(pools, TEXT("mock-pod-1"), TEXT("mine"), &arena, &session), OK);
    assert_text(session.token, "mock-session-token-1");
    assert_int_equal(
        open_session_by_name(pools, TEXT("mock-pod-1"), TEXT("mine"), &arena, &session), OK);
    assert_text(session.token, "mock-session-token-1");
    assert_int_equal(
        open_session_by_name(pools, TEXT("mock-pod-2"), (struct text){0}, &arena, &session), OK);
    assert_text(session.id, "session-2");
    end_turn();
    assert_session("mock-pod-1", "mine", "mock-session-token-1");
    assert_session("mock-pod-2", "session-2", "mock-session-token-2");
    assert_int_equal(get_session_by_name(pools, TEXT("mock-pod-2"), TEXT("mine"), &arena, &session),
                     ERR_SESSION_NOT_FOUND);
    assert_int_equal(get_session_by_name(pools, TEXT("mock-pod-9"), TEXT("mine"), &arena, &session),
                     ERR_POD_NOT_FOUND);
    release("mock-pod-1");
    assert_int_equal(get_session_by_name(pools, TEXT("mock-pod-1"), TEXT("mine"), &arena, &session),
                     ERR_SESSION_NOT_FOUND);
}

TEST(session_without_an_id_gets_an_unused_one)
{
    struct goose_session session;

    claim("default-pool");
    assert_int_equal(
        open_session_by_name(pools, TEXT("mock-pod-1"), TEXT("session-2"), &arena, &session), OK);
    assert_int_equal(
        open_session_by_name(pools, TEXT("mock-pod-1"), (struct text){0}, &arena, &session), OK);
    assert_text(session.id, "session-3");
    assert_text(session.token, "mock-session-token-3");
    assert_session("mock-pod-1", "session-2", "mock-session-token-1");
    end_turn();
}

TEST(sessions_past_the_limit_drop_the_oldest)
{
    const struct env_var *sessions;
    struct goose_session session;
    size_t count;

    claim("default-pool");
    for (int i = 0; i < SESSIONS_MAX + 2; i++)
        assert_int_equal(
            open_session_by_name(pools, TEXT("mock-pod-1"), (struct text){0}, &arena, &session),
            OK);
    assert_int_equal(list_sessions_by_name(pools, TEXT("mock-pod-1"), &arena, &sessions, &count),
                     OK);
    assert_int_equal(count, SESSIONS_MAX);
    assert_text(sessions[0].name, "session-3");
    assert_text(sessions[SESSIONS_MAX - 1].name, "session-1002");
    assert_int_equal(
        get_session_by_name(pools, TEXT("mock-pod-1"), TEXT("session-2"), &arena, &session),
        ERR_SESSION_NOT_FOUND);
    end_turn();
}

static void set_webhook(int64_t pod_number, const char *id, const char *url)
{
    struct goose_session session;

    assert_int_equal(pool_state_open_session(pools, pod_number, text_of(id), &arena, &session), OK);
    assert_int_equal(pool_state_set_webhook(pools, pod_number, &session, text_of(url)), OK);
}

/* Returns how many webhooks are stored. */
static int count_webhooks(void)
{
    struct buffer rows = state_dump_rows(pools);
    struct text rest = buffer_text(&rows), line;
    int count = 0;

    while (text_cut(&rest, '\n', &line))
        count += text_starts_with(line, TEXT("lists|7|"));
    buffer_free(&rows);
    return count;
}

TEST(webhook_belongs_to_its_session_and_ends_with_it)
{
    struct goose_session session;

    claim("default-pool");
    set_webhook(1, "a", "http://h/1");
    set_webhook(1, "a", "http://h/2");
    set_webhook(1, "b", "http://h/3");
    assert_int_equal(count_webhooks(), 2);
    assert_int_equal(pool_state_get_session(pools, 1, TEXT("a"), &arena, &session), OK);
    assert_text(session.webhook_url, "http://h/2");
    assert_int_equal(pool_state_open_session(pools, 1, TEXT("c"), &arena, &session), OK);
    assert_null(session.webhook_url.at);
    assert_int_equal(pool_state_open_session(pools, 1, TEXT("b"), &arena, &session), OK);
    assert_text(session.webhook_url, "http://h/3");
    release("mock-pod-1");
    assert_int_equal(count_webhooks(), 0);
    end_turn();
}

TEST(webhook_goes_with_the_oldest_session_the_pod_and_the_pool)
{
    struct goose_session session;

    claim("default-pool");
    set_webhook(1, "first", "http://h/1");
    set_webhook(1, "second", "http://h/2");
    for (int i = 1; i < SESSIONS_MAX; i++)
        assert_int_equal(pool_state_open_session(pools, 1, (struct text){0}, &arena, &session), OK);
    assert_int_equal(count_webhooks(), 1);
    delete_pod("mock-pod-1");
    assert_int_equal(count_webhooks(), 0);
    claim("default-pool");
    set_webhook(2, "s", "http://h/1");
    assert_int_equal(pool_state_delete_pool(pools, TEXT("default-pool")), OK);
    assert_int_equal(count_webhooks(), 0);
    end_turn();
}

TEST(replies_are_replaced_and_keep_their_order)
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

TEST(longest_script_is_stored)
{
    struct goose_reply script[REPLIES_MAX];
    struct tool_call calls[REPLY_TOOL_CALLS_MAX];
    const struct goose_reply *replies;
    size_t count;

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

TEST(script_is_strict_when_it_is_set_so)
{
    bool is_strict = true;

    assert_int_equal(pool_state_get_strict(pools, &is_strict), OK);
    assert_false(is_strict);
    for (int strict = 1; strict >= 0; strict--) {
        assert_int_equal(pool_state_set_strict(pools, strict), OK);
        assert_int_equal(pool_state_get_strict(pools, &is_strict), OK);
        assert_int_equal(is_strict, strict);
    }
}

TEST(reset_deletes_users_sessions_and_the_script)
{
    const struct goose_reply script[] = {{.pattern = TEXT("a"), .pieces = 1}};
    struct buffer start = state_dump_rows(pools);
    struct goose_session session;
    struct user user;

    claim("default-pool");
    assert_int_equal(pool_state_set_replies(pools, script, 1), OK);
    assert_int_equal(pool_state_set_strict(pools, true), OK);
    assert_int_equal(open_session_by_name(pools, TEXT("mock-pod-1"), TEXT("s"), &arena, &session),
                     OK);
    assert_int_equal(pool_state_log_in(pools, TEXT("u"), TEXT("p"), &arena, &user), OK);
    end_turn();
    reset_state(0);
    end_turn();
    state_assert_rows(pools, &start);
    buffer_free(&start);
}
