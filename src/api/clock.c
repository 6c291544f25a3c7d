/* SPDX-License-Identifier: MIT
 *
 * GET and PUT __admin/clock, POST __admin/seed: the time and the chance of a tenant. */
#include "api/handler.h"

/* The longest jump: a hundred years. */
#define JUMP_MAX_MS (INT64_C(36525) * 24 * 3600 * 1000)

enum action { FREEZE, ADVANCE, SET, RESUME };
static const char *const actions[] = {
    [FREEZE] = "freeze", [ADVANCE] = "advance", [SET] = "set", [RESUME] = "resume", NULL};

static void show_clock(struct call *call, struct writer *writer)
{
    view_clock_members(writer, call->clock->wall_ms, call->tenant->time.frozen);
}

enum err handle_clock(struct call *call)
{
    struct writer writer = call_begin_answer(call, 200);

    show_clock(call, &writer);
    return call_end_answer(call, &writer);
}

struct clock_change {
    size_t action;
    int64_t to_ms; /* with SET and ADVANCE */
};

/* The member that an action needs; those of other actions are a mistake. */
static enum err read_target(struct call *call, const struct reader_node *root,
                            struct clock_change *change)
{
    static const char *const keys[][3] = {[FREEZE] = {"action", NULL},
                                          [ADVANCE] = {"action", "by", NULL},
                                          [SET] = {"action", "to", NULL},
                                          [RESUME] = {"action", NULL}};
    struct reader_node node;
    int64_t by_ms;
    enum err err = reader_only_keys(root, keys[change->action], call->problem);

    if (err || !keys[change->action][1])
        return err;
    if (!reader_member(root, keys[change->action][1], &node))
        return reader_missing(root, keys[change->action][1], call->problem);
    if (change->action == SET)
        err = reader_time(&node, &change->to_ms, call->problem);
    else if (!(err = reader_duration(&node, JUMP_MAX_MS, &by_ms, call->problem)))
        change->to_ms = call->clock->wall_ms + by_ms;
    if (!err && change->to_ms < call->clock->wall_ms)
        err = reader_refuse(&node, call->problem, "is in the past: the clock does not go back");
    if (!err && change->to_ms > STATE_CLOCK_MAX_MS)
        err = reader_refuse(&node, call->problem, "is after the year 9999");
    return err;
}

static enum err read_change(struct call *call, struct clock_change *change)
{
    struct reader_node root, node;
    enum err err;

    if ((err = call_body(call, &root)))
        return err;
    if (!reader_member(&root, "action", &node))
        return reader_missing(&root, "action", call->problem);
    if ((err = reader_word(&node, actions, &change->action, call->problem)))
        return err;
    return read_target(call, &root, change);
}

static void show_event(const struct pod_event *event, void *context)
{
    struct writer *writer = context;
    const struct pod pod = {.number = event->pod, .pool = event->pool};

    writer_object(writer);
    writer_key(writer, "at");
    writer_time(writer, event->at_ms);
    writer_key(writer, "what");
    writer_text(writer, text_of(pod_event_word(event->what)));
    writer_key(writer, "pod");
    view_pod_id(writer, &pod);
    writer_end_object(writer);
}

/* Moves the clock, and shows what has fallen due by that. Where that can't be done it stays. */
static enum err move_clock(struct call *call, int64_t to_ms, struct writer *writer)
{
    struct tenant *tenant = call->tenant;
    struct state_clock before = tenant->time;

    state_clock_set(&tenant->time, call->real, to_ms);
    tenant_tick(tenant, call->real);
    show_clock(call, writer);
    writer_key(writer, "fired");
    writer_array(writer);
    enum err err = pool_state_run_due(call->state, to_ms, INT64_MAX, show_event, writer);
    writer_end_array(writer);
    if (err) {
        tenant->time = before;
        tenant_tick(tenant, call->real);
    }
    return err;
}

enum err handle_set_clock(struct call *call)
{
    struct tenant *tenant = call->tenant;
    struct clock_change change;
    enum err err = read_change(call, &change);

    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    if (change.action == ADVANCE || change.action == SET) {
        err = move_clock(call, change.to_ms, &writer);
        return err ? err : call_end_answer(call, &writer);
    }
    if (change.action == FREEZE)
        state_clock_freeze(&tenant->time, call->real);
    else
        state_clock_resume(&tenant->time, call->real);
    show_clock(call, &writer);
    return call_end_answer(call, &writer);
}

enum err handle_seed(struct call *call)
{
    static const char *const keys[] = {"seed", NULL};
    struct reader_node root, node;
    int64_t seed;
    enum err err;

    if ((err = call_body(call, &root)) || (err = reader_only_keys(&root, keys, call->problem)))
        return err;
    if (!reader_member(&root, "seed", &node))
        return reader_missing(&root, "seed", call->problem);
    if ((err = reader_number(&node, 0, INT64_MAX - 1, &seed, call->problem)))
        return err;
    faults_reseed(&call->tenant->faults, (uint64_t)seed);
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "seed");
    writer_number(&writer, seed);
    return call_end_answer(call, &writer);
}
