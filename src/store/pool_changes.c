/* SPDX-License-Identifier: MIT
 *
 * Changes existing pools: their configuration and size, their reset and their deletion. */
#include "store/state.h"

enum err pool_state_delete_pod(struct pool_state *state, struct pod *pod)
{
    struct state_totals totals;
    enum err err = state_check(state);

    if (!err)
        err = state_read_totals(state, &totals);
    if (!err)
        err = state_begin_change(state);
    if (!err)
        err = state_change_pod(state, pod, POD_DELETE, (struct text){0}, state->clock->wall_ms);
    if (!err)
        state_count(state, &totals, 0, -1);
    return err;
}

/* Finds the newest free pod with a number below `before`; its number is 0 if there is none. */
static enum err find_newest_free(struct pool_state *state, int64_t pool_number, int64_t before,
                                 struct arena *arena, struct pod *out)
{
    struct query query = query_start(&state->db, STATEMENT_POD_NEWEST_FREE);
    bool has_lists = false;

    *out = (struct pod){0};
    query_bind_number(&query, PARAMETER_pool, pool_number);
    query_bind_number(&query, PARAMETER_before, before);
    if (query_step(&query))
        has_lists = state_read_pod(&query, out);
    /* they are borrowed from the row */
    out->claimed_by = out->user_info = (struct text){0};
    enum err err = query_end(&query);
    if (!err && has_lists)
        err = state_load_lists(state, arena, out);
    return err;
}

/* Removes up to `count` free pods, the newest first. */
static enum err remove_free_pods(struct pool_state *state, const struct pool *pool, int64_t count,
                                 struct arena *arena)
{
    struct state_totals totals;
    struct pod pod = {.number = INT64_MAX};
    int64_t removed = 0;
    enum err err = state_read_totals(state, &totals);

    while (!err && removed < count) {
        err = find_newest_free(state, pool->number, pod.number, arena, &pod);
        if (err || pod.number == 0)
            break;
        pod.pool_name = pool->spec.name;
        err = state_change_pod(state, &pod, POD_SCALE_DOWN, (struct text){0},
                               state->clock->wall_ms);
        removed++;
    }
    if (!err)
        state_count(state, &totals, 0, -removed);
    return err;
}

/* Scales the pool to its new minimum. The caller has checked the limits. */
static enum err scale(struct pool_state *state, const struct pool *pool, int64_t minimum_vms,
                      struct arena *arena)
{
    struct query query = query_start(&state->db, STATEMENT_POOL_SET_MINIMUM);

    query_bind_number(&query, PARAMETER_pool, pool->number);
    query_bind_number(&query, PARAMETER_minimum_vms, minimum_vms);
    enum err err = query_run(&query);
    if (err || minimum_vms == pool->counts.total)
        return err;
    if (minimum_vms > pool->counts.total)
        return state_add_pods(state, pool->number, pool->spec.name,
                              minimum_vms - pool->counts.total);
    return remove_free_pods(state, pool, pool->counts.total - minimum_vms, arena);
}

static enum err touch(struct pool_state *state, int64_t pool_number)
{
    struct query query = query_start(&state->db, STATEMENT_POOL_TOUCH);

    query_bind_number(&query, PARAMETER_pool, pool_number);
    query_bind_number(&query, PARAMETER_now_ms, state->clock->wall_ms);
    return query_run(&query);
}

enum err pool_state_update_pool(struct pool_state *state, const struct pool *pool,
                                const struct pool_spec *changes, struct arena *arena,
                                struct pool *out)
{
    struct state_totals totals;
    int64_t more = changes->minimum_vms - pool->counts.total;
    enum err err = state_check(state);

    if (!err)
        err = state_read_totals(state, &totals);
    if (!err && more > 0)
        err = state_check_room(state, &totals, more);
    if (!err && more > 0)
        err = state_check_max_pods(state, pool->number, pool->spec.name, more);
    if (!err)
        err = state_begin_change(state);
    if (!err)
        err = state_store_spec(state, changes, pool->number);
    if (!err && changes->minimum_vms > 0)
        err = scale(state, pool, changes->minimum_vms, arena);
    if (!err)
        err = touch(state, pool->number);
    if (!err)
        state_report(state, (struct event){.type = EVENT_POOL_UPDATED,
                                           .pool_number = pool->number,
                                           .pool_name = pool->spec.name});
    if (!err)
        err = state_load_pool(state, pool->number, arena, out);
    return err ? err : pool_state_load_config(state, arena, out);
}

