/* SPDX-License-Identifier: MIT
 *
 * How exchanges are made, kept for the next request, and freed. */
#include "service/exchange.h"

#include <stdalign.h>
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

/* Sets up what the handler sees. Nothing of the request is known yet. */
static bool begin_call(struct exchange *exchange)
{
    const struct service *service = exchange->service;
    struct call *call = arena_alloc(&exchange->arena, sizeof(*call));

    if (!call)
        return false;
    *call = (struct call){
        .api = service->api,
        .tenants = service->tenants,
        .real = service->clock,
        .request = &exchange->request,
        .view = {.defaults = &service->api->defaults, .templates = &service->api->templates},
        .arena = &exchange->arena,
        .response = &exchange->response,
        .about = &exchange->about,
    };
    exchange->call = call;
    return true;
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
    if (begin_call(exchange)) {
        service->metrics->open_requests++;
        return exchange;
    }
    exchange_free(exchange);
    return NULL;
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

struct feed *exchange_take_feed(struct exchange *exchange)
{
    struct feed *feed = exchange->response.feed;

    exchange->response.feed = NULL;
    return feed;
}

enum { KEPT_VARIABLES = 3 };

/* Copies what the log line and the leaks show into an arena of just that size: texts of the
 * subject, the ids of fault rules, and some variables, which become those of `kept`. Returns false
 * without memory. */
static bool copy_remains(const struct request *request, struct request *kept, struct subject *about,
                         struct text *fault_ids, struct arena *arena)
{
    static const struct text names[KEPT_VARIABLES] = {TEXT("REQUEST_URI"), TEXT("PATH_INFO"),
                                                      TEXT("REQUEST_ID")};
    struct text values[KEPT_VARIABLES];
    struct text *texts[] = {&values[0],        &values[1],        &values[2],
                            &about->pool_name, &about->workspace, &about->pod_name.tenant,
                            fault_ids};
    enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };
    size_t bytes = KEPT_VARIABLES * (sizeof(struct variable) + sizeof(*kept->earlier)) +
                   (TEXTS + 2) * alignof(max_align_t);

    for (size_t i = 0; i < KEPT_VARIABLES; i++)
        values[i] = request_variable(request, names[i]);
    for (size_t i = 0; i < TEXTS; i++)
        bytes += texts[i]->length;
    if (!arena_begin(arena, bytes))
        return false;
    struct variable *variables = arena_alloc(arena, KEPT_VARIABLES * sizeof(*variables));
    for (size_t i = 0; i < TEXTS; i++)
        *texts[i] = arena_copy(arena, *texts[i]);
    for (size_t i = 0; i < KEPT_VARIABLES; i++)
        variables[i] = (struct variable){names[i], values[i]};
    return request_set_variables(kept, variables, KEPT_VARIABLES, arena);
}

void exchange_shrink(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    struct subject about = exchange->about;
    struct text fault_ids = exchange->fault_ids;
    struct request kept = {.method = request->method,
                           .method_name = text_of(http_method_name(request->method))};
    struct arena arena = {0};

    if (!exchange->call || !copy_remains(request, &kept, &about, &fault_ids, &arena))
        return;
    *request = kept;
    exchange->about = about;
    exchange->fault_ids = fault_ids;
    exchange->journaled = (struct journal_request){0};
    exchange->call = NULL;
    exchange->sentence = (struct text){0};
    exchange->hit = NULL;
    arena_free(&exchange->arena);
    exchange->arena = arena;
    buffer_free(&exchange->response.headers);
    buffer_free(&exchange->response.body);
}

void exchange_recycle(struct exchange *exchange)
{
    struct service *service = exchange->service;

    service->metrics->open_requests--;
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
