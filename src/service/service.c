/* SPDX-License-Identifier: MIT
 *
 * What becomes of exchanges, turn by turn: run, presented, given out in pieces, ended. What an
 * exchange answers is the business of dispatch and answering, how it waits is parking's. */
#include "service/service.h"

#include <stdlib.h>

#include "base/check.h"
#include "service/answering.h"
#include "service/dispatch.h"
#include "service/faulting.h"
#include "service/internal.h"
#include "service/journaling.h"
#include "service/parking.h"
#include "service/pod_dispatch.h"
#include "service/request_log.h"
#include "service/turn.h"

static const struct service_route api_routes[] = {
#define ROUTE_CHANGE true
#define ROUTE_SHOW false
#define KEYS(...)                       \
    (const char *const[])               \
    {                                   \
        __VA_ARGS__ __VA_OPT__(, ) NULL \
    }
#define ROUTE(method, pattern, operation, handle, effect, access, body, ...) \
    {HTTP_##method,  pattern,        OPERATION_##operation, handle,          \
     ROUTE_##effect, ROUTE_##access, KEYS(__VA_ARGS__)},
#include "api/routes.def"
#undef ROUTE
#undef KEYS
};

enum err service_new(const struct service_config *config, const struct api *api,
                     struct tenants *tenants, struct clock *clock, struct timers *timers,
                     struct log *log, struct service **out)
{
    struct service *service = calloc(1, sizeof(*service));
    enum err err = OK;

    if (!service)
        return ERR_NO_MEMORY;
    *service = (struct service){.config = *config,
                                .api = api,
                                .tenants = tenants,
                                .clock = clock,
                                .timers = timers,
                                .log = log,
                                .no_memory = buffer_new(RESPONSE_HEADERS_MAX),
                                .router = router_new(),
                                .pod_router = pod_dispatch_router()};
    if (!config->routes) {
        service->config.routes = api_routes;
        service->config.routes_count = sizeof(api_routes) / sizeof(api_routes[0]);
    }
    answering_write_no_memory(&service->no_memory);
    if (!service->router || !service->pod_router || service->no_memory.failed)
        err = ERR_NO_MEMORY;
    for (unsigned i = 0; i < service->config.routes_count && !err; i++)
        err = router_add(service->router, service->config.routes[i].method,
                         service->config.routes[i].pattern, i);
    if (err)
        service_free(&service);
    *out = service;
    return err;
}

void service_free(struct service **service)
{
    if (!*service)
        return;
    CHECK((*service)->turn.count == 0 && (*service)->parked.count == 0);
    for (struct exchange *exchange = (*service)->free, *next; exchange; exchange = next) {
        next = exchange->next;
        exchange_free(exchange);
    }
    buffer_free(&(*service)->no_memory);
    router_free(&(*service)->router);
    router_free(&(*service)->pod_router);
    free(*service);
    *service = NULL;
}

static void step(struct service *service, struct exchange *exchange);
static void run(struct service *service, struct exchange *exchange);

/* The time of a hit's delay is over: what the rule says happens, or the request goes its way. */
static void carry_out(struct service *service, struct exchange *exchange)
{
    enum exchange_part part = exchange->part;

    if (exchange->stage == STAGE_DELAYED) {
        if (exchange->hit->answer.kind == FAULT_ANSWER_NONE) {
            run(service, exchange);
            return;
        }
        answering_add_headers(exchange);
    }
    if (exchange->hit->answer.kind != FAULT_ANSWER_NONE && faulting_apply(exchange, &part)) {
        answering_give_up(exchange, ERR_NO_MEMORY);
        return;
    }
    if (part == EXCHANGE_PIECE && exchange->response.body.length == 0)
        step(service, exchange);
    else
        exchange_ready(exchange, part);
}

/* A rule has taken the request. */
static void obey(struct service *service, struct exchange *exchange)
{
    if (faulting_loses_answer(exchange)) {
        journaling_note_claim(exchange, true);
        exchange->claimed = false;
    }
    if (faulting_hangs(exchange))
        parking_hold(exchange, INT64_MAX);
    else if (exchange->hit->delay_us > 0)
        parking_hold(exchange, service->clock->mono_us + exchange->hit->delay_us);
    else
        carry_out(service, exchange);
}

static bool has_claimed(const struct exchange *exchange)
{
    return !exchange->err && exchange->facts.pod && exchange->request.method == HTTP_GET &&
           exchange->route->operation == OPERATION_CLAIM;
}

/* There is something to say. If it is the first, the rules for answers are tried. */
static void present(struct service *service, struct exchange *exchange, enum exchange_part part)
{
    if (exchange->stage != STAGE_RUN) {
        exchange_ready(exchange, part);
        return;
    }
    exchange->stage = STAGE_PRESENTED;
    exchange->claimed = has_claimed(exchange);
    exchange->part = part;
    if (faulting_draw_after(exchange))
        answering_give_up(exchange, ERR_NO_MEMORY);
    else if (exchange->hit)
        obey(service, exchange);
    else
        exchange_ready(exchange, part);
}

/* Looks whether the exchange, which has just run, has put an end to what others wait for. They are
 * told so once it is sure; false where it is not to be. */
static bool note_ended_worlds(struct service *service, struct exchange *exchange)
{
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

/* Asks the continuation for what comes next. */
static void step(struct service *service, struct exchange *exchange)
{
    struct continuation *continuation = exchange->response.continuation;
    enum continuation_step step = continuation->step(continuation, &exchange->response);

    if (!note_ended_worlds(service, exchange)) {
        answering_give_up(exchange, turn_error(exchange->tenant));
        return;
    }
    switch (step) {
    case CONTINUATION_MORE:
        present(service, exchange, EXCHANGE_PIECE);
        break;
    case CONTINUATION_DONE:
        response_end_continuation(&exchange->response);
        present(service, exchange, exchange->head_given ? EXCHANGE_LAST : EXCHANGE_WHOLE);
        break;
    case CONTINUATION_WAIT:
        parking_wait(exchange);
        break;
    case CONTINUATION_FAILED:
        if (!exchange->head_given) {
            exchange->problem = *continuation->failure;
            answering_fail(exchange, exchange->problem.err);
            present(service, exchange, EXCHANGE_WHOLE);
            break;
        }
        exchange_ready(exchange, EXCHANGE_BROKEN);
        break;
    case CONTINUATION_BROKEN:
        exchange_ready(exchange, EXCHANGE_BROKEN);
        break;
    }
}

static void wake(struct timer *timer)
{
    struct exchange *exchange = TIMER_OWNER(timer, struct exchange, wake);
    struct service *service = exchange->service;
    bool was_held = exchange->held;

    parking_leave(exchange);
    turn_enter(service, exchange->tenant);
    if (exchange->parked_too_long) {
        parking_end_too_long(exchange);
        return;
    }
    if (was_held) {
        carry_out(service, exchange);
        return;
    }
    turn_join(exchange);
    step(service, exchange);
}

static void run(struct service *service, struct exchange *exchange)
{
    dispatch_run(service, exchange);
    if (!note_ended_worlds(service, exchange))
        answering_give_up(exchange, turn_error(exchange->tenant));
    else if (exchange->stage == STAGE_DELAYED && !exchange->err)
        obey(service, exchange);
    else if (!exchange->response.continuation)
        present(service, exchange, EXCHANGE_WHOLE);
    else if (exchange->response.body.length > 0)
        present(service, exchange, EXCHANGE_PIECE);
    else
        step(service, exchange);
}

struct exchange *service_exchange(struct service *service, void *owner)
{
    return exchange_new(service, owner, wake);
}

void service_submit(struct service *service, struct exchange *exchange)
{
    exchange->response.body_unsent = exchange->request.method == HTTP_HEAD;
    run(service, exchange);
}

void service_refuse(struct service *service, struct exchange *exchange, enum err err)
{
    CHECK(exchange->service == service);
    answering_fail(exchange, err);
    exchange_ready(exchange, EXCHANGE_WHOLE);
}

struct text service_no_memory_answer(const struct service *service)
{
    return buffer_text(&service->no_memory);
}

void service_pull(struct service *service, struct exchange *exchange)
{
    CHECK(exchange->state == EXCHANGE_TAKEN && exchange->response.continuation);
    buffer_clear(&exchange->response.body);
    turn_enter(service, exchange->tenant);
    turn_join(exchange);
    step(service, exchange);
}

/* Before the answer, or a piece of it, is given out; or when it will not be. */
static void write_down(struct exchange *exchange, bool given)
{
    if (exchange->head_given && given)
        return;
    if (exchange->head_given) {
        journaling_broken(exchange);
        journaling_note_claim(exchange, true);
        return;
    }
    if (exchange->fault_ids.at)
        response_add_header(&exchange->response, "X-Mock-Fault", exchange->fault_ids);
    journaling_note_claim(exchange, !given);
    journaling_end(exchange, given && !faulting_ends_connection(exchange));
}

static void give_answer(struct service *service, struct exchange *exchange)
{
    const struct response *response = &exchange->response;

    /* Half of it would look like the whole. */
    if (response->headers.failed || response->body.failed)
        exchange->part = EXCHANGE_BROKEN;
    bool ends = exchange->part != EXCHANGE_PIECE;

    write_down(exchange, exchange->state != EXCHANGE_GONE && exchange->part != EXCHANGE_BROKEN);
    if (exchange->state == EXCHANGE_GONE || ends)
        request_log_write(service, exchange);
    if (exchange->state == EXCHANGE_GONE) {
        exchange_recycle(exchange);
        return;
    }
    exchange->state = EXCHANGE_TAKEN;
    exchange->parked_since_us = 0;
    bool was_first = !exchange->head_given;
    exchange->head_given = true;
    service->config.answer(exchange->owner, exchange, was_first);
}

void service_turn_end(struct service *service)
{
    struct exchange *exchange;

    turn_commit(service);
    while ((exchange = service->turn.first)) {
        exchange_list_remove(&service->turn, exchange);
        give_answer(service, exchange);
    }
    turn_leave(service);
}

void service_finish(struct service *service, struct exchange **exchange)
{
    CHECK((*exchange)->service == service && (*exchange)->state == EXCHANGE_TAKEN);
    exchange_recycle(*exchange);
    *exchange = NULL;
}

void service_abandon(struct service *service, struct exchange **exchange)
{
    struct exchange *gone = *exchange;

    if (!gone)
        return;
    *exchange = NULL;
    if (gone->state == EXCHANGE_READY) {
        /* its change may be part of the turn: it is logged with it */
        gone->state = EXCHANGE_GONE;
        return;
    }
    if (gone->state == EXCHANGE_PARKED)
        parking_leave(gone);
    if (gone->state != EXCHANGE_NEW) {
        write_down(gone, false);
        request_log_write(service, gone);
    }
    exchange_recycle(gone);
}

void service_stop(struct service *service)
{
    service->stopping = true;
    parking_end_all(service);
}

size_t service_parked(const struct service *service)
{
    return service->parked.count;
}
