/* SPDX-License-Identifier: MIT
 *
 * Finds, changes and lists pods. */
#include "base/check.h"
#include "store/state.h"

bool state_read_pod(struct query *query, struct pod *out)
{
    *out = (struct pod){
        .number = query_number(query, 0),
        .pool_number = query_number(query, 1),
        .usage = (enum pod_usage)query_number(query, 2),
        .state = (enum pod_state)query_number(query, 3),
        .has_lists = query_number(query, 4) != 0,
        .created_ms = query_number(query, 5),
        .since_ms = query_number(query, 6),
        .claimed_by = query_text(query, 7),
        .user_info = query_text(query, 8),
        .goose_ms = query_number(query, 9),
        .due_ms = query_number(query, 10),
        .starting_ms = query_number(query, 11),
        .looks_left = query_number(query, 12),
        .will_fail = query_number(query, 13) != 0,
    };
    return out->has_lists;
}

enum err state_copy_texts(struct pod *pod, struct arena *arena)
{
    struct text *texts[] = {&pod->pool_name, &pod->claimed_by, &pod->user_info};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct text copy = arena_copy(arena, *texts[i]);
        if (texts[i]->at && !copy.at)
            return ERR_NO_MEMORY;
        *texts[i] = copy;
    }
    return OK;
}

enum err state_load_lists(struct pool_state *state, struct arena *arena, struct pod *pod)
{
    struct database *db = &state->db;
    int64_t number = pod->number;
    enum err err;

    if ((err = list_load_texts(db, LIST_POD_REPOSITORIES, number, arena, &pod->repositories,
                               &pod->repositories_count)) ||
        (err = list_load_texts(db, LIST_POD_BRANCHES, number, arena, &pod->branches,
                               &pod->branches_count)))
        return err;
    return list_load_named(db, LIST_POD_ENV_VARS, number, arena, &pod->env_vars,
                           &pod->env_vars_count);
}

enum err state_load_pod(struct pool_state *state, int64_t number, struct arena *arena,
                        struct pod *out)
{
    struct query query = query_start(&state->db, STATEMENT_POD_SHOW);
    enum err err = ERR_POD_NOT_FOUND;
    bool has_lists = false;

    query_bind_number(&query, PARAMETER_pod, number);
    if (query_step(&query)) {
        has_lists = state_read_pod(&query, out);
        out->pool_name = query_text(&query, 14);
        out->tenant = state->config.tenant;
        err = state_copy_texts(out, arena);
    }
    enum err ended = query_end(&query);
    if (ended)
        return ended;
    if (!err && has_lists)
        err = state_load_lists(state, arena, out);
    return err;
}

enum err pool_state_get_pod(struct pool_state *state, struct pod_name name, struct arena *arena,
                            struct pod *out)
{
    enum err err = state_check(state);

    if (err)
        return err;
    if (!pod_name_is_of(name, state->config.tenant))
        return ERR_POD_NOT_FOUND;
    err = state_load_pod(state, name.pod_number, arena, out);
    if (!err && name.pool_number && name.pool_number != out->pool_number)
        err = ERR_POD_NOT_FOUND;
    return err;
}

/* Returns the since_ms of a pod whose usage changes at `at_ms`. No two uses of a pod begin at the
 * same time, so a remembered claim differs from a later one, even if both fall into one millisecond
 * or the clock was set back. */
static int64_t since_at(const struct pod *pod, enum pod_usage usage, int64_t at_ms)
{
    int64_t earliest_ms = usage == POD_FREE ? pod->since_ms + 1 : pod->since_ms;

    return at_ms > earliest_ms ? at_ms : earliest_ms;
}

int64_t state_unused_time(const struct pool_state *state)
{
    int64_t now_ms = state->clock->wall_ms;

    return now_ms > state->newest_use_ms ? now_ms : state->newest_use_ms + 1;
}

/* Binds who has claimed a pod, and the room beside it. */
static void bind_claim(struct query *query, struct text claimed_by)
{
    query_bind_text(query, PARAMETER_claimed_by, claimed_by);
    query_bind_zeros(query, PARAMETER_room,
                     claimed_by.length < POD_ROOM_FOR_CLAIM ? POD_ROOM_FOR_CLAIM - claimed_by.length
                                                            : 0);
}

