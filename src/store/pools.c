/* SPDX-License-Identifier: MIT
 *
 * Pools: finding, making and showing them. */
#include "store/state.h"

#include <string.h>

static struct cached_pool *cache_place(struct pool_state *state, struct text name)
{
    return &state->pool_cache[hash_text(state->cache_key, name) % POOL_CACHE_PLACES];
}

static void cache_pool(struct pool_state *state, struct text name, int64_t number)
{
    struct cached_pool *place = cache_place(state, name);

    if (name.length > sizeof(place->name))
        return;
    place->number = number;
    place->name_length = name.length;
    memcpy(place->name, name.at, name.length);
}

enum err state_find_pool(struct pool_state *state, struct text name, int64_t *number)
{
    const struct cached_pool *cached = cache_place(state, name);

    if (cached->number && text_equal((struct text){cached->name, cached->name_length}, name)) {
        *number = cached->number;
        return OK;
    }
    struct query query = query_start(&state->db, STATEMENT_POOL_NUMBER);
    query_bind_text(&query, PARAMETER_name, name);
    *number = query_step(&query) ? query_number(&query, 0) : 0;
    enum err err = query_end(&query);
    if (!err && *number)
        cache_pool(state, name, *number);
    return err;
}

static enum err insert_pool(struct pool_state *state, const struct pool_spec *spec, int64_t number,
                            int64_t minimum_vms)
{
    struct query query = query_start(&state->db, STATEMENT_POOL_ADD);

    query_bind_number(&query, PARAMETER_pool, number);
    query_bind_text(&query, PARAMETER_name, spec->name);
    query_bind_number(&query, PARAMETER_minimum_vms, minimum_vms);
    query_bind_number(&query, PARAMETER_now_ms, state->clock->wall_ms);
    query_bind_text(&query, PARAMETER_api_key, spec->api_key);
    query_bind_text(&query, PARAMETER_repo_name, spec->repo_name);
    query_bind_text(&query, PARAMETER_branch_name, spec->branch_name);
    query_bind_text(&query, PARAMETER_github_pat, spec->github_pat);
    query_bind_text(&query, PARAMETER_github_username, spec->github_username);
    return query_run(&query);
}

static enum err insert_env_vars(struct pool_state *state, const struct pool_spec *spec,
                                int64_t pool)
{
    for (size_t i = 0; i < spec->env_vars_count; i++) {
        struct query query = query_start(&state->db, STATEMENT_POOL_ENV_VAR_ADD);
        query_bind_number(&query, PARAMETER_pool, pool);
        query_bind_number(&query, PARAMETER_position, (int64_t)i);
        query_bind_text(&query, PARAMETER_name, spec->env_vars[i].name);
        query_bind_text(&query, PARAMETER_value, spec->env_vars[i].value);
        enum err err = query_run(&query);
        if (err)
            return err;
    }
    return OK;
}

enum err state_make_pool(struct pool_state *state, const struct pool_spec *spec, int64_t pods,
                         int64_t *number)
{
    struct state_totals totals;
    enum err err = state_read_totals(state, &totals);

    if (err)
        return err;
    *number = ++totals.last_pool;
    if ((err = insert_pool(state, spec, *number, pods)) ||
        (err = insert_env_vars(state, spec, *number)) ||
        (err = state_insert_pods(state, *number, pods, &totals)) ||
        (err = state_count(state, &totals, 1, pods)))
        return err;
    cache_pool(state, spec->name, *number);
    return OK;
}

/* A pool that a client asks for: the limits bind it, and are looked at before anything is
 * changed. */
static enum err make_asked_pool(struct pool_state *state, const struct pool_spec *spec,
                                int64_t *number)
{
    int64_t pods = spec->minimum_vms > 0 ? spec->minimum_vms : state->config.new_pool_pods;
    struct state_totals totals;
    enum err err = state_read_totals(state, &totals);

    if (!err && state->config.pools_max > 0 && totals.pools >= state->config.pools_max)
        err = ERR_POOL_LIMIT;
    if (!err)
        err = state_check_room(state, &totals, pods);
    if (!err)
        err = state_begin_change(state);
    if (!err)
        err = state_make_pool(state, spec, pods, number);
    return err;
}

