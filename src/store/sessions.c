/* SPDX-License-Identifier: MIT
 *
 * Stores the Goose of model/goose.h: when it started in a pod, its sessions, its script. */
#include <stdio.h>

#include "store/state.h"

enum { TOKEN_MAX = 48 }; /* bytes of a session's token */

#define TOKEN_FORMAT "mock-session-token-%lld"

enum err pool_state_start_goose(struct pool_state *state, struct pod *pod)
{
    enum err err = state_check(state);

    if (err || pod->goose_ms)
        return err;
    if ((err = state_begin_change(state)))
        return err;
    struct query query = query_start(&state->db, STATEMENT_POD_SET_GOOSE);
    query_bind_number(&query, PARAMETER_pod, pod->number);
    query_bind_number(&query, PARAMETER_now_ms, state->clock->wall_ms);
    pod->goose_ms = state->clock->wall_ms;
    err = query_run(&query);
    if (!err)
        state_report_update(state, pod, "goose");
    return err;
}

static enum err find_session(struct pool_state *state, int64_t pod_number, struct text id,
                             struct arena *arena, struct goose_session *out)
{
    const struct goose_session *sessions;
    size_t count;
    enum err err = list_load_sessions(&state->db, pod_number, id, arena, &sessions, &count);

    if (!err && count == 0)
        return ERR_SESSION_NOT_FOUND;
    if (!err)
        *out = sessions[0];
    return err;
}

static enum err next_session(struct pool_state *state, int64_t *number)
{
    struct query query = query_start(&state->db, STATEMENT_TOTALS_NEXT_SESSION);

    *number = 0;
    while (query_step(&query))
        *number = query_number(&query, 0);
    return query_end(&query);
}

/* Drops the pod's oldest session if it has SESSIONS_MAX of them. */
static enum err make_room(struct pool_state *state, int64_t pod_number)
{
    size_t count;
    enum err err = list_count(&state->db, LIST_POD_SESSIONS, pod_number, &count);

    if (err || count < SESSIONS_MAX)
        return err;
    struct query query = query_start(&state->db, STATEMENT_SESSION_DROP_OLDEST);
    query_bind_number(&query, PARAMETER_owner, pod_number);
    return query_run(&query);
}

enum err state_add_session(struct pool_state *state, int64_t pod_number,
                           const struct goose_session *session, bool *added)
{
    char text[TOKEN_MAX];
    int length = snprintf(text, sizeof(text), TOKEN_FORMAT, (long long)session->number);
    const struct text token = {text, (size_t)length};

    enum err err = list_add_named(&state->db, LIST_POD_SESSIONS, pod_number, session->number,
                                  (struct env_var){.name = session->id, .value = token}, added);

    if (err || !*added || !session->webhook_url.at)
        return err;
    return list_set_at(&state->db, LIST_POD_WEBHOOKS, pod_number, session->number,
                       session->webhook_url);
}

/* Makes the number and the id of a session without an id of its own. Skips numbers whose id a
 * client has given to a session of this pod. */
static enum err next_nameless_session(struct pool_state *state, int64_t pod_number,
                                      struct arena *arena, int64_t *number, struct text *id)
{
    struct goose_session taken;
    enum err err;

    do {
        if ((err = next_session(state, number)))
            return err;
        *id = arena_printf(arena, "session-%lld", (long long)*number);
        if (!id->at)
            return ERR_NO_MEMORY;
        err = find_session(state, pod_number, *id, arena, &taken);
    } while (!err);
    return err == ERR_SESSION_NOT_FOUND ? OK : err;
}

static enum err add_session(struct pool_state *state, int64_t pod_number, struct text id,
                            struct arena *arena, struct goose_session *out)
{
    bool added, has_lists;
    enum err err = id.at ? next_session(state, &out->number)
                         : next_nameless_session(state, pod_number, arena, &out->number, &id);

    if (err || (err = make_room(state, pod_number)))
        return err;
    out->id = id;
    out->webhook_url = (struct text){0};
    out->token = arena_printf(arena, TOKEN_FORMAT, (long long)out->number);
    if (!out->token.at)
        return ERR_NO_MEMORY;
    err = state_add_session(state, pod_number, out, &added);
    return err ? err : state_note_lists(state, pod_number, &has_lists);
}

enum err pool_state_open_session(struct pool_state *state, int64_t pod_number, struct text id,
                                 struct arena *arena, struct goose_session *out)
{
    enum err err = state_check(state);

    if (err)
        return err;
    err = id.at ? find_session(state, pod_number, id, arena, out) : ERR_SESSION_NOT_FOUND;
    if (err != ERR_SESSION_NOT_FOUND)
        return err;
    err = state_begin_change(state);
    return err ? err : add_session(state, pod_number, id, arena, out);
}

enum err pool_state_set_webhook(struct pool_state *state, int64_t pod_number,
                                const struct goose_session *session, struct text url)
{
    enum err err;

    if (session->webhook_url.at && text_equal(session->webhook_url, url))
        return OK;
    err = state_begin_change(state);
    return err ? err : list_set_at(&state->db, LIST_POD_WEBHOOKS, pod_number, session->number, url);
}

enum err pool_state_get_session(struct pool_state *state, int64_t pod_number, struct text id,
                                struct arena *arena, struct goose_session *out)
{
    enum err err = state_check(state);

    return err ? err : find_session(state, pod_number, id, arena, out);
}

enum err pool_state_list_sessions(struct pool_state *state, int64_t pod_number, struct arena *arena,
                                  const struct env_var **sessions, size_t *count)
{
    enum err err = state_check(state);

    return err ? err
               : list_load_named(&state->db, LIST_POD_SESSIONS, pod_number, arena, sessions, count);
}

