/* SPDX-License-Identifier: MIT
 *
 * The life of an exchange, as a table of steps and one loop.
 *
 *     ROUTE -> DRAW_BEFORE -> HANDLE -> DRAW_AFTER -> GIVE
 *
 * Each step does one thing, sets the next step, and returns whether to run that one at once. The
 * exchange holds the context of its request, so a request that waits is parked with its next step
 * and continues there: nothing is found or decoded twice. A request waits
 *
 * - before APPLY, for the delay of the fault rule that hit it. A rule of phase `before` that only
 *   delays leads on to ADMIT_AGAIN and HANDLE.
 * - before ASK, while its continuation has no piece ready. After each piece the gateway comes back
 *   to ASK too (service_pull).
 */
#include "service/run.h"

#include "service/answer.h"
#include "service/event_origin.h"
#include "service/faulting.h"
#include "service/find_route.h"
#include "service/report.h"
#include "service/parking.h"
#include "service/routing.h"
#include "service/tenancy.h"
#include "service/turn.h"

/* What a step returns. GO_ON: run the next step. REST: the exchange is ready or parked. */
enum flow { GO_ON, REST };

typedef enum flow step_function(struct exchange *exchange);

static enum flow next(struct exchange *exchange, enum step step)
{
    exchange->step = step;
    return GO_ON;
}

/* Continues with a response that is `part` of the answer. */
static enum flow respond(struct exchange *exchange, enum exchange_part part)
{
    exchange->part = part;
    return next(exchange, STEP_DRAW_AFTER);
}

/* Ends a request that has not run, with an error or with the answer that it has. Rules of phase
 * `after` are not tried. */
static enum flow end_unrun(struct exchange *exchange, enum err err)
{
    exchange->err = err;
    exchange->part = EXCHANGE_WHOLE;
    answer_finish(exchange);
    return next(exchange, STEP_GIVE);
}

static enum flow give_up(struct exchange *exchange, enum err err)
{
    answer_give_up(exchange, err);
    return REST;
}

static enum flow route(struct exchange *exchange)
{
    enum err err = find_route(exchange);

    if (err || !exchange->route)
        return end_unrun(exchange, err);
    return next(exchange, STEP_DRAW_BEFORE);
}

/* Begins to apply the fault rule that hit: waits for its delay first. */
static enum flow take_hit(struct exchange *exchange)
{
    const struct fault_hit *hit = exchange->hit;

    exchange->step = STEP_APPLY;
    exchange->is_delayed |= faulting_hangs(exchange) || hit->delay_us > 0;
    if (faulting_loses_answer(exchange)) {
        report_claim(exchange, true);
        exchange->claimed = false;
    }
    if (faulting_hangs(exchange))
        parking_hold(exchange, INT64_MAX);
    else if (hit->delay_us > 0)
        parking_hold(exchange, exchange->service->clock->mono_us + hit->delay_us);
    else
        return GO_ON;
    return REST;
}

static enum flow draw_before(struct exchange *exchange)
{
    enum err err = faulting_draw(exchange, FAULT_BEFORE);

    if (err)
        return end_unrun(exchange, err);
    return exchange->hit ? take_hit(exchange) : next(exchange, STEP_HANDLE);
}

static enum flow apply(struct exchange *exchange)
{
    bool is_answered = exchange->hit->answer.kind != FAULT_ANSWER_NONE;

    if (!exchange->has_run && !is_answered)
        return next(exchange, STEP_ADMIT_AGAIN);
    if (!exchange->has_run)
        answer_add_headers(exchange);
    if (is_answered && faulting_apply(exchange, &exchange->part)) {
        report_claim(exchange, true); /* its answer is lost */
        return give_up(exchange, ERR_NO_MEMORY);
    }
    bool is_to_ask = exchange->part == EXCHANGE_PIECE && exchange->response.body.length == 0;
    return next(exchange, is_to_ask ? STEP_ASK : STEP_GIVE);
}

static enum flow admit_again(struct exchange *exchange)
{
    enum err err = find_route_admit_again(exchange);

    return err ? end_unrun(exchange, err) : next(exchange, STEP_HANDLE);
}

static enum err check_parameters(struct exchange *exchange)
{
    const struct router_match *match = &exchange->call->match;
    enum err err = OK;

    for (size_t i = 0; i < match->parameters_count && !err; i++)
        err = routing_check_name(exchange, match->parameters[i].name, match->parameters[i].value);
    return err;
}

