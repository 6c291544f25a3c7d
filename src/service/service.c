/* SPDX-License-Identifier: MIT
 *
 * The life of exchanges: turns, pieces, parking. What an exchange answers is dispatch's
 * business. */
#include "service/exchange.h"

#include <stdlib.h>

#include "base/check.h"
#include "service/pod_dispatch.h"

/* Exchanges that are kept for the next requests, and what one may keep of its memory. */
enum { FREE_MAX = 256, FREE_BODY_BYTES = 16 * 1024 };

static const struct service_route api_routes[] = {
#define ROUTE_CHANGE true
#define ROUTE_SHOW false
#define ROUTE(method, pattern, operation, handle, effect, access) \
    {HTTP_##method, pattern, operation, handle, ROUTE_##effect, ROUTE_##access},
#include "api/routes.def"
#undef ROUTE
};

static void list_add(struct exchange_list *list, struct exchange *exchange)
{
    exchange->next = NULL;
    exchange->previous = list->last;
    *(list->last ? &list->last->next : &list->first) = exchange;
    list->last = exchange;
    list->count++;
}

static void list_remove(struct exchange_list *list, struct exchange *exchange)
{
    *(exchange->previous ? &exchange->previous->next : &list->first) = exchange->next;
    *(exchange->next ? &exchange->next->previous : &list->last) = exchange->previous;
    list->count--;
}

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
                                .router = router_new(),
                                .pod_router = pod_dispatch_router()};
    if (!config->routes) {
        service->config.routes = api_routes;
        service->config.routes_count = sizeof(api_routes) / sizeof(api_routes[0]);
    }
    if (!service->router || !service->pod_router)
        err = ERR_NO_MEMORY;
    for (unsigned i = 0; i < service->config.routes_count && !err; i++)
        err = router_add(service->router, service->config.routes[i].method,
                         service->config.routes[i].pattern, i);
    if (err)
        service_free(&service);
    *out = service;
    return err;
}

static void exchange_free(struct exchange *exchange)
{
    response_free(&exchange->response);
    arena_free(&exchange->arena);
    free(exchange);
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
    router_free(&(*service)->router);
    router_free(&(*service)->pod_router);
    free(*service);
    *service = NULL;
}

static void wake(struct timer *timer);

struct exchange *service_exchange(struct service *service, void *owner)
{
    struct exchange *exchange = service->free;

    if (exchange) {
        service->free = exchange->next;
        service->free_count--;
    } else if (!(exchange = calloc(1, sizeof(*exchange)))) {
        return NULL;
    } else {
        exchange->response = response_new();
    }
    exchange->service = service;
    exchange->owner = owner;
    exchange->state = EXCHANGE_NEW;
    exchange->head_given = false;
    exchange->request = (struct request){0};
    exchange->problem.err = OK;
    exchange->problem.text[0] = '\0';
    exchange->problem.status = 0;
    exchange->err = OK;
    exchange->route = NULL;
    exchange->facts = (struct call_facts){0};
    exchange->tenant = NULL;
    exchange->turn = UINT64_MAX;
    exchange->began_us = clock_mono_now_us();
    exchange->wake = (struct timer){.fire = wake};
    return exchange;
}

struct arena *exchange_arena(struct exchange *exchange)
{
    return &exchange->arena;
}

struct request *exchange_request(struct exchange *exchange)
{
    return &exchange->request;
}

enum exchange_part exchange_part(const struct exchange *exchange)
{
    return exchange->part;
}

const struct response *exchange_response(const struct exchange *exchange)
{
    return &exchange->response;
}

/* Keeps the exchange for another request, or frees it. */
static void recycle(struct service *service, struct exchange *exchange)
{
    if (exchange->tenant)
        tenant_leave(exchange->tenant);
    exchange->tenant = NULL;
    response_clear(&exchange->response);
    buffer_trim(&exchange->response.body, FREE_BODY_BYTES);
    arena_reset(&exchange->arena);
    if (service->free_count == FREE_MAX) {
        exchange_free(exchange);
        return;
    }
    exchange->next = service->free;
    service->free = exchange;
    service->free_count++;
}

static void make_ready(struct service *service, struct exchange *exchange, enum exchange_part part)
{
    exchange->state = EXCHANGE_READY;
    exchange->part = part;
    list_add(&service->turn, exchange);
}

static void wake_soon(struct continuation *continuation)
{
    struct exchange *exchange = continuation->parker;

    timers_arm(exchange->service->timers, &exchange->wake, exchange->service->clock->mono_us);
}

static void park(struct service *service, struct exchange *exchange)
{
    exchange->state = EXCHANGE_PARKED;
    list_add(&service->parked, exchange);
    struct continuation *continuation = exchange->response.continuation;
    continuation->wake = wake_soon;
    continuation->parker = exchange;
    timers_arm(service->timers, &exchange->wake, continuation->wake_mono_us);
}

static void unpark(struct service *service, struct exchange *exchange)
{
    list_remove(&service->parked, exchange);
    timers_disarm(service->timers, &exchange->wake);
    exchange->response.continuation->wake = NULL;
}

/* A wait can end in an error's answer only as long as nothing has been said. */
static void end_wait(struct service *service, struct exchange *exchange, enum err err)
{
    if (exchange->head_given) {
        make_ready(service, exchange, EXCHANGE_BROKEN);
        return;
    }
    dispatch_fail(service, exchange, err);
    make_ready(service, exchange, EXCHANGE_WHOLE);
}

