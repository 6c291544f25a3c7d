/* SPDX-License-Identifier: MIT
 *
 * The claim: the first available pod of a pool, or a new one; and the memory of who has made it. */
#include "store/state.h"

/* The first available pod of the pool; `out->number` is 0 where there is none. Only what a free pod
 * does not share with all others is read. */
static enum err find_available(struct pool_state *state, int64_t pool, struct pod *out)
{
    struct query query = query_start(&state->db, STATEMENT_POD_AVAILABLE);

    *out = (struct pod){.pool = pool, .usage = POD_FREE, .state = POD_RUNNING};
    query_bind_number(&query, PARAMETER_pool, pool);
    if (query_step(&query)) {
        out->number = query_number(&query, 0);
        out->has_lists = query_number(&query, 1) != 0;
        out->created_ms = query_number(&query, 2);
        out->since_ms = query_number(&query, 3);
    }
    return query_end(&query);
}

static enum err make_pod(struct pool_state *state, int64_t pool)
{
    struct state_totals totals;
    enum err err = state_read_totals(state, &totals);

    if (!err)
        err = state_check_room(state, &totals, 1);
    if (!err)
        err = state_begin_change(state);
    if (!err)
        err = state_insert_pods(state, pool, 1, &totals);
    return err ? err : state_count(state, &totals, 0, 1);
}

enum err pool_state_claim_pod(struct pool_state *state, struct text pool_name,
                              struct text workspace_id, struct arena *arena, struct pod *out)
{
    int64_t pool = 0;
    enum err err = state_check(state);

    if (!err)
        err = state_find_or_make_pool(state, pool_name, (struct text){0}, &pool);
    if (!err)
        err = find_available(state, pool, out);
    if (!err && out->number == 0) {
        err = make_pod(state, pool);
        if (!err)
            err = find_available(state, pool, out);
    }
    if (!err)
        err = state_begin_change(state);
    if (!err)
        err = state_change_pod(state, out, POD_CLAIM, workspace_id);
    out->pool_name = pool_name;
    out->tenant = state->config.tenant;
    if (!err)
        err = state_keep_texts(out, arena);
    return err || !out->has_lists ? err : state_load_lists(state, arena, out);
}

enum err pool_state_remember_claim(struct pool_state *state, struct text key, const struct pod *pod)
{
    enum err err = state_check(state);

    if (err || state->rehearsing)
        return err;
    return claims_add(&state->claims, key, state->clock->mono_us, pod->number, pod->since_ms);
}

enum err pool_state_recall_claim(struct pool_state *state, struct text key, struct arena *arena,
                                 struct pod *out)
{
    enum err err = state_check(state);

    if (err)
        return err;
    const struct claim *claim = claims_find(&state->claims, key, state->clock->mono_us);
    if (!claim)
        return ERR_NOT_FOUND;
    err = state_load_pod(state, claim->pod, arena, out);
    if (err == ERR_POD_NOT_FOUND ||
        (!err && (out->usage != POD_USED || out->since_ms != claim->since_ms)))
        return ERR_CLAIM_GONE;
    return err;
}
