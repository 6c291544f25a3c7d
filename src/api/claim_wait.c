/* SPDX-License-Identifier: MIT */
#include "api/claim_wait.h"

#include <stdlib.h>

#include "api/claim_once.h"
#include "base/duration.h"

struct claim_wait {
    struct continuation continuation;
    struct claim_place place;
    struct call *call; /* lives as long as the request */
    struct claim_wish wish;
    struct claim_refusal refusal;  /* by the settings at the request's arrival */
    int64_t began_us, deadline_us; /* monotonic */
    int64_t generation;            /* of the state when the wait began */
    uint64_t turn;                 /* the tenant's turn in which it began */
    const char *outcome;           /* static: how the wait has ended; NULL: not by its own steps */
    struct event_origin origin;    /* of its events */
    bool is_noted;                 /* its beginning is an event, so its end is one too */
};

/* Notes the end of the wait, unless its beginning was undone or the tenant is gone. The event's
 * origin is the waiting request, also if something else has ended the wait. */
static void note_end(struct claim_wait *wait)
{
    struct tenant *tenant = wait->call->tenant;

    if (tenant->removed || (tenant->turn_lost && wait->turn == tenant->turns))
        return;
    const struct event_origin before = tenant->events.origin;
    bool is_stale = wait->generation != pool_state_generation(tenant->state);

    tenant->events.origin = wait->origin;
    tenant_note(tenant, &(struct event){
                            .type = EVENT_CLAIM_DEQUEUED,
                            .pool_name = wait->wish.pool_name,
                            .workspace = wait->wish.workspace_id,
                            .detail = is_stale        ? "stale"
                                      : wait->outcome ? wait->outcome
                                                      : "gone",
                            .waited_ms = (wait->call->real->mono_us - wait->began_us) / 1000,
                        });
    tenant->events.origin = before;
}

static void claim_wait_free(struct continuation *continuation)
{
    struct claim_wait *wait = (struct claim_wait *)continuation;
    struct claim_queues *queues = &wait->call->tenant->claim_queues;
    bool was_first = claim_queue_is_first(&wait->place);

    claim_queue_leave(queues, &wait->place);
    if (wait->is_noted)
        note_end(wait);
    if (was_first) /* it may have been woken for a pod that the next claim can take now */
        claim_queues_wake_pool(queues, wait->wish.pool_name);
    free(wait);
}

/* Tries to make the claim. Returns ERR_EXHAUSTED if there is still no pod, with `refusal` by the
 * present settings. */
static enum err try_claim(struct claim_wait *wait, struct claim_refusal *refusal)
{
    struct call *call = wait->call;
    uint64_t changes = pool_state_changes(call->state);
    struct pod pod;
    enum err err = claim_once(call, &wait->wish, true, &pod, refusal);

    if (!err)
        err = claim_show(call, &pod);
    if (err && err != ERR_EXHAUSTED && changes != pool_state_changes(call->state))
        pool_state_turn_fail(call->state); /* undo the first part of the change */
    return err;
}

static enum continuation_step fail(struct claim_wait *wait, enum err err)
{
    struct problem *problem = wait->call->problem;

    err = pool_state_explain(wait->call->state, err, problem);
    if (problem->err != err)
        *problem = (struct problem){.err = err};
    wait->continuation.failure = problem;
    return CONTINUATION_FAILED;
}

static enum continuation_step refuse_late(struct claim_wait *wait)
{
    const struct claim_refusal *refusal = &wait->refusal;
    struct problem *problem = wait->call->problem;
    char waited[DURATION_TEXT_MAX];

    wait->call->about->claim = METRIC_CLAIM_TIMEOUT;
    duration_write(refusal->timeout_ms, waited);
    problem_set(problem, ERR_EXHAUSTED, "pool %.*s had no free pod within %s (claimTimeout)",
                TEXT_ARGS(wait->wish.pool_name), waited);
    return fail(
        wait, problem_set_status(problem, ERR_EXHAUSTED, refusal->status, refusal->retry_after_s));
}

static enum continuation_step step(struct continuation *continuation, struct response *response)
{
    struct claim_wait *wait = (struct claim_wait *)continuation;
    struct claim_refusal refusal = {.queue = true};
    enum err err = ERR_EXHAUSTED;

    wait->call->response = response;
    wait->call->view.now_ms = wait->call->clock->wall_ms;
    if (claim_queue_is_first(&wait->place))
        err = try_claim(wait, &refusal);
    if (!err) {
        struct claim_queues *queues = &wait->call->tenant->claim_queues;
        claim_queue_leave(queues, &wait->place);
        claim_queues_wake_pool(queues, wait->wish.pool_name);
        wait->outcome = "served";
        return CONTINUATION_DONE;
    }
    if (err != ERR_EXHAUSTED)
        return fail(wait, err);
    wait->outcome = "rejected";
    if (!refusal.queue) /* the settings have changed since */
        return fail(wait, claim_refuse(wait->call, &wait->wish, &refusal, wait->call->problem));
    wait->outcome = "timeout";
    if (wait->call->real->mono_us >= wait->deadline_us)
        return refuse_late(wait);
    wait->outcome = NULL;
    continuation->wake_mono_us = wait->deadline_us;
    return CONTINUATION_WAIT;
}

/* Notes that the claim waits now. */
static void note_begin(struct claim_wait *wait)
{
    struct tenant *tenant = wait->call->tenant;

    wait->is_noted = !pool_state_is_rehearsing(tenant->state);
    wait->origin = tenant->events.origin;
    wait->generation = pool_state_generation(tenant->state);
    wait->turn = tenant->turns;
    tenant_note(tenant, &(struct event){.type = EVENT_CLAIM_QUEUED,
                                        .pool_name = wait->wish.pool_name,
                                        .workspace = wait->wish.workspace_id});
}

enum err claim_wait_begin(struct call *call, const struct claim_wish *wish,
                          const struct claim_refusal *refusal)
{
    struct claim_wait *wait = malloc(sizeof(*wait));

    if (!wait)
        return ERR_NO_MEMORY;
    *wait = (struct claim_wait){
        .continuation = {.step = step, .free = claim_wait_free},
        .place = {.waiter = &wait->continuation,
                  .workspace = wish->workspace_id,
                  .request_id = request_variable(call->request, TEXT("REQUEST_ID")),
                  .since_ms = call->clock->wall_ms},
        .call = call,
        .wish = *wish,
        .refusal = *refusal,
        .began_us = call->real->mono_us,
        .deadline_us = call->real->mono_us + refusal->timeout_ms * 1000,
    };
    enum err err = claim_queue_join(&call->tenant->claim_queues, wish->pool_name, &wait->place);
    if (err) {
        free(wait);
        return err;
    }
    call->response->continuation = &wait->continuation;
    note_begin(wait);
    return OK;
}
