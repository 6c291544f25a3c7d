/* SPDX-License-Identifier: MIT
 *
 * The life of exchanges: turns, pieces, parking. What an exchange answers is dispatch's
 * business. */
#include "service/exchange.h"

#include <stdlib.h>

#include "base/check.h"
#include "service/faulting.h"
#include "service/journaling.h"
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
    *exchange = (struct exchange){.service = service,
                                  .owner = owner,
                                  .arena = exchange->arena,
                                  .response = exchange->response,
                                  .turn = UINT64_MAX,
                                  .began_us = clock_mono_now_us(),
                                  .wake = {.fire = wake}};
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
    response_clear(&exchange->response);
    if (exchange->tenant)
        tenant_leave(exchange->tenant);
    exchange->tenant = NULL;
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

static void park_until(struct service *service, struct exchange *exchange, int64_t until_us)
{
    exchange->state = EXCHANGE_PARKED;
    list_add(&service->parked, exchange);
    exchange->tenant->parked++;
    timers_arm(service->timers, &exchange->wake, until_us);
}

static void unpark(struct service *service, struct exchange *exchange)
{
    list_remove(&service->parked, exchange);
    exchange->tenant->parked--;
    timers_disarm(service->timers, &exchange->wake);
    if (exchange->response.continuation)
        exchange->response.continuation->wake = NULL;
    exchange->held = false;
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

/* Parks an exchange for its continuation. */
static void park(struct service *service, struct exchange *exchange)
{
    struct continuation *continuation = exchange->response.continuation;

    if (service->stopping) {
        end_wait(service, exchange, ERR_STOPPING);
        return;
    }
    continuation->wake = wake_soon;
    continuation->parker = exchange;
    park_until(service, exchange, continuation->wake_mono_us);
}

/* Parks an exchange for a fault rule. */
static void hold(struct service *service, struct exchange *exchange, int64_t until_us)
{
    if (service->stopping) {
        end_wait(service, exchange, ERR_STOPPING);
        return;
    }
    exchange->held = true;
    park_until(service, exchange, until_us);
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
        dispatch_add_headers(service, exchange);
        exchange->stage = STAGE_PRESENTED;
    }
    if (exchange->hit->answer.kind != FAULT_ANSWER_NONE && faulting_apply(exchange, &part)) {
        end_wait(service, exchange, ERR_NO_MEMORY);
        return;
    }
    if (part == EXCHANGE_PIECE && exchange->response.body.length == 0)
        step(service, exchange);
    else
        make_ready(service, exchange, part);
}

/* A rule has taken the request. */
static void obey(struct service *service, struct exchange *exchange)
{
    if (faulting_loses_answer(exchange)) {
        journaling_note_claim(exchange, true);
        exchange->claimed = false;
    }
    if (faulting_hangs(exchange))
        hold(service, exchange, INT64_MAX);
    else if (exchange->hit->delay_us > 0)
        hold(service, exchange, service->clock->mono_us + exchange->hit->delay_us);
    else
        carry_out(service, exchange);
}

static bool has_claimed(const struct exchange *exchange)
{
    return !exchange->err && exchange->facts.pod && exchange->request.method == HTTP_GET &&
           text_equal(text_of(exchange->route->operation), TEXT("claim"));
}

/* There is something to say. If it is the first, the rules for answers are tried. */
static void present(struct service *service, struct exchange *exchange, enum exchange_part part)
{
    if (exchange->stage != STAGE_RUN) {
        make_ready(service, exchange, part);
        return;
    }
    exchange->stage = STAGE_PRESENTED;
    exchange->claimed = has_claimed(exchange);
    exchange->part = part;
    if (faulting_draw_after(exchange))
        end_wait(service, exchange, ERR_NO_MEMORY);
    else if (exchange->hit)
        obey(service, exchange);
    else
        make_ready(service, exchange, part);
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
        exchange->claimed = false;
        end_wait(service, exchange, ERR_STALE);
    }
}

/* Looks whether the exchange, which has just run, has put an end to what others wait for. */
static void note_ended_worlds(struct service *service, struct exchange *exchange)
{
    const struct tenant *tenant = exchange->tenant;

    if (!tenant)
        return;
    int64_t generation = pool_state_generation(tenant->state);
    size_t removed = tenants_removed(service->tenants);
    if (exchange->generation == generation && service->tenants_removed == removed)
        return;
    exchange->generation = generation;
    service->tenants_removed = removed;
    end_stale_waits(service);
}

/* Asks the continuation for what comes next. */
static void step(struct service *service, struct exchange *exchange)
{
    struct continuation *continuation = exchange->response.continuation;
    enum continuation_step step = continuation->step(continuation, &exchange->response);

    note_ended_worlds(service, exchange);
    switch (step) {
    case CONTINUATION_MORE:
        present(service, exchange, EXCHANGE_PIECE);
        break;
    case CONTINUATION_DONE:
        response_end_continuation(&exchange->response);
        present(service, exchange, exchange->head_given ? EXCHANGE_LAST : EXCHANGE_WHOLE);
        break;
    case CONTINUATION_WAIT:
        park(service, exchange);
        break;
    case CONTINUATION_FAILED:
        if (!exchange->head_given) {
            exchange->problem = *continuation->failure;
            dispatch_fail(service, exchange, exchange->problem.err);
            present(service, exchange, EXCHANGE_WHOLE);
            break;
        }
        make_ready(service, exchange, EXCHANGE_BROKEN);
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
    struct service *service = exchange->service;
    bool was_held = exchange->held;

    unpark(service, exchange);
    turn_enter(service, exchange->tenant);
    if (was_held) {
        carry_out(service, exchange);
        return;
    }
    exchange->turn = service->turns;
    step(service, exchange);
}

void service_enter(struct service *service, struct exchange *exchange, struct tenant *tenant)
{
    turn_enter(service, tenant);
    if (exchange->tenant) { /* it has waited: its tenant is still there, or it would be stale */
        CHECK(exchange->tenant == tenant);
        return;
    }
    tenant_join(tenant);
    exchange->tenant = tenant;
    exchange->generation = pool_state_generation(tenant->state);
}

static void run(struct service *service, struct exchange *exchange)
{
    exchange->turn = service->turns;
    dispatch_run(service, exchange);
    note_ended_worlds(service, exchange);
    if (exchange->stage == STAGE_DELAYED && !exchange->err)
        obey(service, exchange);
    else if (!exchange->response.continuation)
        present(service, exchange, EXCHANGE_WHOLE);
    else if (exchange->response.body.length > 0)
        present(service, exchange, EXCHANGE_PIECE);
    else
        step(service, exchange);
}

void service_submit(struct service *service, struct exchange *exchange)
{
    exchange->response.body_unsent = exchange->request.method == HTTP_HEAD;
    run(service, exchange);
}

void service_refuse(struct service *service, struct exchange *exchange, enum err err)
{
    exchange->response.body_unsent = exchange->request.method == HTTP_HEAD;
    dispatch_fail(service, exchange, err);
    make_ready(service, exchange, EXCHANGE_WHOLE);
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
    if (gone->state != EXCHANGE_NEW) {
        write_down(gone, false);
        request_log_write(service, gone);
    }
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
