/* SPDX-License-Identifier: MIT
 *
 * The functions that a gateway calls: they take exchanges in, and give their answers out at the end
 * of a turn. run.c does the work between. */
#include "service/service.h"

#include <stdlib.h>

#include "base/check.h"
#include "service/answer.h"
#include "service/faulting.h"
#include "service/internal.h"
#include "service/report.h"
#include "service/routing.h"
#include "service/parking.h"
#include "service/pod_route.h"
#include "service/run.h"
#include "service/turn.h"

/* What a service without tenants counts in. */
static struct metrics unseen;

enum err service_new(const struct service_config *config, const struct api *api,
                     struct tenants *tenants, struct clock *clock, struct timers *timers,
                     struct log *log, struct service **out)
{
    struct service *service = calloc(1, sizeof(*service));

    *out = service;
    if (!service)
        return ERR_NO_MEMORY;
    *service = (struct service){.config = *config,
                                .api = api,
                                .tenants = tenants,
                                .metrics = tenants ? tenants_metrics(tenants) : &unseen,
                                .clock = clock,
                                .timers = timers,
                                .log = log,
                                .no_memory = buffer_new(RESPONSE_HEADERS_MAX),
                                .pod_router = pod_route_router()};
    TAILQ_INIT(&service->turn);
    TAILQ_INIT(&service->parked);
    if (!config->routes)
        service->config.routes = routing_api_routes(&service->config.routes_count);
    service->router = routing_new_router(service->config.routes, service->config.routes_count);
    answer_write_no_memory(&service->no_memory);
    if (service->router && service->pod_router && !service->no_memory.failed)
        return OK;
    service_free(out);
    return ERR_NO_MEMORY;
}

void service_free(struct service **service)
{
    struct exchange *exchange;

    if (!*service)
        return;
    CHECK(TAILQ_EMPTY(&(*service)->turn) && TAILQ_EMPTY(&(*service)->parked));
    while ((exchange = SLIST_FIRST(&(*service)->free))) {
        SLIST_REMOVE_HEAD(&(*service)->free, next_free);
        exchange_free(exchange);
    }
    buffer_free(&(*service)->no_memory);
    router_free(&(*service)->router);
    router_free(&(*service)->pod_router);
    free(*service);
    *service = NULL;
}

struct exchange *service_exchange(struct service *service, void *owner)
{
    return exchange_new(service, owner, run_woken);
}

void service_submit(struct service *service, struct exchange *exchange)
{
    CHECK(exchange->service == service);
    exchange->response.body_unsent = exchange->request.method == HTTP_HEAD;
    run(exchange);
}

void service_refuse(struct service *service, struct exchange *exchange, enum err err)
{
    CHECK(exchange->service == service);
    answer_fail(exchange, err);
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
    exchange->step = STEP_ASK;
    run(exchange);
}

/* Records the exchange before its answer or a piece of it is given out, or, if not `given`, when it
 * never will be. An exchange is counted once, with the first piece. */
static void record(struct exchange *exchange, bool given)
{
    if (exchange->head_given && given)
        return;
    if (exchange->head_given) {
        report_broken(exchange);
        report_claim(exchange, true);
        return;
    }
    exchange->duration_us = clock_mono_now_us() - exchange->began_us;
    report_count(exchange);
    report_claim(exchange, !given);
    report_end(exchange, given && !faulting_ends_connection(exchange));
}

static void give_answer(struct exchange *exchange)
{
    struct response *response = &exchange->response;

    if (!exchange->head_given && exchange->fault_ids.at)
        response_add_header(response, "X-Mock-Fault", exchange->fault_ids);
    /* there was no memory for all of it, and a half would look like the whole */
    if (response->headers.failed || response->body.failed)
        exchange->part = EXCHANGE_BROKEN;
    bool ends = exchange->part != EXCHANGE_PIECE;

    record(exchange, exchange->state != EXCHANGE_GONE && exchange->part != EXCHANGE_BROKEN);
    if (exchange->state == EXCHANGE_GONE || ends)
        report_log(exchange);
    if (exchange->state == EXCHANGE_GONE) {
        exchange_recycle(exchange);
        return;
    }
    exchange->state = EXCHANGE_TAKEN;
    exchange->parked_since_us = 0;
    bool was_first = !exchange->head_given;
    exchange->head_given = true;
    exchange->service->config.answer(exchange->owner, exchange, was_first);
}

void service_turn_end(struct service *service)
{
    struct exchange *exchange;

    turn_commit(service);
    while ((exchange = TAILQ_FIRST(&service->turn))) {
        TAILQ_REMOVE(&service->turn, exchange, link);
        give_answer(exchange);
    }
    turn_leave(service);
    histogram_add(&service->metrics->turns, clock_mono_now_us() - service->clock->mono_us);
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
    CHECK(gone->service == service);
    *exchange = NULL;
    if (gone->state == EXCHANGE_READY) {
        /* freed and logged at the turn's end, which may commit its change */
        gone->state = EXCHANGE_GONE;
        return;
    }
    if (gone->state == EXCHANGE_PARKED)
        parking_leave(gone);
    if (gone->state != EXCHANGE_NEW) {
        record(gone, false);
        report_log(gone);
    }
    exchange_recycle(gone);
}

void service_stop(struct service *service)
{
    service->stopping = true;
    service->metrics->stopping = 1;
    parking_end_all(service);
}

_Static_assert((int)CONNECTION_IDLE == METRIC_CONNECTION_IDLE &&
                   (int)CONNECTION_BUSY == METRIC_CONNECTION_BUSY &&
                   (int)CONNECTION_STREAM == METRIC_CONNECTION_STREAM,
               "the metrics have the states of connections");

void service_count_connection(struct service *service, enum service_connection from,
                              enum service_connection to)
{
    if (from != CONNECTION_NONE)
        service->metrics->connections[from]--;
    if (to != CONNECTION_NONE)
        service->metrics->connections[to]++;
}

size_t service_parked(const struct service *service)
{
    return service->parked_count;
}
