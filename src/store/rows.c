/* SPDX-License-Identifier: MIT */
#include "store/rows.h"

#include "base/check.h"
#include "store/state.h"

/* --- reading --- */

enum err rows_counters(struct pool_state *state, struct counters *out)
{
    enum err err = state_check(state);

    if (!err)
        err = state_write_counts(state);
    if (err)
        return err;
    struct query query = query_start(&state->db, STATEMENT_ROWS_COUNTERS);
    CHECK(query_step(&query) || query.result);
    *out = (struct counters){.pool = query_number(&query, 0),
                             .pod = query_number(&query, 1),
                             .session = query_number(&query, 2),
                             .token = query_number(&query, 3)};
    return query_end(&query);
}

enum err rows_list_pools(struct pool_state *state, int64_t after, int64_t limit,
                         struct arena *arena, pool_state_visit_pool *visit, void *context)
{
    enum err err = state_check(state);

    if (err)
        return err;
    struct query query = query_start(&state->db, STATEMENT_ROWS_POOLS);
    query_bind_number(&query, PARAMETER_after, after);
    query_bind_number(&query, PARAMETER_limit, limit);
    while (!err && query_step(&query)) {
        struct pool pool = {
            .number = query_number(&query, 0),
            .spec = {.name = query_text(&query, 1), .minimum_vms = query_number(&query, 2)},
            .first_pod = query_number(&query, 3),
            .first_pods = query_number(&query, 4),
            .created_ms = query_number(&query, 5),
            .updated_ms = query_number(&query, 6),
        };
        err = pool_state_load_config(state, arena, &pool);
        if (!err && !visit(&pool, context))
            break;
    }
    enum err ended = query_end(&query);
    return ended ? ended : err;
}

static enum err load_all_lists(struct pool_state *state, struct arena *arena, struct pod *pod)
{
    enum err err = state_load_lists(state, arena, pod);

    return err ? err
               : list_load_sessions(&state->db, pod->number, (struct text){0}, arena,
                                    &pod->sessions, &pod->sessions_count);
}

enum err rows_list_pods(struct pool_state *state, int64_t after, int64_t limit, struct arena *arena,
                        pool_state_visit_pod *visit, void *context)
{
    enum err err = state_check(state);

    if (err)
        return err;
    struct query query = query_start(&state->db, STATEMENT_ROWS_PODS);
    query_bind_number(&query, PARAMETER_after, after);
    query_bind_number(&query, PARAMETER_limit, limit);
    while (!err && query_step(&query)) {
        struct pod pod;
        bool has_lists = state_read_pod(&query, &pod);
        pod.pool_name = query_text(&query, 14);
        if (has_lists)
            err = load_all_lists(state, arena, &pod);
        if (!err && !visit(&pod, context))
            break;
    }
    enum err ended = query_end(&query);
    return ended ? ended : err;
}

enum err rows_list_users(struct pool_state *state, struct text after, int64_t limit,
                         rows_visit_user *visit, void *context)
{
    enum err err = state_check(state);

    if (err)
        return err;
    struct query query = query_start(&state->db, STATEMENT_ROWS_USERS);
    query_bind_text(&query, PARAMETER_username, text_or_empty(after));
    query_bind_number(&query, PARAMETER_limit, limit);
    while (query_step(&query)) {
        const struct user user = {
            .username = query_text(&query, 0),
            .registered = query_number(&query, 1) != 0,
            .password = query_text(&query, 2),
            .email = query_text(&query, 3),
            .token = query_text(&query, 4),
            .created_ms = query_number(&query, 5),
            .last_login_ms = query_number(&query, 6),
        };
        if (!visit(&user, context))
            break;
    }
    return query_end(&query);
}

/* --- filling --- */

enum err rows_begin(struct pool_state *state)
{
    enum err err = state_begin_change(state);

    return err ? err : state_drop_all(state, 0);
}

enum err rows_add_pool(struct pool_state *state, const struct pool *pool, bool *added)
{
    struct query query = query_start(&state->db, STATEMENT_ROWS_POOL_ADD);

