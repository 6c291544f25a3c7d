/* SPDX-License-Identifier: MIT
 *
 * Finds, makes and lists pools. */
#include "model/counters.h"
#include "store/state.h"

#include <string.h>

static struct cached_pool *cache_place(struct pool_state *state, struct text pool_name)
{
    return &state->pool_cache[hash_text(state->cache_key, pool_name) % POOL_CACHE_PLACES];
}

static void cache_pool(struct pool_state *state, struct text pool_name, int64_t number)
{
    struct cached_pool *place = cache_place(state, pool_name);

    if (pool_name.length > sizeof(place->name))
        return;
    place->number = number;
    place->name_length = pool_name.length;
    memcpy(place->name, pool_name.at, pool_name.length);
}

enum err state_find_pool(struct pool_state *state, struct text pool_name, int64_t *number)
{
    const struct cached_pool *cached = cache_place(state, pool_name);

    if (cached->number && text_equal((struct text){cached->name, cached->name_length}, pool_name)) {
        *number = cached->number;
        return OK;
    }
    struct query query = query_start(&state->db, STATEMENT_POOL_NUMBER);
    query_bind_text(&query, PARAMETER_name, pool_name);
    *number = query_step(&query) ? query_number(&query, 0) : 0;
    enum err err = query_end(&query);
    if (!err && *number)
        cache_pool(state, pool_name, *number);
    return err;
}

static enum err insert_pool(struct pool_state *state, const struct pool_spec *spec, int64_t number,
                            int64_t first_pod, int64_t minimum_vms)
{
    struct query query = query_start(&state->db, STATEMENT_POOL_ADD);

    query_bind_number(&query, PARAMETER_pool, number);
    query_bind_text(&query, PARAMETER_name, spec->name);
    query_bind_number(&query, PARAMETER_pod, first_pod);
    query_bind_number(&query, PARAMETER_minimum_vms, minimum_vms);
    query_bind_number(&query, PARAMETER_now_ms, state->clock->wall_ms);
    return query_run(&query);
}

enum err state_store_spec(struct pool_state *state, const struct pool_spec *spec,
                          int64_t pool_number)
{
    struct database *db = &state->db;
    enum err err = OK;

    for (int i = 0; i < POOL_TEXT__MAX && !err; i++)
        if (spec->texts[i].at)
            err = list_set_at(db, LIST_POOL_TEXTS, pool_number, i, spec->texts[i]);
    if (!err && spec->env_vars)
        err = list_set_env_vars(db, LIST_POOL_ENV_VARS, pool_number, spec->env_vars,
                                spec->env_vars_count);
    if (!err && spec->repositories)
        err = list_set_repositories(db, LIST_POOL_REPOSITORIES, pool_number, spec->repositories,
                                    spec->branches, spec->repositories_count);
    return err;
}

enum err state_make_pool(struct pool_state *state, const struct pool_spec *spec, int64_t pods,
                         int64_t *number)
{
    struct pod_batch batch = {
        .pool_name = spec->name, .count = pods, .since_ms = state->clock->wall_ms};
    struct state_totals totals;
    enum err err = state_read_totals(state, &totals);

    if (err)
        return err;
    *number = batch.pool_number = ++totals.last_pool;
    if ((err = insert_pool(state, spec, *number, pod_number_after(totals.last_pod), pods)) ||
        (err = state_store_spec(state, spec, *number)))
        return err;
    state_report(state, (struct event){.type = EVENT_POOL_CREATED,
                                       .pool_number = *number,
                                       .pool_name = spec->name});
    if ((err = state_insert_pods(state, &batch, &totals, NULL)))
        return err;
    state_count(state, &totals, 1, pods);
    cache_pool(state, spec->name, *number);
    return OK;
}

/* Returns how many pods a new pool gets: the requested number, or the setting newPoolPods. The
 * setting maxPods caps the latter; a requested number above it is refused. */
static enum err first_pods(struct pool_state *state, const struct pool_spec *spec, int64_t *pods)
{
    struct settings settings;
    enum err err = state_settings_of(state, spec->name, &settings);
    int64_t max = settings.values[SETTING_MAX_PODS];

    *pods = spec->minimum_vms > 0 ? spec->minimum_vms : settings.values[SETTING_NEW_POOL_PODS];
    if (err || max == SETTING_NONE || *pods <= max)
        return err;
    if (spec->minimum_vms > 0)
        return problem_set(&state->refusal, ERR_POD_LIMIT,
                           "%lld pods would exceed the limit of %lld in pool %.*s (maxPods)",
                           (long long)*pods, (long long)max, TEXT_ARGS(spec->name));
    *pods = max;
    return OK;
}

static enum err check_pools(struct pool_state *state, const struct state_totals *totals)
{
    int64_t max = state->config.pools_max;

    if (totals->last_pool >= COUNTER_MAX)
        return problem_set(&state->refusal, ERR_POOL_LIMIT,
                           "no pool number is left; reset the state");
    if (max == 0 || totals->pools < max)
        return OK;
    return problem_set(&state->refusal, ERR_POOL_LIMIT,
                       "the limit of %lld pools is reached (--pools-max); delete one",
                       (long long)max);
}

