/* SPDX-License-Identifier: MIT
 *
 * Claims a pod: the first available one, or a new one. Remembers claims that may be repeated. */
#include "base/check.h"
#include "store/state.h"

/* Reads the first available pods of the pool, only the columns in which they differ. */
static enum err read_free_pods(struct pool_state *state, int64_t pool_number, size_t limit)
{
    struct pods_ahead *ahead = &state->ahead;

    if (limit > PODS_AHEAD_MAX)
        limit = PODS_AHEAD_MAX;
    ahead->pool_number = pool_number;
    ahead->changes = state->changes;
    ahead->limit = limit;
    ahead->next = ahead->count = 0;
    struct query query = query_start(&state->db, STATEMENT_PODS_AVAILABLE);
    query_bind_number(&query, PARAMETER_pool, pool_number);
    query_bind_number(&query, PARAMETER_limit, (int64_t)limit);
    while (query_step(&query))
        ahead->list[ahead->count++] = (struct pod){
            .number = query_number(&query, 0),
            .has_lists = query_number(&query, 1) != 0,
            .created_ms = query_number(&query, 2),
            .since_ms = query_number(&query, 3),
            .goose_ms = query_number(&query, 4),
            .pool_number = pool_number,
            .usage = POD_FREE,
            .state = POD_RUNNING,
        };
    enum err err = query_end(&query);
    if (err)
        ahead->pool_number = 0;
    return err;
}

static struct pod first_ahead(const struct pods_ahead *ahead)
{
    return ahead->next < ahead->count ? ahead->list[ahead->next] : (struct pod){0};
}

/* Finds the first available pod of the pool; `out->number` is 0 if there is none. If claims have
 * taken all that were read, it reads twice as many: there may be many claims in a row. */
static enum err find_available(struct pool_state *state, int64_t pool_number, struct pod *out)
{
    const struct pods_ahead *ahead = &state->ahead;
    bool were_all = ahead->count < ahead->limit;
    enum err err = OK;

    if (ahead->pool_number != pool_number || ahead->changes != state->changes)
        err = read_free_pods(state, pool_number, 1);
    else if (ahead->next == ahead->count && !were_all)
        err = read_free_pods(state, pool_number, 2 * ahead->limit);
    *out = first_ahead(ahead);
    return err;
}

struct claim_refusal claim_refusal_of(const struct settings *settings)
{
    const int64_t *values = settings->values;

    return (struct claim_refusal){.queue = values[SETTING_ON_EXHAUSTED] == ON_EXHAUSTED_QUEUE,
                                  .timeout_ms = values[SETTING_CLAIM_TIMEOUT],
                                  .status = (int)values[SETTING_REJECT_STATUS],
                                  .retry_after_s = (int)values[SETTING_RETRY_AFTER]};
}

/* Returns OK, or ERR_EXHAUSTED if no pod may be made for a claim: the settings forbid it, the pool
 * has maxPods pods, or a pod is starting already. */
static enum err may_make_pod(struct pool_state *state, int64_t pool_number,
                             const struct settings *settings)
{
    const int64_t *values = settings->values;
    struct pool_counts counts;

    if (values[SETTING_ON_EXHAUSTED] != ON_EXHAUSTED_CREATE)
        return ERR_EXHAUSTED;
    if (values[SETTING_MAX_PODS] == SETTING_NONE &&
        values[SETTING_PROGRESSION] == PROGRESSION_IMMEDIATE)
        return OK;
    enum err err = state_read_counts(state, pool_number, &counts);
    if (err)
        return err;
    bool is_full = values[SETTING_MAX_PODS] != SETTING_NONE &&
                   counts.total >= values[SETTING_MAX_PODS];
    bool is_starting = values[SETTING_PROGRESSION] != PROGRESSION_IMMEDIATE && counts.pending > 0;
    return is_full || is_starting ? ERR_EXHAUSTED : OK;
}

/* Makes a pod for a claim that has found none, and claims it. ERR_EXHAUSTED if the new pod does not
 * run yet. */
static enum err make_claimed_pod(struct pool_state *state, const struct claim_wish *wish,
                                 int64_t pool_number, struct pod *out,
                                 struct claim_refusal *refusal)
{
    struct settings settings;
    enum err err = state_settings_of(state, wish->pool_name, &settings);