enum err state_insert_pod(struct pool_state *state, const struct pod *pod, bool has_lists,
                          bool *added)
{
    struct query query = query_start(&state->db, STATEMENT_POD_ADD);

    query_bind_number(&query, PARAMETER_pod, pod->number);
    query_bind_number(&query, PARAMETER_pool, pod->pool_number);
    query_bind_number(&query, PARAMETER_usage, pod->usage);
    query_bind_number(&query, PARAMETER_state, pod->state);
    query_bind_number(&query, PARAMETER_extras, has_lists);
    query_bind_number(&query, PARAMETER_created_ms, pod->created_ms);
    query_bind_number(&query, PARAMETER_since_ms, pod->since_ms);
    bind_claim(&query, pod->claimed_by);
    query_bind_text(&query, PARAMETER_user_info, pod->user_info);
    query_bind_number(&query, PARAMETER_goose_ms, pod->goose_ms);
    query_bind_number(&query, PARAMETER_due_ms, pod->due_ms);
    query_bind_number(&query, PARAMETER_starting_ms, pod->starting_ms);
    query_bind_number(&query, PARAMETER_looks, pod->looks_left);
    query_bind_number(&query, PARAMETER_doomed, pod->will_fail);
    enum err err = query_add(&query, added);
    if (!err && *added)
        err = state_tally(state, pod, 1);
    return err;
}

void state_note_use(struct pool_state *state, int64_t since_ms)
{
    if (since_ms > state->newest_use_ms)
        state->newest_use_ms = since_ms;
}

static enum err set_usage(struct pool_state *state, struct pod *pod, enum pod_usage usage,
                          struct text claimed_by, int64_t at_ms)
{
    struct query update = query_start(&state->db, STATEMENT_POD_SET_USAGE);
    int64_t since_ms = since_at(pod, usage, at_ms);

    state_note_use(state, since_ms);
    query_bind_number(&update, PARAMETER_pod, pod->number);
    query_bind_number(&update, PARAMETER_usage, usage);
    query_bind_number(&update, PARAMETER_now_ms, since_ms);
    bind_claim(&update, claimed_by);
    enum err err = query_run(&update);
    if (!err)
        err = state_tally(state, pod, -1);
    pod->usage = usage;
    pod->since_ms = since_ms;
    pod->claimed_by = claimed_by;
    pod->user_info = (struct text){0};
    return err ? err : state_tally(state, pod, 1);
}

enum err state_set_due(struct pool_state *state, struct pod *pod, int64_t due_ms)
{
    struct query query = query_start(&state->db, STATEMENT_POD_SET_DUE);

    query_bind_number(&query, PARAMETER_pod, pod->number);
    query_bind_number(&query, PARAMETER_due_ms, due_ms);
    state_note_due(state, pod->due_ms, due_ms);
    pod->due_ms = due_ms;
    return query_run(&query);
}

enum err state_note_lists(struct pool_state *state, int64_t pod_number, bool *has_lists)
{
    struct query query = query_start(&state->db, STATEMENT_POD_NOTE_LISTS);

    query_bind_number(&query, PARAMETER_pod, pod_number);
    *has_lists = false;
    while (query_step(&query))
        *has_lists = query_number(&query, 0) != 0;
    return query_end(&query);
}

/* Updates the pod's mark of whether it has lists, and loads them. */
static enum err reload_lists(struct pool_state *state, struct arena *arena, struct pod *pod)
{
    enum err err = state_note_lists(state, pod->number, &pod->has_lists);

    return err ? err : state_load_lists(state, arena, pod);
}

static enum err clear_lists(struct pool_state *state, struct pod *pod)
{
    enum err err = OK;

    if (!pod->has_lists)
        return OK;
    for (enum list list = LIST_POD_REPOSITORIES; list <= LIST_POD_SESSIONS && !err; list++)
        err = list_drop(&state->db, list, pod->number);
    if (!err)
        err = list_drop(&state->db, LIST_POD_WEBHOOKS, pod->number);
    pod->repositories_count = pod->branches_count = pod->env_vars_count = 0;
    return err ? err : state_note_lists(state, pod->number, &pod->has_lists);
}