/* Makes a pool for a client. Checks the limits before it changes anything. */
static enum err make_asked_pool(struct pool_state *state, const struct pool_spec *spec,
                                int64_t *number)
{
    int64_t pods = 0;
    struct state_totals totals;
    enum err err = state_read_totals(state, &totals);

    if (!err)
        err = first_pods(state, spec, &pods);
    if (!err)
        err = check_pools(state, &totals);
    if (!err)
        err = state_check_room(state, &totals, pods);
    if (!err)
        err = state_begin_change(state);
    if (!err)
        err = state_make_pool(state, spec, pods, number);
    return err;
}

enum err state_find_or_make_pool(struct pool_state *state, struct text pool_name,
                                 struct text api_key, int64_t *number)
{
    enum err err = state_find_pool(state, pool_name, number);

    if (err || *number)
        return err;
    const struct pool_spec spec = {.name = pool_name, .texts = {[POOL_API_KEY] = api_key}};
    return make_asked_pool(state, &spec, number);
}

/* Reads the current row of a query for POOL_COLUMNS. The name is borrowed from the row. */
static void read_pool(struct query *query, struct pool *out)
{
    *out = (struct pool){
        .number = query_number(query, 0),
        .spec = {.name = query_text(query, 1), .minimum_vms = query_number(query, 2)},
        .counts = {.total = query_number(query, 3),
                   .used = query_number(query, 4),
                   .available = query_number(query, 5),
                   .pending = query_number(query, 6),
                   .failed = query_number(query, 7)},
        .created_ms = query_number(query, 8),
        .updated_ms = query_number(query, 9),
    };
}

enum err state_load_pool(struct pool_state *state, int64_t number, struct arena *arena,
                         struct pool *out)
{
    enum err err = state_write_counts(state);

    if (err)
        return err;
    struct query query = query_start(&state->db, STATEMENT_POOL_SHOW);
    err = ERR_POOL_NOT_FOUND;
    query_bind_number(&query, PARAMETER_pool, number);
    if (query_step(&query)) {
        read_pool(&query, out);
        out->spec.name = arena_copy(arena, out->spec.name);
        err = out->spec.name.at ? OK : ERR_NO_MEMORY;
    }
    enum err ended = query_end(&query);
    return ended ? ended : err;
}

enum err pool_state_load_config(struct pool_state *state, struct arena *arena, struct pool *pool)
{
    struct database *db = &state->db;
    struct pool_spec *spec = &pool->spec;
    enum err err = state_check(state);

    if (err)
        return err;
    if ((err = list_load_at(db, LIST_POOL_TEXTS, pool->number, arena, spec->texts,
                            POOL_TEXT__MAX)) ||
        (err = list_load_named(db, LIST_POOL_ENV_VARS, pool->number, arena, &spec->env_vars,
                               &spec->env_vars_count)))
        return err;
    return list_load_repositories(db, LIST_POOL_REPOSITORIES, pool->number, arena,
                                  &spec->repositories, &spec->branches, &spec->repositories_count);
}

enum err pool_state_get_or_create_pool(struct pool_state *state, struct text pool_name,
                                       struct text api_key, struct arena *arena, struct pool *out)
{
    int64_t number;
    enum err err = state_check(state);

    if (!err)
        err = state_find_or_make_pool(state, pool_name, api_key, &number);
    return err ? err : state_load_pool(state, number, arena, out);
}

enum err pool_state_get_pool(struct pool_state *state, struct text pool_name, struct arena *arena,
                             struct pool *out)
{
    int64_t number = 0;
    enum err err = state_check(state);

    if (!err)
        err = state_find_pool(state, pool_name, &number);
    if (!err && number == 0)
        err = ERR_POOL_NOT_FOUND;
    return err ? err : state_load_pool(state, number, arena, out);
}

enum err pool_state_create_pool(struct pool_state *state, const struct pool_spec *spec,
                                struct arena *arena, struct pool *out, bool *created)
{
    int64_t number = 0;
    enum err err = state_check(state);

    if (!err)
        err = state_find_pool(state, spec->name, &number);
    *created = !err && number == 0;
    if (*created)
        err = make_asked_pool(state, spec, &number);
    if (!err)
        err = state_load_pool(state, number, arena, out);
    return err ? err : pool_state_load_config(state, arena, out);
}

enum err pool_state_add_pods(struct pool_state *state, struct text pool_name, int64_t count)
{
    int64_t number = 0;
    enum err err = state_check(state);

    if (!err)
        err = state_find_pool(state, pool_name, &number);
    if (!err && number == 0)
        err = ERR_POOL_NOT_FOUND;
    if (!err)
        err = state_check_max_pods(state, number, pool_name, count);
    return err ? err : state_add_pods(state, number, pool_name, count);
}

enum err pool_state_list_pools(struct pool_state *state, int64_t after, int64_t limit,
                               pool_state_visit_pool *visit, void *context)
{
    enum err err = state_check(state);

    if (err || (err = state_write_counts(state)))
        return err;
    struct query query = query_start(&state->db, STATEMENT_POOLS_PAGE);
    query_bind_number(&query, PARAMETER_after, after);
    query_bind_number(&query, PARAMETER_limit, limit);
    while (query_step(&query)) {
        struct pool pool;
        read_pool(&query, &pool);
        if (!visit(&pool, context))
            break;
    }
    return query_end(&query);
}
