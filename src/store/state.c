/* SPDX-License-Identifier: MIT
 *
 * The turns of a state, its totals and the tally. */
#include "store/state.h"

#include <stdlib.h>

#include "base/check.h"

enum { TRY_FILE_EVERY_US = 1000 * 1000 };

enum err state_run(struct pool_state *state, enum statement statement)
{
    struct query query = query_start(&state->db, statement);

    return query_run(&query);
}

enum err state_check(const struct pool_state *state)
{
    return state->turn_lost || state->db.rolled_back ? ERR_TURN_LOST : OK;
}

static void delay_file_retry(struct pool_state *state)
{
    state->try_again_us = state->clock->mono_us + TRY_FILE_EVERY_US;
}

/* Tries, at most once a second, whether a file that could not be written is writable again. Until
 * then it returns ERR_STATE_FILE, so that a change is refused before it costs the whole turn. */
static enum err check_file(struct pool_state *state)
{
    if (!state->db.write_failed)
        return OK;
    if (state->clock->mono_us < state->try_again_us)
        return ERR_STATE_FILE;
    state->db.write_failed = false;
    if (database_try_write(&state->db) == OK)
        return OK;
    state->db.write_failed = true;
    delay_file_retry(state);
    return ERR_STATE_FILE;
}

enum err state_begin_change(struct pool_state *state)
{
    enum err err = state_check(state);

    if (err)
        return err;
    if (!state->in_turn && !state->rehearsing) {
        err = check_file(state);
        if (!err)
            err = state_run(state, STATEMENT_BEGIN);
        if (err)
            return err;
        state->in_turn = state->db.in_transaction = true;
        state->db.full = false;
    }
    state->changes++;
    return OK;
}

void state_forget(struct pool_state *state)
{
    state->settings_there = SETTINGS_UNKNOWN;
    state->due_known = state->pod_numbers_known = false;
    state->ahead.pool_number = 0;
    for (int i = 0; i < POOL_CACHE_PLACES; i++)
        state->pool_cache[i].number = 0;
}

void state_forget_rows(struct pool_state *state)
{
    state_forget(state);
    state->totals_known = state->totals_changed = false;
    state->tally_pool_number = 0;
}

enum err state_read_totals(struct pool_state *state, struct state_totals *out)
{
    enum err err = OK;

    if (!state->totals_known) {
        struct query query = query_start(&state->db, STATEMENT_TOTALS_SHOW);
        state->totals = (struct state_totals){0};
        if (query_step(&query))
            state->totals = (struct state_totals){.last_pool = query_number(&query, 0),
                                                  .last_pod = query_number(&query, 1),
                                                  .pools = query_number(&query, 2),
                                                  .pods = query_number(&query, 3)};
        err = query_end(&query);
        state->totals_known = !err;
    }
    *out = state->totals;
    return err;
}

void state_count(struct pool_state *state, const struct state_totals *counters, int64_t pools,
                 int64_t pods)
{
    CHECK(state->totals_known);
    state->totals.last_pool = counters->last_pool;
    state->totals.last_pod = counters->last_pod;
    state->totals.pools += pools;
    state->totals.pods += pods;
    state->totals_changed = true;
}

static enum err write_totals(struct pool_state *state)
{
    struct query query = query_start(&state->db, STATEMENT_TOTALS_SET);

    query_bind_number(&query, PARAMETER_last_pool, state->totals.last_pool);
    query_bind_number(&query, PARAMETER_last_pod, state->totals.last_pod);
    query_bind_number(&query, PARAMETER_pools, state->totals.pools);
    query_bind_number(&query, PARAMETER_pods, state->totals.pods);
    state->totals_changed = false;
    return query_run(&query);
}

/* Claims and releases of running pods change no other counts. A shorter statement writes these. */
static bool changes_use_only(const struct pool_counts *tally)
{
    return tally->total == 0 && tally->pending == 0 && tally->failed == 0;
}

static enum err write_tally(struct pool_state *state)
{
    const struct pool_counts *tally = &state->tally;
    int64_t pool_number = state->tally_pool_number;
    bool use_only = changes_use_only(tally);

    state->tally_pool_number = 0;
    if (pool_number == 0 || (use_only && tally->used == 0 && tally->available == 0))
        return OK;
    struct query query = query_start(&state->db,
                                     use_only ? STATEMENT_POOL_COUNT_USED : STATEMENT_POOL_COUNT);
    query_bind_number(&query, PARAMETER_pool, pool_number);
    query_bind_number(&query, PARAMETER_used, tally->used);
    query_bind_number(&query, PARAMETER_available, tally->available);
    if (!use_only) {
        query_bind_number(&query, PARAMETER_pods, tally->total);
        query_bind_number(&query, PARAMETER_pending, tally->pending);
        query_bind_number(&query, PARAMETER_failed, tally->failed);
    }
    return query_run(&query);
}

