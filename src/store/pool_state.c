/* SPDX-License-Identifier: MIT
 *
 * Opens, resets, copies, restores and closes states. */
#include <stdlib.h>

#include "base/check.h"
#include "store/state.h"
#include "store/state_file.h"

/* Fills a database that is empty, except for the parts in `keep`, with the start state. Checks no
 * limit. */
static enum err make_start_state(struct pool_state *state, unsigned keep)
{
    struct text kept = keep & POOL_STATE_KEEP_SETTINGS ? TEXT("settings") : (struct text){0};
    const struct pool_spec spec = {.name = state->config.default_pool,
                                   .minimum_vms = state->config.default_pool_pods};
    int64_t number;

    if (state->config.start_state)
        return database_refill(&state->db, &state->config.start_state->db, kept);
    enum err err = state_run(state, STATEMENT_TOTALS_START);

    if (err)
        return err;
    return state_make_pool(state, &spec, state->config.default_pool_pods, &number);
}

/* Returns a state whose database is not open yet; NULL: out of memory. */
static struct pool_state *state_new(const struct pool_state_config *config,
                                    const struct clock *clock)
{
    struct pool_state *state = calloc(1, sizeof(*state));

    if (!state)
        return NULL;
    state->config = *config;
    state->clock = clock;
    state->repeats = repeats_new();
    state->cache_key = hash_key_new();
    return state;
}

/* Opens the state's file, or memory. If configured so, renames a damaged file and opens a new one.
 */
static enum err open_database(struct pool_state *state, struct problem *problem)
{
    struct database_config config = {.durable = state->config.sync == POOL_STATE_SYNC_FULL,
                                     .bytes_max = state->config.bytes_max};

    if (state->config.file &&
        !(config.path = state->path = state_file_path(state->config.file, state->config.tenant)))
        return ERR_NO_MEMORY;
    enum err err = database_open(&state->db, &config, problem);
    if (err != ERR_STATE_DAMAGED || !state->config.set_damaged_aside)
        return err;
    database_close(&state->db);
    err = state_file_set_aside(state->path, state->clock->wall_ms, &state->set_aside, problem);
    return err ? err : database_open(&state->db, &config, problem);
}

/* Fills a new database and commits the transaction in which its tables were made. */
static enum err begin(struct pool_state *state, struct problem *problem)
{
    state->in_turn = state->db.in_transaction = true;
    enum err err = make_start_state(state, 0);
    if (!err)
        err = pool_state_turn_end(state);
    if (err == ERR_TURN_LOST && state->path)
        return problem_set(problem, ERR_STATE_FILE, "state file %s: %s", state->path,
                           pool_state_error(state));
    return err;
}

enum err pool_state_open(const struct pool_state_config *config, const struct clock *clock,
                         struct pool_state **out, struct problem *problem)
{
    struct pool_state *state = state_new(config, clock);

    if (!state)
        return ERR_NO_MEMORY;
    enum err err = open_database(state, problem);
    if (!err && state->db.version == 0)
        err = begin(state, problem);
    if (err)
        pool_state_close(&state);
    *out = state;
    return err;
}

void pool_state_close(struct pool_state **state)
{
    if (!*state)
        return;
    repeats_free(&(*state)->repeats);
    if ((*state)->replaced)
        database_close((*state)->replaced);
    free((*state)->replaced);
    database_close(&(*state)->db);
    free((*state)->path);
    free((*state)->set_aside);
    free(*state);
    *state = NULL;
}

const char *pool_state_set_aside(const struct pool_state *state)
{
    return state->set_aside;
}

void pool_state_remove_file(struct pool_state *state)
{
    if (!state->path)
        return;
    database_disown(&state->db);
    state_file_remove(state->path);
}

enum err pool_state_store_clock(struct pool_state *state, const struct state_clock *clock)
{
    enum err err = state_begin_change(state);

    if (err)
        return err;
    struct query query = query_start(&state->db, STATEMENT_CLOCK_STORE);
    query_bind_number(&query, PARAMETER_frozen, clock->frozen);
    query_bind_number(&query, PARAMETER_frozen_at_ms, clock->frozen_at_ms);
    query_bind_number(&query, PARAMETER_ahead_ms, clock->ahead_ms);
    return query_run(&query);
}

enum err pool_state_stored_clock(struct pool_state *state, struct state_clock *clock)
{
    struct query query = query_start(&state->db, STATEMENT_CLOCK_SHOW);