/* Checks the length of the body. A front end that does not know it sends no CONTENT_LENGTH, or -1.
 */
static enum err check_body(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    struct text announced = request_variable(request, TEXT("CONTENT_LENGTH"));
    uint64_t length;

    if (announced.length > 0 && !text_equal(announced, TEXT("-1"))) {
        if (!text_to_number(announced, UINT64_MAX / 2, &length))
            return problem_set(exchange->problem, ERR_BAD_BODY_LENGTH,
                               "Content-Length is not a number: %.*s", TEXT_ARGS(announced));
        if (length != request->body_received)
            return problem_set(exchange->problem, ERR_BAD_BODY_LENGTH,
                               "the body has %llu bytes, but Content-Length is %llu",
                               (unsigned long long)request->body_received,
                               (unsigned long long)length);
    }
    if (request->body.at)
        return OK;
    bool is_state = exchange->route->operation == OPERATION_SET_STATE;
    return problem_set(
        exchange->problem, ERR_BODY_TOO_LARGE, "the body has %llu bytes, more than %s allows",
        (unsigned long long)request->body_received, is_state ? "--state-body" : "--body-max");
}

static enum err run_handler(struct exchange *exchange)
{
    struct call *call = exchange->call;
    struct pool_state *state = call->state;
    uint64_t changes = pool_state_changes(state);
    enum err err = call_name_missing(call, exchange->route->handle(call));

    reader_close(&call->body);
    if (err && changes != pool_state_changes(state))
        pool_state_turn_fail(state); /* undo the half that was done */
    return pool_state_explain(state, err ? err : call->refused, exchange->problem);
}

/* Runs a control route that changes something in a transaction of its own. What it changes beside
 * the state can't be undone, so no other request's failed commit may undo its part in the state. */
static enum err run_apart(struct exchange *exchange)
{
    struct tenant *tenant = exchange->tenant;

    turn_commit_early(exchange->service, tenant);
    turn_join(exchange);
    enum err err = run_handler(exchange);
    if (!turn_commit_early(exchange->service, tenant) && !err)
        err = turn_error(tenant);
    return err;
}

/* Runs GET's handler for HEAD and undoes what it changed. Only the head is sent. */
static enum err rehearse_handler(struct exchange *exchange)
{
    struct call *call = exchange->call;
    enum err err = pool_state_rehearsal_begin(call->state);

    if (err)
        return err;
    err = call_name_missing(call, exchange->route->handle(call));
    reader_close(&call->body);
    pool_state_rehearsal_end(call->state);
    return err ? err : call->refused;
}

static enum err check_and_handle(struct exchange *exchange)
{
    const struct service_route *route = exchange->route;
    struct call *call = exchange->call;
    enum err err = check_parameters(exchange);

    if (err)
        return err;
    if ((err = check_body(exchange)))
        return err;
    if (route_is_strict(route) && (err = call_only_query(call, route->query_keys)))
        return err;
    if (route->access == ROUTE_INDEX)
        return route->handle(call);
    if (exchange->request.method == HTTP_HEAD)
        return rehearse_handler(exchange);
    return route_is_control(route) && route->effect == ROUTE_CHANGE ? run_apart(exchange)
                                                                    : run_handler(exchange);
}

/* Ends the waits of other exchanges that can no longer be satisfied, if the exchange that has just
 * run has replaced a state or removed a tenant. Commits that first; returns false if the commit
 * fails. */
static bool end_stale_waits(struct exchange *exchange)
{
    struct service *service = exchange->service;
    struct tenant *tenant = exchange->tenant;

    if (!tenant)
        return true;
    int64_t generation = pool_state_generation(tenant->state);
    size_t removed = tenants_removed(service->tenants);
    if (exchange->generation == generation && service->tenants_removed == removed)
        return true;
    if (!turn_commit_early(service, tenant))
        return false;
    exchange->generation = generation;
    service->tenants_removed = removed;
    parking_end_stale(service);
    return true;
}

/* Returns true while the head of the answer is still left to the continuation. HEAD does not wait
 * for it. */
static bool is_head_open(const struct exchange *exchange)
{
    const struct response *response = &exchange->response;

    return !exchange->err && exchange->request.method != HTTP_HEAD && response->continuation &&
           response->status == 0;
}

static enum flow handle(struct exchange *exchange)
{
    const struct response *response = &exchange->response;

