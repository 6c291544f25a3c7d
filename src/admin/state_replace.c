/* SPDX-License-Identifier: MIT
 *
 * Replaces the tenant's state, for PUT __admin/state and the restore of a snapshot. The new state
 * is made, all its overdue events happen, and only then does it replace the old one. What takes
 * more than some milliseconds continues in later turns, while the old state serves. */
#include <stdlib.h>

#include "admin/state_answer.h"

/* What replaces a state: as its event tells it, and the message of the answer. */
struct way {
    const char *by;
    const char *message;
};

static const struct way by_import = {"import", "State replaced"};
static const struct way by_snapshot = {"restore", "State restored"};

struct replacement {
    struct continuation continuation;
    struct call *call;     /* lives as long as the request */
    struct import *import; /* until it is complete; NULL for a snapshot */
    struct pool_state *made;
    const struct way *way;
    struct problem failure;
};

static void replacement_free(struct continuation *continuation)
{
    struct replacement *replacement = (struct replacement *)continuation;

    pool_state_close(&replacement->made);
    import_free(&replacement->import);
    free(replacement);
}

static enum err answer_replaced(struct call *call, const char *message)
{
    struct pool_state_totals totals;
    enum err err = pool_state_totals(call->state, &totals);

    if (err)
        return err;
    struct writer writer = call_begin_message(call, 200, text_of(message));
    writer_member_number(&writer, "pools", totals.pools);
    writer_member_number(&writer, "pods", totals.pods);
    writer_member_number(&writer, "generation", pool_state_generation(call->state));
    return call_end_answer(call, &writer);
}

static enum err replace(struct call *call, struct pool_state *made, const struct way *way)
{
    enum err err = pool_state_restore(call->state, made);

    if (err)
        return err;
    tenant_note_replaced(call->tenant, way->by);
    return answer_replaced(call, way->message);
}

/* Continues the import. `done`: there is none, or it is complete. */
static enum err make(struct replacement *replacement, struct problem *problem, bool *done)
{
    *done = true;
    if (replacement->made)
        return OK;
    enum err err = import_step(replacement->import, done, problem);
    if (!err && *done)
        replacement->made = import_take_state(replacement->import);
    return err;
}

/* Sets `overdue` if an event of the state is due. */
static enum err is_overdue(const struct call *call, struct pool_state *state, bool *overdue)
{
    int64_t due_ms;
    enum err err = pool_state_next_due_ms(state, &due_ms);

    *overdue = !err && due_ms <= call->clock->wall_ms;
    return err;
}

/* Runs overdue events of the new state, each at its own time. `done`: none is left. */
static enum err catch_up(struct replacement *replacement, bool *done)
{
    struct call *call = replacement->call;
    struct pool_state *made = replacement->made;
    bool overdue = false;
    enum err err = pool_state_run_due(made, call->clock->wall_ms, TENANT_DUE_MAX, NULL, NULL);

    if (!err)
        err = pool_state_turn_end(made);
    if (!err)
        err = is_overdue(call, made, &overdue);
    *done = !overdue;
    return err;
}

/* Continues for some milliseconds. `done`: the state is replaced and the answer written. */
static enum err advance(struct replacement *replacement, struct problem *problem, bool *done)
{
    enum err err = make(replacement, problem, done);

    if (!err && *done)
        err = catch_up(replacement, done);
    if (!err && *done)
        err = replace(replacement->call, replacement->made, replacement->way);
    return err;
}

static enum continuation_step step(struct continuation *continuation, struct response *response)
{
    struct replacement *replacement = (struct replacement *)continuation;
    struct call *call = replacement->call;
    uint64_t changes = pool_state_changes(call->state);
    bool done;

    call->response = response;
    enum err err = advance(replacement, &replacement->failure, &done);
    if (!err && done)
        return CONTINUATION_DONE;
    if (!err) {
        continuation->wake_mono_us = call->real->mono_us + 1; /* in the next turn */
        return CONTINUATION_WAIT;
    }
    if (changes != pool_state_changes(call->state))
        pool_state_turn_fail(call->state); /* undo the first part of the change */
    if (replacement->failure.err != err)
        replacement->failure = (struct problem){.err = err};
    continuation->failure = &replacement->failure;
    return CONTINUATION_FAILED;
}

/* Begins a replacement by an import or by a state. One of them is NULL; both are taken. */
static enum err begin(struct call *call, struct import *import, struct pool_state *made,
                      const struct way *way)
{
    struct replacement *replacement = calloc(1, sizeof(*replacement));
    bool done;

    if (!replacement) {
        pool_state_close(&made);
        import_free(&import);
        return ERR_NO_MEMORY;
    }
    replacement->continuation = (struct continuation){.step = step, .free = replacement_free};
    replacement->call = call;
    replacement->import = import;
    replacement->made = made;
    replacement->way = way;
    enum err err = advance(replacement, call->problem, &done);
    if (!err && !done)
        call->response->continuation = &replacement->continuation;
    else
        replacement_free(&replacement->continuation);
    return err;
}

enum err state_replace_by_import(struct call *call, struct import *import)
{
    return begin(call, import, NULL, &by_import);
}

enum err state_replace_by_snapshot(struct call *call, struct pool_state *snapshot)
{
    struct pool_state *copy;
    bool overdue;
    enum err err = is_overdue(call, snapshot, &overdue);

    if (err)
        return err;
    if (!overdue)
        return replace(call, snapshot, &by_snapshot);
    err = pool_state_copy(snapshot, &copy); /* the snapshot stays as it is */
    return err ? err : begin(call, NULL, copy, &by_snapshot);
}
