/* SPDX-License-Identifier: MIT
 *
 * Users and their tokens. Every login gets a token, also that of a user who was never registered:
 * such a user has a row in which `registered` is 0. */
#include "store/state.h"

static enum err load_user(struct pool_state *state, struct text username, struct arena *arena,
                          struct user *out, bool *found)
{
    struct query query = query_start(&state->db, STATEMENT_USER_SHOW);
    enum err err = OK;

    *out = (struct user){.username = username};
    query_bind_text(&query, PARAMETER_username, username);
    *found = query_step(&query);
    if (*found) {
        struct text password = query_text(&query, 1), email = query_text(&query, 2);
        out->registered = query_number(&query, 0) != 0;
        out->password = arena_copy(arena, password);
        out->email = arena_copy(arena, email);
        out->token = arena_copy(arena, query_text(&query, 3));
        out->created_ms = query_number(&query, 4);
        out->last_login_ms = query_number(&query, 5);
        if (!out->password.at || !out->token.at || (email.at && !out->email.at))
            err = ERR_NO_MEMORY;
    }
    enum err ended = query_end(&query);
    return ended ? ended : err;
}

/* Makes the next token. It counts over the whole state, so the same calls give the same tokens. */
static enum err next_token(struct pool_state *state, struct arena *arena, struct text *token)
{
    struct query query = query_start(&state->db, STATEMENT_TOTALS_NEXT_TOKEN);
    int64_t number = 0;

    while (query_step(&query))
        number = query_number(&query, 0);
    enum err err = query_end(&query);
    if (err)
        return err;
    *token = arena_printf(arena, USER_TOKEN_PREFIX "%lld", (long long)number);
    return token->at ? OK : ERR_NO_MEMORY;
}

static enum err add_user(struct pool_state *state, struct user *user, struct arena *arena)
{
    enum err err = next_token(state, arena, &user->token);

    if (err)
        return err;
    user->created_ms = state->clock->wall_ms;
    struct query query = query_start(&state->db, STATEMENT_USER_ADD);
    query_bind_text(&query, PARAMETER_username, user->username);
    query_bind_number(&query, PARAMETER_registered, user->registered);
    query_bind_text(&query, PARAMETER_password, user->password);
    query_bind_text(&query, PARAMETER_email, user->email);
    query_bind_text(&query, PARAMETER_token, user->token);
    query_bind_number(&query, PARAMETER_now_ms, user->created_ms);
    if (user->last_login_ms)
        query_bind_number(&query, PARAMETER_last_login_ms, user->last_login_ms);
    else
        query_bind_text(&query, PARAMETER_last_login_ms, (struct text){0});
    return query_run(&query);
}

static enum err register_user(struct pool_state *state, struct user *user)
{
    struct query query = query_start(&state->db, STATEMENT_USER_REGISTER);

    user->registered = true;
    user->created_ms = state->clock->wall_ms;
    query_bind_text(&query, PARAMETER_username, user->username);
    query_bind_text(&query, PARAMETER_password, user->password);
    query_bind_text(&query, PARAMETER_email, user->email);
    query_bind_number(&query, PARAMETER_now_ms, user->created_ms);
    return query_run(&query);
}

enum err pool_state_create_user(struct pool_state *state, const struct user *wanted,
                                struct arena *arena, struct user *out)
{
    bool found;
    enum err err = state_check(state);

    if (!err)
        err = load_user(state, wanted->username, arena, out, &found);
    if (!err && found && out->registered)
        err = ERR_USER_EXISTS;
    if (!err)
        err = state_begin_change(state);
    if (err)
        return err;
    out->password = wanted->password;
    out->email = wanted->email;
    if (found)
        return register_user(state, out);
    out->registered = true;
    return add_user(state, out, arena);
}

enum err pool_state_log_in(struct pool_state *state, struct text username, struct text password,
                           struct arena *arena, struct user *out)
{
    bool found;
    enum err err = state_check(state);

    if (!err)
        err = load_user(state, username, arena, out, &found);
    if (!err && found && out->registered && out->password.length > 0 &&
        !text_equal(out->password, password))
        err = ERR_WRONG_PASSWORD;
    if (!err)
        err = state_begin_change(state);
    if (err)
        return err;
    out->last_login_ms = state->clock->wall_ms;
    if (!found) {
        out->password = TEXT("");
        return add_user(state, out, arena);
    }
    struct query query = query_start(&state->db, STATEMENT_USER_LOGGED_IN);
    query_bind_text(&query, PARAMETER_username, username);
    query_bind_number(&query, PARAMETER_now_ms, out->last_login_ms);
    return query_run(&query);
}

enum err pool_state_delete_user(struct pool_state *state, struct text username, struct arena *arena)
{
    struct user user;
    bool found;
    enum err err = state_check(state);

    if (!err)
        err = load_user(state, username, arena, &user, &found);
    if (!err && (!found || !user.registered))
        err = ERR_USER_NOT_FOUND;
    if (!err)
        err = state_begin_change(state);
    if (err)
        return err;
    struct query query = query_start(&state->db, STATEMENT_USER_DELETE);
    query_bind_text(&query, PARAMETER_username, username);
    return query_run(&query);
}

static enum err is_known(struct pool_state *state, enum statement statement, struct text token,
                         bool *known)
{
    struct query query = query_start(&state->db, statement);

    query_bind_text(&query, PARAMETER_token, token);
    *known = query_step(&query);
    return query_end(&query);
}

enum err pool_state_know_token(struct pool_state *state, struct text token)
{
    bool known = false;
    enum err err = state_check(state);

    if (!err && token.length == 0) /* an empty apiKey is not a token */
        err = ERR_BAD_TOKEN;
    if (!err)
        err = is_known(state, STATEMENT_USER_TOKEN_KNOWN, token, &known);
    if (!err && !known)
        err = is_known(state, STATEMENT_API_KEY_KNOWN, token, &known);
    if (!err && !known)
        err = ERR_BAD_TOKEN;
    return err;
}