/* Frees a used pod: removes its claim and everything stored in it. */
static enum err free_pod(struct pool_state *state, struct pod *pod, int64_t at_ms)
{
    bool has_lease = pod_expires_ms(pod) != 0;
    enum err err = set_usage(state, pod, POD_FREE, (struct text){0}, at_ms);

    pod->goose_ms = 0;
    state->freed_count++;
    if (!err && has_lease)
        err = state_set_due(state, pod, 0);
    return err ? err : clear_lists(state, pod);
}

/* Deletes a pod and its lists, and takes it out of its pool's counts. The caller updates the
 * totals. */
static enum err remove_pod(struct pool_state *state, struct pod *pod)
{
    enum err err = clear_lists(state, pod);

    if (err)
        return err;
    struct query query = query_start(&state->db, STATEMENT_POD_DELETE);
    query_bind_number(&query, PARAMETER_pod, pod->number);
    state_note_due(state, pod->due_ms, 0);
    err = query_run(&query);
    return err ? err : state_tally(state, pod, -1);
}

/* Reports a change of a pod's usage, or its end. */
static void report_change(const struct pool_state *state, enum pod_action action,
                          const struct pod *was, const struct pod *pod, int64_t at_ms)
{
    static const enum event_type types[POD_ACTION__MAX] = {
        [POD_CLAIM] = EVENT_POD_CLAIMED,      [POD_MARK_USED] = EVENT_POD_USED,
        [POD_RELEASE] = EVENT_POD_RELEASED,   [POD_EXPIRE] = EVENT_POD_RELEASED,
        [POD_SCALE_DOWN] = EVENT_POD_DELETED, [POD_DELETE] = EVENT_POD_DELETED,
    };

    const char *released_by = action == POD_EXPIRE    ? "lease"
                              : action == POD_RELEASE ? "request"
                                                      : NULL;

    if (action == POD_EXPIRE)
        state_report_pod(state, EVENT_LEASE_EXPIRED, NULL, was, was, at_ms);
    state_report_pod(state, types[action], released_by, was, pod, at_ms);
}

static enum err change_pod(struct pool_state *state, struct pod *pod, enum pod_action action,
                           struct text claimed_by, int64_t at_ms)
{
    switch (pod_outcome(action, pod->usage)) {
    case POD_TO_SAME:
        return OK;
    case POD_TO_USED:
        return set_usage(state, pod, POD_USED, claimed_by, at_ms);
    case POD_TO_FREE:
        return free_pod(state, pod, at_ms);
    case POD_TO_GONE:
        return remove_pod(state, pod);
    case POD_TO_NOTHING_LEGAL:
        break;
    }
    CHECK(!"a change of a pod that is in the table");
    return ERR_INTERNAL;
}

enum err state_change_pod(struct pool_state *state, struct pod *pod, enum pod_action action,
                          struct text claimed_by, int64_t at_ms)
{
    const struct pod was = *pod;
    enum err err = change_pod(state, pod, action, claimed_by, at_ms);

    if (!err && pod_outcome(action, was.usage) != POD_TO_SAME)
        report_change(state, action, &was, pod, at_ms);
    return err;
}

static bool has_stored(const struct pod *pod)
{
    return pod->has_lists || pod->goose_ms != 0;
}

/* Removes what is stored in a free pod. */
static enum err clear_stored(struct pool_state *state, struct pod *pod)
{
    struct query query = query_start(&state->db, STATEMENT_POD_STOP_GOOSE);

    query_bind_number(&query, PARAMETER_pod, pod->number);
    pod->goose_ms = 0;
    enum err err = query_run(&query);
    if (!err)
        err = clear_lists(state, pod);
    if (!err)
        state_report_update(state, pod, "content");
    return err;
}

enum err pool_state_release_pod(struct pool_state *state, struct pod *pod)
{
    enum err err = state_check(state);

    if (err || (pod->usage == POD_FREE && !has_stored(pod)))
        return err;
    if ((err = state_begin_change(state)))
        return err;
    return pod->usage == POD_FREE
               ? clear_stored(state, pod)
               : state_change_pod(state, pod, POD_RELEASE, (struct text){0}, state->clock->wall_ms);
}