    exchange->has_run = true;
    event_origin_begin(exchange);
    exchange->err = check_and_handle(exchange);
    event_origin_end(exchange);
    if (!is_head_open(exchange))
        answer_finish(exchange);
    if (!end_stale_waits(exchange))
        return give_up(exchange, turn_error(exchange->tenant));
    if (!response->continuation)
        return respond(exchange, response->feed ? EXCHANGE_FEED : EXCHANGE_WHOLE);
    return response->body.length > 0 ? respond(exchange, EXCHANGE_PIECE) : next(exchange, STEP_ASK);
}

/* Answers with the error of a continuation that has failed, or breaks the answer off if its head is
 * out. */
static enum flow take_failure(struct exchange *exchange, const struct problem *failure)
{
    if (exchange->head_given) {
        exchange->part = EXCHANGE_BROKEN;
        return next(exchange, STEP_GIVE);
    }
    *exchange->problem = *failure;
    answer_fail(exchange, exchange->problem->err);
    return respond(exchange, EXCHANGE_WHOLE);
}

/* Asks the continuation for the next piece. */
static enum flow ask(struct exchange *exchange)
{
    struct continuation *continuation = exchange->response.continuation;
    bool was_open = is_head_open(exchange);

    event_origin_begin(exchange);
    enum continuation_step step = continuation->step(continuation, &exchange->response);
    event_origin_end(exchange);
    if (was_open && !is_head_open(exchange))
        answer_finish(exchange);
    if (!end_stale_waits(exchange))
        return give_up(exchange, turn_error(exchange->tenant));
    switch (step) {
    case CONTINUATION_MORE:
        return respond(exchange, EXCHANGE_PIECE);
    case CONTINUATION_DONE:
        response_end_continuation(&exchange->response);
        return respond(exchange, exchange->head_given ? EXCHANGE_LAST : EXCHANGE_WHOLE);
    case CONTINUATION_WAIT:
        parking_wait(exchange);
        return REST;
    case CONTINUATION_FAILED:
        return take_failure(exchange, continuation->failure);
    case CONTINUATION_BROKEN:
        break;
    }
    exchange->part = EXCHANGE_BROKEN;
    return next(exchange, STEP_GIVE);
}

static bool has_claimed(const struct exchange *exchange)
{
    return !exchange->err && exchange->about.pod_is_found && exchange->request.method == HTTP_GET &&
           exchange->about.operation == OPERATION_CLAIM;
}

/* Tries the rules of phase `after`, once, on the first response of a request that has run. */
static enum flow draw_after(struct exchange *exchange)
{
    if (!exchange->has_run || exchange->is_presented)
        return next(exchange, STEP_GIVE);
    exchange->is_presented = true;
    exchange->claimed = has_claimed(exchange);
    if (faulting_draw(exchange, FAULT_AFTER)) {
        report_claim(exchange, true); /* its answer is lost */
        return give_up(exchange, ERR_NO_MEMORY);
    }
    return exchange->hit ? take_hit(exchange) : next(exchange, STEP_GIVE);
}

static enum flow give(struct exchange *exchange)
{
    exchange_ready(exchange, exchange->part);
    return REST;
}

static step_function *const steps[STEP__MAX] = {
    [STEP_ROUTE] = route,           [STEP_DRAW_BEFORE] = draw_before,
    [STEP_APPLY] = apply,           [STEP_ADMIT_AGAIN] = admit_again,
    [STEP_HANDLE] = handle,         [STEP_ASK] = ask,
    [STEP_DRAW_AFTER] = draw_after, [STEP_GIVE] = give,
};

static void set_problem(struct exchange *exchange, struct problem *problem)
{
    exchange->problem = problem;
    if (exchange->call)
        exchange->call->problem = problem;
}

/* An error is answered in the run in which it arises, so a parked exchange needs no room for its
 * sentence. */
void run(struct exchange *exchange)
{
    struct problem problem = {0};

    set_problem(exchange, &problem);
    while (steps[exchange->step](exchange) == GO_ON)
        ;
    set_problem(exchange, NULL);
}

void run_woken(struct timer *timer)
{
    struct exchange *exchange = TIMER_OWNER(timer, struct exchange, wake);

    parking_leave(exchange);
    turn_enter(exchange->service, exchange->tenant);
    if (exchange->parked_too_long) {
        parking_end_too_long(exchange);
        return;
    }
    if (exchange->step == STEP_ASK)
        turn_join(exchange);
    run(exchange);
}