    query_bind_number(&query, PARAMETER_pool, pool->number);
    query_bind_text(&query, PARAMETER_name, pool->spec.name);
    query_bind_number(&query, PARAMETER_minimum_vms, pool->spec.minimum_vms);
    query_bind_number(&query, PARAMETER_first_pod, pool->first_pod);
    query_bind_number(&query, PARAMETER_first_pods, pool->first_pods);
    query_bind_number(&query, PARAMETER_created_ms, pool->created_ms);
    query_bind_number(&query, PARAMETER_updated_ms, pool->updated_ms);
    enum err err = query_add(&query, added);
    if (!err && *added)
        err = state_store_spec(state, &pool->spec, pool->number);
    return err;
}

static enum err add_lists(struct pool_state *state, const struct pod *pod)
{
    struct database *db = &state->db;
    enum err err;

    if ((err = list_set_texts(db, LIST_POD_REPOSITORIES, pod->number, pod->repositories,
                              pod->repositories_count)) ||
        (err = list_set_texts(db, LIST_POD_BRANCHES, pod->number, pod->branches,
                              pod->branches_count)))
        return err;
    return list_set_env_vars(db, LIST_POD_ENV_VARS, pod->number, pod->env_vars,
                             pod->env_vars_count);
}

enum err rows_add_pod(struct pool_state *state, struct pod *pod, bool *added)
{
    bool has_lists = pod->repositories_count > 0 || pod->branches_count > 0 ||
                     pod->env_vars_count > 0 || pod->sessions_count > 0;
    enum err err = state_find_pool(state, pod->pool_name, &pod->pool_number);

    if (err)
        return err;
    if (pod->pool_number == 0)
        return ERR_POOL_NOT_FOUND;
    err = state_insert_pod(state, pod, has_lists, added);
    if (!err && *added && has_lists)
        err = add_lists(state, pod);
    return err;
}

enum err rows_add_session(struct pool_state *state, const struct pod *pod,
                          const struct goose_session *session, bool *added)
{
    return state_add_session(state, pod->number, session, added);
}

enum err rows_add_user(struct pool_state *state, const struct user *user, bool *added)
{
    struct query query = query_start(&state->db, STATEMENT_ROWS_USER_ADD);

    query_bind_text(&query, PARAMETER_username, user->username);
    query_bind_number(&query, PARAMETER_registered, user->registered);
    query_bind_text(&query, PARAMETER_password, user->password);
    query_bind_text(&query, PARAMETER_email, user->email);
    query_bind_text(&query, PARAMETER_token, user->token);
    query_bind_number(&query, PARAMETER_created_ms, user->created_ms);
    query_bind_number(&query, PARAMETER_last_login_ms, user->last_login_ms);
    return query_add(&query, added);
}

enum err rows_add_reply(struct pool_state *state, int64_t position, const struct goose_reply *reply)
{
    return state_add_reply(state, position, reply);
}

static enum err check_limits(struct pool_state *state, const struct pool_state_totals *totals)
{
    long long pools_max = state->config.pools_max, pods_max = state->config.pods_max;

    if (pools_max > 0 && totals->pools > pools_max)
        return problem_set(&state->refusal, ERR_POOL_LIMIT,
                           "%lld pools exceed the limit of %lld (--pools-max)",
                           (long long)totals->pools, pools_max);
    if (pods_max > 0 && totals->pods > pods_max)
        return problem_set(&state->refusal, ERR_POD_LIMIT,
                           "%lld pods exceed the limit of %lld (--pods-max)",
                           (long long)totals->pods, pods_max);
    return OK;
}

enum err rows_end(struct pool_state *state, const struct counters *counters)
{
    struct query query = query_start(&state->db, STATEMENT_ROWS_COUNT);
    struct pool_state_totals totals;

    query_bind_number(&query, PARAMETER_last_pool, counters->pool);
    query_bind_number(&query, PARAMETER_last_pod, counters->pod);
    query_bind_number(&query, PARAMETER_last_session, counters->session);
    query_bind_number(&query, PARAMETER_last_token, counters->token);
    enum err err = query_run(&query);
    state->totals_known = false;
    if (!err)
        err = pool_state_totals(state, &totals);
    if (!err)
        err = check_limits(state, &totals);
    return err ? err : pool_state_turn_end(state);
}
