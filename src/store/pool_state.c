/* SPDX-License-Identifier: MIT
 *
 * The life of a state: its opening, its start-up form, its reset. */
#include <stdlib.h>

#include "base/check.h"
#include "store/state.h"

/* Makes the start-up form in an empty database. The limits don't bind it. */
static enum err start_up(struct pool_state *state)
{
    const struct pool_spec spec = {.name = state->config.default_pool,
                                   .minimum_vms = state->config.default_pool_pods};
    int64_t number;
    enum err err = state_run(state, STATEMENT_TOTALS_START);

    if (err)
        return err;
    return state_make_pool(state, &spec, state->config.default_pool_pods, &number);
}

/* One whose database is not open yet, or NULL without memory. */
static struct pool_state *state_new(const struct pool_state_config *config,
                                    const struct clock *clock)
{
    struct pool_state *state = calloc(1, sizeof(*state));

    if (!state)
        return NULL;
    state->config = *config;
    state->clock = clock;
    state->claims = claims_new();
    state->cache_key = hash_key_new();
    return state;
}

enum err pool_state_open(const struct pool_state_config *config, const struct clock *clock,
                         struct pool_state **out, struct problem *problem)
{
    struct pool_state *state = state_new(config, clock);

    if (!state)
        return ERR_NO_MEMORY;
    enum err err = database_open(&state->db, config->bytes_max, problem);
    if (!err)
        err = state_begin_change(state);
    if (!err)
        err = start_up(state);
    if (!err)
        err = pool_state_turn_end(state);
    if (err)
        pool_state_close(&state);
    *out = state;
    return err;
}

void pool_state_close(struct pool_state **state)
{
    if (!*state)
        return;
    claims_free(&(*state)->claims);
    database_close(&(*state)->db);
    free(*state);
    *state = NULL;
}

static enum err drop_all(struct pool_state *state, unsigned keep)
{
    static const enum statement drops[] = {STATEMENT_DROP_REPLY_TOOL_CALLS,
                                           STATEMENT_DROP_REPLIES,
                                           STATEMENT_DROP_LISTS,
                                           STATEMENT_DROP_PODS,
                                           STATEMENT_DROP_POOLS,
                                           STATEMENT_DROP_USERS,
                                           STATEMENT_DROP_SETTINGS};

    for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++) {
        if (drops[i] == STATEMENT_DROP_SETTINGS && (keep & POOL_STATE_KEEP_SETTINGS))
            continue;
        enum err err = state_run(state, drops[i]);
        if (err)
            return err;
    }
    return OK;
}

/* Other rows stand where those that were known stood. */
static void forget_rows(struct pool_state *state)
{
    state_forget(state);
    state->tally_pool = 0;
}

/* Whoever waits for what was there before waits in vain. */
static void end_generation(struct pool_state *state)
{
    claims_forget_all(&state->claims);
    state->resets++;
    state->frees++;
}

enum err pool_state_reset(struct pool_state *state, unsigned keep,
                          struct pool_state_totals *dropped)
{
    CHECK(!state->rehearsing);
    enum err err = pool_state_totals(state, dropped);

    if (!err)
        err = state_begin_change(state);
    if (err)
        return err;
    err = drop_all(state, keep);
    forget_rows(state);
    if (!err)
        err = start_up(state);
    if (!err)
        end_generation(state);
    return err;
}

enum err pool_state_copy(struct pool_state *state, struct pool_state **out)
{
    struct pool_state *copy = state_new(&state->config, state->clock);
    enum err err = state_check(state);

    if (!copy)
        return ERR_NO_MEMORY;
    if (!err)
        err = state_write_tally(state);
    if (!err)
        err = database_copy(&copy->db, &state->db, state->config.bytes_max);
    if (err)
        pool_state_close(&copy);
    *out = copy;
    return err;
}

enum err pool_state_restore(struct pool_state *state, struct pool_state *from)
{
    CHECK(!state->rehearsing);
    enum err err = state_check(from);

    if (!err)
        err = state_write_tally(from);
    if (!err)
        err = state_begin_change(state);
    if (err)
        return err;
    err = database_refill(&state->db, &from->db);
    forget_rows(state);
    if (!err)
        end_generation(state);
    return err;
}
