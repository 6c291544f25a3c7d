/* SPDX-License-Identifier: MIT
 *
 * How exchanges are made, kept for the next request, and freed. */
#include "service/exchange.h"

#include <stdlib.h>

#include "service/internal.h"

/* How many free exchanges are kept, and how much of a body's memory each keeps. */
enum { FREE_MAX = 256, FREE_BODY_BYTES = 16 * 1024 };

void exchange_free(struct exchange *exchange)
{
    response_free(&exchange->response);
    arena_free(&exchange->arena);
    free(exchange);
}

/* Returns a call of which only the surroundings are known. */
static struct call new_call(struct exchange *exchange)
{
    struct service *service = exchange->service;

    return (struct call){
        .api = service->api,
        .tenants = service->tenants,
        .real = service->clock,
        .request = &exchange->request,
        .view = {.defaults = &service->api->defaults, .templates = &service->api->templates},
        .arena = &exchange->arena,
        .response = &exchange->response,
        .about = &exchange->about,
        .problem = &exchange->problem,
    };
}

struct exchange *exchange_new(struct service *service, void *owner, void (*wake)(struct timer *))
{
    struct exchange *exchange = SLIST_FIRST(&service->free);

    if (exchange) {
        SLIST_REMOVE_HEAD(&service->free, next_free);
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
    exchange->call = new_call(exchange);
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

void exchange_recycle(struct exchange *exchange)
{
    struct service *service = exchange->service;

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
    SLIST_INSERT_HEAD(&service->free, exchange, next_free);
    service->free_count++;
}

void exchange_ready(struct exchange *exchange, enum exchange_part part)
{
    exchange->state = EXCHANGE_READY;
    exchange->part = part;
    TAILQ_INSERT_TAIL(&exchange->service->turn, exchange, link);
}