enum err state_write_counts(struct pool_state *state)
{
    enum err err = write_tally(state);

    if (!err && state->totals_changed)
        err = write_totals(state);
    return err;
}

enum err state_tally(struct pool_state *state, const struct pod *pod, int64_t times)
{
    enum err err = state->tally_pool_number == pod->pool_number ? OK : write_tally(state);

    if (state->tally_pool_number != pod->pool_number) {
        state->tally_pool_number = pod->pool_number;
        state->tally = (struct pool_counts){0};
    }
    pool_counts_add(&state->tally, pod, times);
    state->pod_numbers.of[pod->usage][pod->state] += times;
    return err;
}

enum err state_read_counts(struct pool_state *state, int64_t pool_number, struct pool_counts *out)
{
    enum err err = state_write_counts(state);

    *out = (struct pool_counts){0};
    if (err)
        return err;
    struct query query = query_start(&state->db, STATEMENT_POOL_COUNTS);
    query_bind_number(&query, PARAMETER_pool, pool_number);
    if (query_step(&query))
        *out = (struct pool_counts){.total = query_number(&query, 0),
                                    .used = query_number(&query, 1),
                                    .available = query_number(&query, 2),
                                    .pending = query_number(&query, 3),
                                    .failed = query_number(&query, 4)};
    return query_end(&query);
}

void state_note_due(struct pool_state *state, int64_t old_ms, int64_t new_ms)
{
    if (old_ms != 0 && old_ms == state->due_ms)
        state->due_known = false;
    else if (new_ms != 0 && new_ms < state->due_ms)
        state->due_ms = new_ms;
}

enum err state_replace_database(struct pool_state *state, struct database *by)
{
    bool is_first = !state->replaced;
    struct database *old = is_first ? malloc(sizeof(*old)) : state->replaced;
    enum err err = old ? state_begin_change(state) : ERR_NO_MEMORY;

    if (err) {
        database_close(by);
        if (is_first)
            free(old);
        return err;
    }
    if (is_first)
        *old = state->db;
    else
        database_close(&state->db);
    state->replaced = old;
    state->db = *by;
    err = state_run(state, STATEMENT_BEGIN);
    state->db.in_transaction = !err;
    return err;
}

/* Undoes state_replace_database. */
static void bring_back_database(struct pool_state *state)
{
    if (!state->replaced)
        return;
    database_close(&state->db);
    state->db = *state->replaced;
    free(state->replaced);
    state->replaced = NULL;
}

static void drop_replaced_database(struct pool_state *state)
{
    if (!state->replaced)
        return;
    database_close(state->replaced);
    free(state->replaced);
    state->replaced = NULL;
}

/* Undoes the turn: its transaction, if that is still open, and what the turn has noted in memory.
 */
static void undo_turn(struct pool_state *state)
{
    bring_back_database(state);
    if (!sqlite3_get_autocommit(state->db.sqlite) && state_run(state, STATEMENT_ROLLBACK) != OK)
        CHECK(sqlite3_get_autocommit(state->db.sqlite));
    state_forget_rows(state);
    repeats_turn_end(&state->repeats, false);
    state->resets = 0;
}

static void settle_turn(struct pool_state *state)
{
    drop_replaced_database(state);
    repeats_turn_end(&state->repeats, true);
    if (state->resets > 0)
        state->newest_use_ms = 0;
    state->generation += state->resets;
    state->resets = 0;
}

enum err pool_state_turn_end(struct pool_state *state)
{
    enum err err = state_check(state);

    CHECK(!state->rehearsing);
    if (!err)
        err = state_write_counts(state);
    if (!err && state->in_turn)
        err = state_run(state, STATEMENT_COMMIT);
    if (err)
        undo_turn(state);
    else
        settle_turn(state);
    if (err && state->db.write_failed)
        delay_file_retry(state);
    state->in_turn = state->turn_lost = false;
    state->db.in_transaction = state->db.rolled_back = false;
    return err ? ERR_TURN_LOST : OK;
}

void pool_state_turn_fail(struct pool_state *state)
{
    state->turn_lost = true;
}

enum err pool_state_explain(const struct pool_state *state, enum err err, struct problem *problem)
{
    if ((err == ERR_POOL_LIMIT || err == ERR_POD_LIMIT) && state->refusal.err == err)
        *problem = state->refusal;
    return err == ERR_TURN_LOST && state->db.full ? ERR_STATE_LIMIT : err;
}