/* Asks the continuation for what comes next. */
static void step(struct service *service, struct exchange *exchange)
{
    struct continuation *continuation = exchange->response.continuation;

    switch (continuation->step(continuation, &exchange->response)) {
    case CONTINUATION_MORE:
        make_ready(service, exchange, EXCHANGE_PIECE);
        break;
    case CONTINUATION_DONE:
        make_ready(service, exchange, exchange->head_given ? EXCHANGE_LAST : EXCHANGE_WHOLE);
        break;
    case CONTINUATION_WAIT:
        if (service->stopping)
            end_wait(service, exchange, ERR_STOPPING);
        else
            park(service, exchange);
        break;
    case CONTINUATION_FAILED:
        exchange->problem = *continuation->failure;
        end_wait(service, exchange, exchange->problem.err);
        break;
    case CONTINUATION_BROKEN:
        make_ready(service, exchange, EXCHANGE_BROKEN);
        break;
    }
}

static void wake(struct timer *timer)
{
    struct exchange *exchange =
        (struct exchange *)((char *)timer - offsetof(struct exchange, wake));

    unpark(exchange->service, exchange);
    turn_enter(exchange->service, exchange->tenant);
    exchange->turn = exchange->service->turns;
    step(exchange->service, exchange);
}

/* Those that waited when their state was reset, or their tenant removed, wait for something that
 * will not come. */
static void end_stale_waits(struct service *service)
{
    for (struct exchange *exchange = service->parked.first, *next; exchange; exchange = next) {
        struct tenant *tenant = exchange->tenant;
        next = exchange->next;
        if (!tenant->removed && exchange->generation == pool_state_generation(tenant->state))
            continue;
        unpark(service, exchange);
        end_wait(service, exchange, ERR_STALE);
    }
}

void service_enter(struct service *service, struct exchange *exchange, struct tenant *tenant)
{
    CHECK(!exchange->tenant);
    turn_enter(service, tenant);
    tenant_join(tenant);
    exchange->tenant = tenant;
    exchange->generation = pool_state_generation(tenant->state);
}

/* True where the exchange, which has just run, has put an end to what others wait for. */
static bool has_ended_a_world(const struct exchange *exchange, size_t removed_before)
{
    const struct tenant *tenant = exchange->tenant;

    return tenant && (exchange->generation != pool_state_generation(tenant->state) ||
                      removed_before != tenants_removed(exchange->service->tenants));
}

void service_submit(struct service *service, struct exchange *exchange)
{
    size_t removed = tenants_removed(service->tenants);

    exchange->turn = service->turns;
    dispatch_run(service, exchange);
    if (has_ended_a_world(exchange, removed))
        end_stale_waits(service);
    if (!exchange->response.continuation)
        make_ready(service, exchange, EXCHANGE_WHOLE);
    else if (exchange->response.body.length > 0)
        make_ready(service, exchange, EXCHANGE_PIECE);
    else
        step(service, exchange);
}

void service_pull(struct service *service, struct exchange *exchange)
{
    CHECK(exchange->state == EXCHANGE_TAKEN && exchange->response.continuation);
    buffer_clear(&exchange->response.body);
    turn_enter(service, exchange->tenant);
    exchange->turn = service->turns;
    step(service, exchange);
}

/* The turn was lost: what this exchange was about to tell is not so. */
static void retract(struct service *service, struct exchange *exchange)
{
    if (exchange->head_given) {
        exchange->part = EXCHANGE_BROKEN;
        return;
    }
    dispatch_fail(service, exchange, ERR_TURN_LOST);
    exchange->part = EXCHANGE_WHOLE;
}

/* Those that ran in the turn and wait now: what they have done is undone. */
static void end_lost_waits(struct service *service)
{
    for (struct exchange *exchange = service->parked.first, *next; exchange; exchange = next) {
        next = exchange->next;
        if (exchange->turn != service->turns || !exchange->tenant->turn_lost)
            continue;
        unpark(service, exchange);
        end_wait(service, exchange, ERR_TURN_LOST);
    }
}

static bool is_lost(const struct service *service, const struct exchange *exchange)
{
    return exchange->turn == service->turns && exchange->tenant && exchange->tenant->turn_lost;
}

static void give_answer(struct service *service, struct exchange *exchange)
{
    const struct response *response = &exchange->response;

    /* Half of it would look like the whole. */
    if (response->headers.failed || response->body.failed)
        exchange->part = EXCHANGE_BROKEN;
    bool ends = exchange->part != EXCHANGE_PIECE;

    if (exchange->state == EXCHANGE_GONE || ends)
        request_log_write(service, exchange);
    if (exchange->state == EXCHANGE_GONE) {
        recycle(service, exchange);
        return;
    }
    exchange->state = EXCHANGE_TAKEN;
    bool was_first = !exchange->head_given;
    exchange->head_given = true;
    service->config.answer(exchange->owner, exchange, was_first);
}

void service_turn_end(struct service *service)
{
    struct exchange *exchange;

    turn_commit(service);
    end_lost_waits(service);
    while ((exchange = service->turn.first)) {
        list_remove(&service->turn, exchange);
        if (is_lost(service, exchange))
            retract(service, exchange);
        give_answer(service, exchange);
    }
    service->turns++;
    turn_leave(service);
}

void service_finish(struct service *service, struct exchange **exchange)
{
    CHECK((*exchange)->state == EXCHANGE_TAKEN);
    recycle(service, *exchange);
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
        unpark(service, gone);
    if (gone->state != EXCHANGE_NEW)
        request_log_write(service, gone);
    recycle(service, gone);
}

void service_stop(struct service *service)
{
    service->stopping = true;
    while (service->parked.first) {
        struct exchange *exchange = service->parked.first;
        unpark(service, exchange);
        end_wait(service, exchange, ERR_STOPPING);
    }
}

size_t service_parked(const struct service *service)
{
    return service->parked.count;
}
