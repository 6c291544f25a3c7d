/* SPDX-License-Identifier: MIT
 *
 * GET and PUT __admin/clock, POST __admin/seed: the time and the random seed of a tenant. */
#include <stdio.h>
#include <stdlib.h>

#include "call/handler.h"
#include "call/pieces.h"

/* 100 years */
#define JUMP_MAX_MS (INT64_C(36525) * 24 * 3600 * 1000)

enum action { FREEZE, ADVANCE, SET, RESUME };
static const char *const actions[] = {
    [FREEZE] = "freeze", [ADVANCE] = "advance", [SET] = "set", [RESUME] = "resume", NULL};

enum err handle_clock(struct call *call)
{
    struct writer writer = call_begin_answer(call, 200);

    view_clock_members(&writer, call->clock->wall_ms, call->tenant->time.frozen);
    return call_end_answer(call, &writer);
}

struct clock_change {
    size_t action;
    int64_t to_ms; /* for SET and ADVANCE */
};

static enum err refuse_past(struct call *call, const struct reader_node *node, int64_t now_ms)
{
    char now[CLOCK_TEXT_MAX], sentence[128];

    clock_format(now_ms, now);
    snprintf(sentence, sizeof(sentence), "before the clock's time, %s: it does not go back", now);
    return reader_refuse(node, call->problem, sentence);
}

/* Reads the member that the action needs, and refuses those of other actions. */
static enum err read_target(struct call *call, const struct reader_node *root,
                            struct clock_change *change)
{
    static const char *const keys[][3] = {[FREEZE] = {"action", NULL},
                                          [ADVANCE] = {"action", "by", NULL},
                                          [SET] = {"action", "to", NULL},
                                          [RESUME] = {"action", NULL}};
    int64_t now_ms = state_clock_now_ms(&call->tenant->time, call->real), by_ms;
    struct reader_node node;
    enum err err = reader_only_keys(root, keys[change->action], call->problem);

    if (err || !keys[change->action][1])
        return err;
    if (!reader_member(root, keys[change->action][1], &node))
        return reader_missing(root, keys[change->action][1], call->problem);
    if (change->action == SET)
        err = reader_time(&node, &change->to_ms, call->problem);
    else if (!(err = reader_duration(&node, JUMP_MAX_MS, &by_ms, call->problem)))
        change->to_ms = now_ms + by_ms;
    if (!err && change->to_ms < now_ms)
        err = refuse_past(call, &node, now_ms);
    if (!err && change->to_ms > STATE_CLOCK_MAX_MS)
        err = reader_refuse(&node, call->problem, "after the year 9999");
    return err;
}

static enum err read_change(struct call *call, struct clock_change *change)
{
    struct reader_node root, node;
    enum err err;

    if ((err = call_body(call, &root)) ||
        (err = reader_required(&root, "action", &node, call->problem)) ||
        (err = reader_word(&node, actions, &change->action, call->problem)))
        return err;
    return read_target(call, &root, change);
}

static void show_event(const struct pod_event *event, void *context)
{
    struct writer *writer = context;
    const struct pod pod = {.number = event->pod_number, .pool_number = event->pool_number};

    writer_object(writer);
    writer_member_time(writer, "at", event->at_ms);
    writer_member_text(writer, "what", text_of(pod_event_word(event->what)));
    writer_key(writer, "pod");
    view_pod_id(writer, &pod);
    writer_end_object(writer);
}

/* A move of the clock in progress. Each turn runs and lists some of the events that fall due, and
 * the clock goes as far as they (tenant_run_due). If the client goes away, the rest of the events
 * happens all the same. */
struct move {
    struct pieces pieces;
    struct tenant *tenant;
    const struct clock *real;
    int64_t to_ms;
};

static enum err show_events(struct pieces *pieces, struct writer *writer)
{
    const struct move *move = (const struct move *)pieces;
    const struct tenant_due due = {
        .until_ms = move->to_ms, .max = TENANT_DUE_MAX, .visit = show_event, .context = writer};
    int64_t due_ms = INT64_MAX;
    enum err err = tenant_run_due(move->tenant, move->real, due);

    if (!err)
        err = pool_state_next_due_ms(pieces->state, &due_ms);
    pieces->ended = due_ms > move->to_ms;
    return err;
}

static void move_free(struct continuation *continuation)
{
    struct move *move = (struct move *)continuation;

    if (move->tenant->clock_move == continuation)
        move->tenant->clock_move = NULL;
    free(move);
}

/* Lists the events that have fallen due. The clock has been set to `to_ms`. */
static enum err list_due(struct call *call, int64_t to_ms, struct writer *writer)
{
    struct tenant *tenant = call->tenant;
    struct move *move = calloc(1, sizeof(*move));

    if (!move)
        return ERR_NO_MEMORY;
    move->pieces.show = show_events;
    move->tenant = tenant;
    move->real = call->real;
    move->to_ms = to_ms;
    writer_key(writer, "fired");
    enum err err = pieces_begin(call, writer, &move->pieces);
    if (err || !call->response->continuation)
        return err;
    call->response->continuation->free = move_free;
    tenant->clock_move = call->response->continuation;
    tenant->clock_move_generation = pool_state_generation(call->state);
    return OK;
}

enum err handle_set_clock(struct call *call)
{
    const struct state_clock before = call->tenant->time;
    struct state_clock time = before;
    struct clock_change change;
    enum err err = read_change(call, &change);

    if (err)
        return err;
    if (change.action == FREEZE)
        state_clock_freeze(&time, call->real);
    else if (change.action == RESUME)
        state_clock_resume(&time, call->real);
    else
        state_clock_set(&time, call->real, change.to_ms);
    bool is_new = !state_clock_equal(&time, &before);
    if (is_new && (err = pool_state_store_clock(call->state, &time)))
        return err;
    if (is_new)
        tenant_note(call->tenant,
                    &(struct event){.type = EVENT_CLOCK_CHANGED, .detail = actions[change.action]});
    call->tenant->time = time; /* undone with the turn, if that is lost */
    struct writer writer = call_begin_answer(call, 200);
    view_clock_members(&writer, state_clock_now_ms(&time, call->real), time.frozen);
    return change.action == FREEZE || change.action == RESUME
               ? call_end_answer(call, &writer)
               : list_due(call, change.to_ms, &writer);
}

enum err handle_seed(struct call *call)
{
    static const char *const keys[] = {"seed", NULL};
    struct reader_node root, node;
    int64_t seed;
    enum err err;

    if ((err = call_body(call, &root)) || (err = reader_only_keys(&root, keys, call->problem)) ||
        (err = reader_required(&root, "seed", &node, call->problem)) ||
        (err = reader_number(&node, 0, INT64_MAX - 1, &seed, call->problem)))
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_member_number(&writer, "seed", seed);
    if (!(err = call_end_answer(call, &writer)))
        faults_reseed(&call->tenant->faults, (uint64_t)seed);
    return err;
}