uint64_t pool_state_changes(const struct pool_state *state)
{
    return state->changes;
}

uint64_t pool_state_freed_count(const struct pool_state *state)
{
    return state->freed_count;
}

enum err pool_state_rehearsal_begin(struct pool_state *state)
{
    CHECK(!state->rehearsing);
    enum err err = state_check(state);
    if (!err)
        err = state_write_counts(state);
    if (!err)
        err = state_run(state, STATEMENT_REHEARSAL_BEGIN);
    state->rehearsing = !err;
    state->before_rehearsal = state->pod_numbers;
    state->were_known = state->pod_numbers_known;
    state->db.in_transaction = state->in_turn || state->rehearsing;
    return err;
}

bool pool_state_is_rehearsing(const struct pool_state *state)
{
    return state->rehearsing;
}

/* A rehearsal outside of a turn has a transaction of its own; its end writes nothing to a file. */
static enum err undo_rehearsal(struct pool_state *state)
{
    if (!state->in_turn)
        return state_run(state, STATEMENT_ROLLBACK);
    enum err err = state_run(state, STATEMENT_REHEARSAL_UNDO);
    return err ? err : state_run(state, STATEMENT_REHEARSAL_END);
}

void pool_state_rehearsal_end(struct pool_state *state)
{
    CHECK(state->rehearsing);
    state->rehearsing = false;
    state_forget_rows(state);
    state->pod_numbers = state->before_rehearsal;
    state->pod_numbers_known = state->were_known;
    if (!sqlite3_get_autocommit(state->db.sqlite) && undo_rehearsal(state))
        state->turn_lost = true;
    state->db.in_transaction = state->in_turn;
}

const char *pool_state_error(const struct pool_state *state)
{
    return state->db.error ? state->db.error : "unknown";
}

enum err pool_state_totals(struct pool_state *state, struct pool_state_totals *out)
{
    struct state_totals totals;
    enum err err = state_check(state);

    if (!err)
        err = state_read_totals(state, &totals);
    if (!err)
        *out = (struct pool_state_totals){.pools = totals.pools, .pods = totals.pods};
    return err;
}

enum err pool_state_count_pods(struct pool_state *state, struct pod_numbers *out)
{
    enum err err = state_check(state);

    if (!err && !state->pod_numbers_known) {
        struct query query = query_start(&state->db, STATEMENT_PODS_COUNT);
        state->pod_numbers = (struct pod_numbers){0};
        while (query_step(&query))
            state->pod_numbers.of[query_number(&query, 0)][query_number(&query, 1)] =
                query_number(&query, 2);
        err = query_end(&query);
        state->pod_numbers_known = !err;
    }
    *out = state->pod_numbers;
    return err;
}

bool pool_state_is_read_only(const struct pool_state *state)
{
    return state->db.write_failed;
}

enum err pool_state_count_claims(struct pool_state *state, int64_t *claims)
{
    enum err err = state_check(state);

    if (err)
        return err;
    struct query query = query_start(&state->db, STATEMENT_PODS_COUNT_CLAIMED);
    *claims = query_step(&query) ? query_number(&query, 0) : 0;
    return query_end(&query);
}

int64_t pool_state_generation(const struct pool_state *state)
{
    return state->generation + state->resets;
}

void pool_state_observe(struct pool_state *state, pool_state_observer *observer, void *context)
{
    state->observer = observer;
    state->observer_context = context;
}

void state_report(const struct pool_state *state, struct event event)
{
    if (!state->observer || state->rehearsing)
        return;
    if (event.at_ms == 0)
        event.at_ms = state->clock->wall_ms;
    state->observer(state->observer_context, &event);
}

struct event state_pod_event(enum event_type type, const struct pod *was, const struct pod *pod)
{
    return (struct event){
        .type = type,
        .pool_number = pod->pool_number,
        .pool_name = pod->pool_name,
        .pod_number = pod->number,
        .usage = pod->usage,
        .was_usage = was->usage,
        .state = pod->state,
        .was_state = was->state,
        .workspace = pod->claimed_by.at ? pod->claimed_by : was->claimed_by,
    };
}

void state_report_pod(const struct pool_state *state, enum event_type type, const char *detail,
                      const struct pod *was, const struct pod *pod, int64_t at_ms)
{
    struct event event = state_pod_event(type, was, pod);

    event.detail = detail;
    event.at_ms = at_ms;
    state_report(state, event);
}

void state_report_update(const struct pool_state *state, const struct pod *pod, const char *what)
{
    state_report_pod(state, EVENT_POD_UPDATED, what, pod, pod, 0);
}