    if (err)
        return err;
    *refusal = claim_refusal_of(&settings);
    refusal->none_was_free = true;
    if ((err = may_make_pod(state, pool_number, &settings)) ||
        (err = state_add_claimed_pod(state, pool_number, wish->pool_name, wish->workspace_id, out)))
        return err;
    return out->usage == POD_USED ? OK : ERR_EXHAUSTED;
}

/* Reads how long the claim lasts; 0: until it is released. */
static enum err read_ttl(struct pool_state *state, const struct claim_wish *wish, int64_t *ttl_ms)
{
    struct settings settings;

    *ttl_ms = wish->ttl_ms;
    if (wish->ttl_is_set || state->settings_there == SETTINGS_NONE)
        return OK;
    enum err err = state_settings_of(state, wish->pool_name, &settings);
    *ttl_ms = settings.values[SETTING_LEASE_TTL] > 0 ? settings.values[SETTING_LEASE_TTL] : 0;
    return err;
}

/* Claims a free pod. */
static enum err take_pod(struct pool_state *state, const struct claim_wish *wish, struct pod *pod)
{
    enum err err = state_begin_change(state);

    pod->pool_name = wish->pool_name;
    pod->tenant = state->config.tenant;
    if (!err)
        err = state_change_pod(state, pod, POD_CLAIM, wish->workspace_id, state->clock->wall_ms);
    return err;
}

static enum err begin_lease(struct pool_state *state, const struct claim_wish *wish,
                            struct pod *pod)
{
    int64_t ttl_ms;
    enum err err = read_ttl(state, wish, &ttl_ms);

    if (err || ttl_ms == 0)
        return err;
    return state_set_due(state, pod, state->clock->wall_ms + ttl_ms);
}

/* Finds an available pod of the pool and claims it, or makes one. */
static enum err find_and_claim(struct pool_state *state, const struct claim_wish *wish,
                               int64_t pool_number, struct pod *out, struct claim_refusal *refusal)
{
    enum err err = find_available(state, pool_number, out);
    bool is_found = out->number != 0;

    if (!err)
        err = is_found ? take_pod(state, wish, out)
                       : make_claimed_pod(state, wish, pool_number, out, refusal);
    if (!err)
        err = begin_lease(state, wish, out);
    if (err)
        return err;
    /* the pods ahead are still those that are free, but for the one that was found */
    state->ahead.next += is_found;
    state->ahead.changes = state->changes;
    return OK;
}

enum err pool_state_claim_pod(struct pool_state *state, const struct claim_wish *wish,
                              struct arena *arena, struct pod *out, struct claim_refusal *refusal)
{
    int64_t pool_number = 0;
    enum err err = state_check(state);

    CHECK(wish->workspace_id.at);
    *refusal = (struct claim_refusal){0};
    if (!err)
        err = state_find_or_make_pool(state, wish->pool_name, (struct text){0}, &pool_number);
    if (!err)
        err = find_and_claim(state, wish, pool_number, out, refusal);
    if (!err)
        err = state_copy_texts(out, arena);
    if (!err && out->has_lists)
        err = state_load_lists(state, arena, out);
    return err;
}

struct hash_wide pool_state_repeat_key(const struct pool_state *state, struct text request)
{
    return hash_text_wide(state->repeats.hash_key, request);
}

enum err pool_state_remember_claim(struct pool_state *state, struct hash_wide key,
                                   const struct pod *pod)
{
    enum err err = state_check(state);

    if (err || state->rehearsing)
        return err;
    return repeats_add(&state->repeats, key, state->clock->mono_us, pod->number, pod->since_ms);
}

enum err pool_state_recall_claim(struct pool_state *state, struct hash_wide key,
                                 struct arena *arena, struct pod *out)
{
    enum err err = state_check(state);

    if (err)
        return err;
    const struct repeat *repeat = repeats_find(&state->repeats, key, state->clock->mono_us);
    if (!repeat)
        return repeats_are_full(&state->repeats, state->clock->mono_us) ? ERR_BUSY : ERR_NOT_FOUND;
    err = state_load_pod(state, repeat->pod_number, arena, out);
    if (err == ERR_POD_NOT_FOUND ||
        (!err && (out->usage != POD_USED || out->since_ms != repeat->since_ms)))
        return ERR_CLAIM_GONE;
    return err;
}