static enum err add_tool_call(struct pool_state *state, int64_t reply, int64_t position,
                              const struct tool_call *call)
{
    struct query query = query_start(&state->db, STATEMENT_REPLY_TOOL_CALL_ADD);

    query_bind_number(&query, PARAMETER_reply, reply);
    query_bind_number(&query, PARAMETER_position, position);
    query_bind_text(&query, PARAMETER_name, call->name);
    query_bind_text(&query, PARAMETER_input, call->input);
    query_bind_text(&query, PARAMETER_output, call->output);
    return query_run(&query);
}

enum err state_add_reply(struct pool_state *state, int64_t position,
                         const struct goose_reply *reply)
{
    struct query query = query_start(&state->db, STATEMENT_REPLY_ADD);

    query_bind_number(&query, PARAMETER_position, position);
    query_bind_text(&query, PARAMETER_pattern, reply->pattern);
    query_bind_text(&query, PARAMETER_text, reply->text);
    query_bind_number(&query, PARAMETER_pieces, reply->pieces);
    query_bind_number(&query, PARAMETER_delay_ms, reply->delay_ms);
    query_bind_text(&query, PARAMETER_error, reply->error);
    enum err err = query_run(&query);
    for (size_t i = 0; i < reply->tool_calls_count && !err; i++)
        err = add_tool_call(state, position, (int64_t)i, &reply->tool_calls[i]);
    return err;
}

enum err pool_state_set_replies(struct pool_state *state, const struct goose_reply *replies,
                                size_t count)
{
    enum err err;

    if ((err = state_begin_change(state)) ||
        (err = state_run(state, STATEMENT_DROP_REPLY_TOOL_CALLS)) ||
        (err = state_run(state, STATEMENT_DROP_REPLIES)))
        return err;
    for (size_t i = 0; i < count && !err; i++)
        err = state_add_reply(state, (int64_t)i, &replies[i]);
    return err;
}

/* Copies the row into `call`, which is NULL without memory. */
static enum err load_tool_call(struct query *query, struct arena *arena, struct tool_call *call)
{
    if (!call)
        return ERR_NO_MEMORY;
    call->name = arena_copy(arena, query_text(query, 0));
    call->input = arena_copy(arena, query_text(query, 1));
    call->output = arena_copy(arena, query_text(query, 2));
    return call->name.at && call->input.at && call->output.at ? OK : ERR_NO_MEMORY;
}

static enum err load_tool_calls(struct pool_state *state, int64_t position, struct arena *arena,
                                struct goose_reply *reply)
{
    struct query query = query_start(&state->db, STATEMENT_REPLY_TOOL_CALLS);
    struct tool_call *calls = NULL;
    size_t count = 0;
    enum err err = OK;

    query_bind_number(&query, PARAMETER_reply, position);
    for (; !err && query_step(&query); count++) {
        if (!calls)
            calls = arena_alloc(arena, (size_t)query_number(&query, 3) * sizeof(*calls));
        err = load_tool_call(&query, arena, calls ? &calls[count] : NULL);
    }
    reply->tool_calls = calls;
    reply->tool_calls_count = count;
    enum err ended = query_end(&query);
    return ended ? ended : err;
}

/* Copies a column that may be NULL. Returns false when out of memory. */
static bool copy_optional(struct query *query, int column, struct arena *arena, struct text *out)
{
    struct text text = query_text(query, column);

    *out = arena_copy(arena, text);
    return !text.at || out->at;
}

/* Copies the row and its tool calls into `reply`, which is NULL without memory. */
static enum err load_reply(struct pool_state *state, struct query *query, struct arena *arena,
                           struct goose_reply *reply)
{
    if (!reply)
        return ERR_NO_MEMORY;
    *reply = (struct goose_reply){.pieces = query_number(query, 3),
                                  .delay_ms = query_number(query, 4)};
    if (!copy_optional(query, 1, arena, &reply->pattern) ||
        !copy_optional(query, 2, arena, &reply->text) ||
        !copy_optional(query, 5, arena, &reply->error))
        return ERR_NO_MEMORY;
    return load_tool_calls(state, query_number(query, 0), arena, reply);
}

enum err pool_state_get_replies(struct pool_state *state, struct arena *arena,
                                const struct goose_reply **replies, size_t *count)
{
    struct goose_reply *loaded = NULL;
    enum err err = state_check(state);

    *count = 0;
    *replies = NULL;
    if (err)
        return err;
    struct query query = query_start(&state->db, STATEMENT_REPLIES);
    for (; !err && query_step(&query); (*count)++) {
        if (!loaded)
            loaded = arena_alloc(arena, (size_t)query_number(&query, 6) * sizeof(*loaded));
        err = load_reply(state, &query, arena, loaded ? &loaded[*count] : NULL);
    }
    *replies = loaded;
    enum err ended = query_end(&query);
    return ended ? ended : err;
}

enum err pool_state_set_strict(struct pool_state *state, bool is_strict)
{
    enum err err = state_begin_change(state);

    return err ? err : state_run(state, is_strict ? STATEMENT_STRICT_ADD : STATEMENT_DROP_STRICT);
}

enum err pool_state_get_strict(struct pool_state *state, bool *is_strict)
{
    enum err err = state_check(state);

    *is_strict = false;
    if (err)
        return err;
    struct query query = query_start(&state->db, STATEMENT_STRICT_SHOW);
    *is_strict = query_step(&query);
    return query_end(&query);
}
