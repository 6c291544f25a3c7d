/* SPDX-License-Identifier: MIT
 *
 * How exchanges are made, kept for the next request, and freed. */
#include "service/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "http/uri.h"
#include "service/internal.h"

/* How many free exchanges are kept, and how much of a body's memory each keeps. */
enum { FREE_MAX = 256, FREE_BODY_BYTES = 16 * 1024 };

void exchange_free(struct exchange *exchange)
{
    response_free(&exchange->response);
    arena_free(&exchange->arena);
    free(exchange);
}

/* What an exchange needs until the head of its answer is out. */
struct opening {
    struct call call;
    struct journal_request journaled;
};

/* Sets up what the handler sees. Nothing of the request is known yet. */
static bool begin_call(struct exchange *exchange)
{
    const struct service *service = exchange->service;
    struct opening *opening = arena_alloc(&exchange->arena, sizeof(*opening));

    if (!opening)
        return false;
    opening->call = (struct call){
        .api = service->api,
        .tenants = service->tenants,
        .real = service->clock,
        .request = &exchange->request,
        .view = {.defaults = &service->api->defaults, .templates = &service->api->templates},
        .arena = &exchange->arena,
        .response = &exchange->response,
        .about = &exchange->about,
    };
    exchange->call = &opening->call;
    exchange->journaled = &opening->journaled;
    return true;
}

/* Takes a free exchange, or makes one. Returns NULL without memory. */
static struct exchange *take_free(struct service *service)
{
    struct exchange *exchange = SLIST_FIRST(&service->free);

    if (exchange) {
        SLIST_REMOVE_HEAD(&service->free, next_free);
        service->free_count--;
    } else if ((exchange = calloc(1, sizeof(*exchange)))) {
        exchange->response = response_new();
    }
    return exchange;
}

struct exchange *exchange_new(struct service *service, void *owner, void (*wake)(struct timer *))
{
    struct exchange *exchange = take_free(service);

    if (!exchange)
        return NULL;
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

/* Keeps an exchange that is not in use for another request, or frees it. */
static void put_free(struct service *service, struct exchange *exchange)
{
    buffer_trim(&exchange->response.body, FREE_BODY_BYTES);
    arena_reset(&exchange->arena);
    if (service->free_count == FREE_MAX) {
        exchange_free(exchange);
        return;
    }
    SLIST_INSERT_HEAD(&service->free, exchange, next_free);
    service->free_count++;
}

enum { KEPT_VARIABLES_MAX = 3 };

/* Sets those variables that the log line and the leaks show. Returns their number. */
static size_t keep_variables(const struct request *request, struct variable *variables)
{
    static const struct text names[KEPT_VARIABLES_MAX] = {TEXT("REQUEST_URI"), TEXT("PATH_INFO"),
                                                          TEXT("REQUEST_ID")};
    struct text query; /* of REQUEST_URI; the log shows none */
    size_t count = 0;

    for (size_t i = 0; i < KEPT_VARIABLES_MAX; i++) {
        struct text value = request_variable(request, names[i]);
        if (value.at)
            variables[count++] = (struct variable){names[i], value};
    }
    if (count > 0 && variables[0].name.at == names[0].at)
        uri_cut(variables[0].value, &variables[0].value, &query);
    return count;
}

/* Copies what the log line and the leaks show into an arena of just that size: texts of the
 * subject, the ids of fault rules, and some variables, which become those of `kept`. Returns false
 * without memory. */
static bool copy_remains(const struct request *request, struct request *kept, struct subject *about,
                         struct text *fault_ids, struct arena *arena)
{
    struct variable found[KEPT_VARIABLES_MAX] = {{{0}, {0}}};
    size_t count = keep_variables(request, found), variables_bytes = count * sizeof(*found);
    struct text *texts[] = {&found[0].value,   &found[1].value,   &found[2].value,
                            &about->pool_name, &about->workspace, &about->pod_name.tenant,
                            fault_ids};
    enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };
    size_t bytes = arena_room(variables_bytes) + arena_room(count * sizeof(*kept->earlier));

    for (size_t i = 0; i < TEXTS; i++)
        bytes += texts[i]->at ? arena_room(texts[i]->length + 1) : 0;
    if (!arena_begin(arena, bytes))
        return false;
    for (size_t i = 0; i < TEXTS; i++)
        *texts[i] = arena_copy(arena, *texts[i]);
    struct variable *variables = arena_alloc(arena, variables_bytes);
    memcpy(variables, found, variables_bytes);
    return request_set_variables(kept, variables, count, arena);
}

/* Passes the memory of the request on to a free exchange. If it were freed, the next request's
 * would not fit between what parked requests keep, and the heap would be full of holes. */
static void pass_memory_on(struct exchange *exchange, struct exchange *spare)
{
    struct response *response = &exchange->response;

    arena_free(&spare->arena);
    response_free(&spare->response);
    spare->arena = exchange->arena;
    spare->response.headers = response->headers;
    spare->response.body = response->body;
    response_clear(&spare->response);
    exchange->arena = (struct arena){0};
    response->headers = buffer_new(response->headers.max);
    response->body = buffer_new(response->body.max);
}

void exchange_shrink(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    struct subject about = exchange->about;
    struct text fault_ids = exchange->fault_ids;
    struct request kept = {.method = request->method,
                           .method_name = text_of(http_method_name(request->method))};
    struct arena arena = {0};
    struct exchange *spare;

    if (!exchange->call || !(spare = take_free(exchange->service)))
        return;
    if (copy_remains(request, &kept, &about, &fault_ids, &arena)) {
        *request = kept;
        exchange->about = about;
        exchange->fault_ids = fault_ids;
        exchange->call = NULL;
        exchange->journaled = NULL;
        exchange->sentence = (struct text){0};
        exchange->hit = NULL;
        pass_memory_on(exchange, spare);
        exchange->arena = arena;
    }
    put_free(exchange->service, spare);
}

void exchange_recycle(struct exchange *exchange)
{
    exchange->service->metrics->open_requests--;
    response_clear(&exchange->response);
    if (exchange->tenant)
        tenant_leave(exchange->tenant);
    exchange->tenant = NULL;
    put_free(exchange->service, exchange);
}

void exchange_ready(struct exchange *exchange, enum exchange_part part)
{
    exchange->state = EXCHANGE_READY;
    exchange->part = part;
    TAILQ_INSERT_TAIL(&exchange->service->turn, exchange, link);
}