static enum err run_for_pool(struct pool_state *state, enum statement statement,
                             int64_t pool_number)
{
    struct query query = query_start(&state->db, statement);

    query_bind_number(&query, PARAMETER_pool, pool_number);
    return query_run(&query);
}

/* Deletes the pods of a pool with their lists. The caller updates the counts. */
static enum err drop_pods(struct pool_state *state, int64_t pool_number)
{
    enum err err = run_for_pool(state, STATEMENT_PODS_LISTS_DELETE_OF_POOL, pool_number);

    state_forget(state);
    return err ? err : run_for_pool(state, STATEMENT_PODS_DELETE_OF_POOL, pool_number);
}

enum err pool_state_delete_pool(struct pool_state *state, struct text pool_name)
{
    struct state_totals totals;
    struct arena arena = {0};
    struct pool pool;
    enum err err = pool_state_get_pool(state, pool_name, &arena, &pool);

    arena_free(&arena);
    state->freed_count++; /* a claim that waits for one of its pods makes the pool anew */
    if (err || (err = state_read_totals(state, &totals)) || (err = state_begin_change(state)) ||
        (err = drop_pods(state, pool.number)) ||
        (err = run_for_pool(state, STATEMENT_POOL_DELETE, pool.number)) ||
        (err = state_drop_settings(state, pool_name)))
        return err;
    for (enum list list = LIST_POOL_REPOSITORIES; list <= LIST_POOL_TEXTS && !err; list++)
        err = list_drop(&state->db, list, pool.number);
    if (!err)
        state_report(state, (struct event){.type = EVENT_POOL_DELETED,
                                           .pool_number = pool.number,
                                           .pool_name = pool_name,
                                           .count = pool.counts.total});
    if (!err)
        state_count(state, &totals, -1, -pool.counts.total);
    return err;
}

/* Reads which pods the pool was made with: their count, and into `totals->last_pod` the number
 * before the first. */
static enum err read_first_pods(struct pool_state *state, struct pod_batch *batch,
                                struct state_totals *totals)
{
    struct query query = query_start(&state->db, STATEMENT_POOL_FIRST_PODS);

    query_bind_number(&query, PARAMETER_pool, batch->pool_number);
    if (query_step(&query)) {
        totals->last_pod = query_number(&query, 0) - 1;
        batch->count = query_number(&query, 1);
    }
    return query_end(&query);
}

static enum err empty_pool(struct pool_state *state, int64_t pool_number)
{
    struct query query = query_start(&state->db, STATEMENT_POOL_EMPTY);

    query_bind_number(&query, PARAMETER_pool, pool_number);
    query_bind_number(&query, PARAMETER_now_ms, state->clock->wall_ms);
    return query_run(&query);
}

enum err pool_state_reset_pool(struct pool_state *state, struct text pool_name, struct arena *arena,
                               struct pool *out)
{
    struct state_totals totals, first;
    struct pod_batch batch = {.pool_name = pool_name, .since_ms = state_unused_time(state)};
    enum err err = pool_state_get_pool(state, pool_name, arena, out);

    batch.pool_number = out->number;
    if (err || (err = state_read_totals(state, &totals)))
        return err;
    first = totals;
    if ((err = read_first_pods(state, &batch, &first)) ||
        (err = state_check_room(state, &totals, batch.count - out->counts.total)) ||
        (err = state_begin_change(state)) || (err = drop_pods(state, batch.pool_number)) ||
        (err = empty_pool(state, batch.pool_number)))
        return err;
    state_report(state, (struct event){.type = EVENT_POOL_RESET,
                                       .pool_number = batch.pool_number,
                                       .pool_name = pool_name,
                                       .count = batch.count});
    if ((err = state_insert_pods(state, &batch, &first, NULL)))
        return err;
    state_count(state, &totals, 0, batch.count - out->counts.total);
    return state_load_pool(state, batch.pool_number, arena, out);
}