enum err state_find_or_make_pool(struct pool_state *state, struct text name, struct text api_key,
                                 int64_t *number)
{
    enum err err = state_find_pool(state, name, number);

    if (err || *number)
        return err;
    const struct pool_spec spec = {.name = name, .api_key = api_key};
    return make_asked_pool(state, &spec, number);
}

static struct text copy_column(struct query *query, int column, struct arena *arena)
{
    struct text text = query_text(query, column), copy = arena_copy(arena, text);

    if (text.at && !copy.at)
        query->result = SQLITE_NOMEM;
    return copy;
}

static enum err load_env_vars(struct pool_state *state, struct arena *arena, struct pool *pool)
{
    struct env_var *env_vars = arena_alloc(arena, CONFIG_LIST_MAX * sizeof(*env_vars));
    struct query query = query_start(&state->db, STATEMENT_POOL_ENV_VARS);
    size_t count = 0;

    if (!env_vars)
        return ERR_NO_MEMORY;
    query_bind_number(&query, PARAMETER_pool, pool->number);
    while (count < CONFIG_LIST_MAX && query_step(&query)) {
        env_vars[count].name = copy_column(&query, 0, arena);
        env_vars[count++].value = copy_column(&query, 1, arena);
    }
    pool->spec.env_vars = env_vars;
    pool->spec.env_vars_count = count;
    return query_end(&query);
}

static enum err load_pool(struct pool_state *state, int64_t number, struct arena *arena,
                          struct pool *out)
{
    struct query query = query_start(&state->db, STATEMENT_POOL_SHOW);

    *out = (struct pool){0};
    query_bind_number(&query, PARAMETER_pool, number);
    if (query_step(&query)) {
        out->number = query_number(&query, 0);
        out->spec.name = copy_column(&query, 1, arena);
        out->spec.minimum_vms = query_number(&query, 2);
        out->counts = (struct pool_counts){.total = query_number(&query, 3),
                                           .used = query_number(&query, 4),
                                           .available = query_number(&query, 5),
                                           .pending = query_number(&query, 6),
                                           .failed = query_number(&query, 7)};
        out->created_ms = query_number(&query, 8);
        out->updated_ms = query_number(&query, 9);
        out->spec.api_key = copy_column(&query, 10, arena);
        out->spec.repo_name = copy_column(&query, 11, arena);
        out->spec.branch_name = copy_column(&query, 12, arena);
        out->spec.github_pat = copy_column(&query, 13, arena);
        out->spec.github_username = copy_column(&query, 14, arena);
    }
    return query_end(&query);
}

enum err pool_state_get_or_create_pool(struct pool_state *state, struct text name,
                                       struct text api_key, struct arena *arena, struct pool *out)
{
    int64_t number;
    enum err err = state_check(state);

    if (!err)
        err = state_find_or_make_pool(state, name, api_key, &number);
    return err ? err : load_pool(state, number, arena, out);
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
        err = load_pool(state, number, arena, out);
    return err ? err : load_env_vars(state, arena, out);
}

enum err pool_state_add_pods(struct pool_state *state, struct text pool_name, int64_t count)
{
    struct state_totals totals;
    int64_t number = 0;
    enum err err = state_check(state);

    if (!err)
        err = state_find_pool(state, pool_name, &number);
    if (!err && number == 0)
        err = ERR_POOL_NOT_FOUND;
    if (!err)
        err = state_read_totals(state, &totals);
    if (!err)
        err = state_check_room(state, &totals, count);
    if (!err)
        err = state_begin_change(state);
    if (!err)
        err = state_insert_pods(state, number, count, &totals);
    return err ? err : state_count(state, &totals, 0, count);
}