    *clock = (struct state_clock){0};
    if (query_step(&query))
        *clock = (struct state_clock){.frozen = query_number(&query, 0),
                                      .frozen_at_ms = query_number(&query, 1),
                                      .ahead_ms = query_number(&query, 2)};
    return query_end(&query);
}

static enum err drop_rows(struct pool_state *state, unsigned keep)
{
    static const enum statement drops[] = {STATEMENT_DROP_CLOCK,   STATEMENT_DROP_REPLY_TOOL_CALLS,
                                           STATEMENT_DROP_REPLIES, STATEMENT_DROP_LISTS,
                                           STATEMENT_DROP_PODS,    STATEMENT_DROP_POOLS,
                                           STATEMENT_DROP_USERS,   STATEMENT_DROP_PULLS,
                                           STATEMENT_DROP_STRICT,  STATEMENT_DROP_SETTINGS};

    for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
        if (drops[i] == STATEMENT_DROP_SETTINGS && (keep & POOL_STATE_KEEP_SETTINGS))
            continue;
        enum err err = state_run(state, drops[i]);
        if (err)
            return err;
    }
    return OK;
}

enum err state_drop_all(struct pool_state *state, unsigned keep)
{
    enum err err = drop_rows(state, keep);

    state_forget_rows(state);
    return err;
}

/* Begins a new generation: wakes the waiting claims, and forgets which claims may be repeated. */
static void end_generation(struct pool_state *state)
{
    repeats_forget_all(&state->repeats);
    state->resets++;
    state->freed_count++;
}

enum err pool_state_open_like(const struct pool_state *state, struct pool_state **out,
                              struct problem *problem)
{
    struct pool_state_config config = state->config;

    config.file = NULL;
    config.start_state = NULL;
    return pool_state_open(&config, state->clock, out, problem);
}

enum err pool_state_copy(struct pool_state *state, struct pool_state **out)
{
    struct pool_state *copy = state_new(&state->config, state->clock);
    enum err err = state_check(state);

    if (!copy)
        return ERR_NO_MEMORY;
    if (!err)
        err = state_write_counts(state);
    if (!err)
        err = database_copy(&copy->db, &state->db, state->config.bytes_max);
    if (err)
        pool_state_close(&copy);
    *out = copy;
    return err;
}

/* Replaces the database of a state in memory with a copy. Takes the time of copying its bytes. */
static enum err restore_in_memory(struct pool_state *state, struct pool_state *from)
{
    struct database made;
    enum err err = database_replicate(&made, &from->db, state->config.bytes_max);

    if (!err) {
        err = state_replace_database(state, &made);
        state_forget_rows(state);
        return err;
    }
    database_close(&made);
    state->db.error = from->db.error;
    state->db.full = from->db.full;
    if (err == ERR_TURN_LOST)
        pool_state_turn_fail(state);
    return err;
}

static enum err start_anew(struct pool_state *state, unsigned keep)
{
    if (state->config.start_state && !state->path && keep == 0)
        return restore_in_memory(state, state->config.start_state);
    enum err err = state_begin_change(state);
    if (!err)
        err = state_drop_all(state, keep);
    return err ? err : make_start_state(state, keep);
}

enum err pool_state_reset(struct pool_state *state, unsigned keep,
                          struct pool_state_totals *dropped)
{
    CHECK(!state->rehearsing);
    enum err err = pool_state_totals(state, dropped);

    if (err)
        return err;
    pool_state_observer *observer = state->observer;
    state->observer = NULL; /* the whole state is another one */
    err = start_anew(state, keep);
    state->observer = observer;
    if (!err)
        end_generation(state);
    return err;
}

static enum err restore_row_by_row(struct pool_state *state, struct pool_state *from)
{
    enum err err = state_write_counts(from);

    if (!err)
        err = state_begin_change(state);
    if (err)
        return err;
    err = database_refill(&state->db, &from->db, (struct text){0});
    state_forget_rows(state);
    return err;
}

enum err pool_state_restore(struct pool_state *state, struct pool_state *from)
{
    CHECK(!state->rehearsing);
    enum err err = state_check(state);

    if (!err)
        err = state_check(from);
    if (err)
        return err;
    err = state->path || from->in_turn ? restore_row_by_row(state, from)
                                       : restore_in_memory(state, from);
    if (!err)
        end_generation(state);
    return err;
}