static enum err set_user_info(struct pool_state *state, struct pod *pod, struct text user_info)
{
    struct query query = query_start(&state->db, STATEMENT_POD_SET_USER_INFO);

    query_bind_number(&query, PARAMETER_pod, pod->number);
    query_bind_text(&query, PARAMETER_user_info, user_info);
    pod->user_info = user_info;
    enum err err = query_run(&query);
    if (!err)
        state_report_update(state, pod, "user_info");
    return err;
}

enum err pool_state_mark_pod_used(struct pool_state *state, struct text user_info,
                                  struct arena *arena, struct pod *pod)
{
    enum err err = state_check(state);

    if (user_info.at && pod->user_info.at && text_equal(user_info, pod->user_info))
        user_info = (struct text){0}; /* it is stored already */
    if (err || (pod->usage == POD_USED && !user_info.at))
        return err;
    err = state_begin_change(state);
    if (!err)
        err = state_change_pod(state, pod, POD_MARK_USED, (struct text){0}, state->clock->wall_ms);
    if (!err && user_info.at)
        err = set_user_info(state, pod, user_info);
    return err ? err : state_copy_texts(pod, arena);
}

enum err pool_state_set_repositories(struct pool_state *state, const struct text *repositories,
                                     size_t repositories_count, const struct text *branches,
                                     size_t branches_count, struct arena *arena, struct pod *pod)
{
    enum err err = state_begin_change(state);

    if (!err)
        err = list_set_texts(&state->db, LIST_POD_REPOSITORIES, pod->number, repositories,
                             repositories_count);
    if (!err && branches)
        err = list_set_texts(&state->db, LIST_POD_BRANCHES, pod->number, branches, branches_count);
    if (!err)
        state_report_update(state, pod, "repositories");
    return err ? err : reload_lists(state, arena, pod);
}

enum err pool_state_set_environment(struct pool_state *state, const struct env_var *env_vars,
                                    size_t count, struct arena *arena, struct pod *pod)
{
    enum err err = state_begin_change(state);

    if (!err)
        err = list_set_env_vars(&state->db, LIST_POD_ENV_VARS, pod->number, env_vars, count);
    if (!err)
        state_report_update(state, pod, "environment");
    return err ? err : reload_lists(state, arena, pod);
}

static struct query start_page(struct pool_state *state, enum statement statement,
                               const struct pool *pool, int64_t after, int64_t limit)
{
    struct query query = query_start(&state->db, statement);

    query_bind_number(&query, PARAMETER_pool, pool->number);
    query_bind_number(&query, PARAMETER_after, after);
    query_bind_number(&query, PARAMETER_limit, limit);
    return query;
}

enum err pool_state_list_statuses(struct pool_state *state, const struct pool *pool, int64_t after,
                                  int64_t limit, pool_state_visit_pod *visit, void *context)
{
    enum err err = state_check(state);

    if (err)
        return err;
    struct query query = start_page(state, STATEMENT_PODS_STATUS_PAGE, pool, after, limit);
    while (query_step(&query)) {
        const struct pod pod = {
            .number = query_number(&query, 0),
            .usage = (enum pod_usage)query_number(&query, 1),
            .since_ms = query_number(&query, 2),
            .claimed_by = query_text(&query, 3),
            .looks_left = query_number(&query, 4),
            .pool_number = pool->number,
            .pool_name = pool->spec.name,
            .tenant = state->config.tenant,
        };
        if (!visit(&pod, context))
            break;
    }
    return query_end(&query);
}

enum err pool_state_list_pods(struct pool_state *state, const struct pool *pool, int64_t after,
                              int64_t limit, struct arena *arena, pool_state_visit_pod *visit,
                              void *context)
{
    enum err err = state_check(state);

    if (err)
        return err;
    struct query query = start_page(state, STATEMENT_PODS_PAGE, pool, after, limit);
    while (!err && query_step(&query)) {
        struct pod pod;
        bool has_lists = state_read_pod(&query, &pod);
        pod.pool_name = pool->spec.name;
        pod.tenant = state->config.tenant;
        if (has_lists)
            err = state_load_lists(state, arena, &pod);
        if (!err && !visit(&pod, context))
            break;
    }
    enum err ended = query_end(&query);
    return ended ? ended : err;
}
