/* SPDX-License-Identifier: MIT
 *
 * Between a gateway and the handlers: one request in, one response out, and the turns in which they
 * are made.
 *
 * A gateway asks for an exchange, fills in its request and submits it. Whatever comes of it is
 * given to the gateway's `answer` when the turn ends, never before: by then the changes it tells of
 * have happened. An answer may be whole, the first piece of several (the gateway pulls the next
 * when there is room), or come many turns later (the request is parked). An exchange lives until
 * the gateway finishes or abandons it.
 */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "api/handler.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/timer.h"
#include "control/tenant.h"
#include "http/message.h"
#include "http/router.h"

struct service;
struct exchange;

/* A row of the route table. */
struct service_route {
    enum http_method method;
    const char *pattern;
    const char *operation;
    handler *handle;
    bool changes; /* its success is logged as a change */
    enum route_access {
        ROUTE_TOKEN, /* asks for a token with require_auth */
        ROUTE_OPEN,  /* asks for none */
        ROUTE_ADMIN, /* a control route: asks for admin_token, if there is one */
        ROUTE_STEER, /* the same, of what the process keeps in its memory: none with one_shot */
    } access;
};

static inline bool service_route_is_control(const struct service_route *route)
{
    return route->access == ROUTE_ADMIN || route->access == ROUTE_STEER;
}

/* Gives the gateway what an exchange has to send now (exchange_response, exchange_part); the head
 * goes in front if it is the `first`. The gateway copies what it needs, and may finish the
 * exchange. */
typedef void service_answer(void *owner, struct exchange *exchange, bool first);

struct service_config {
    struct text mount;        /* where the front end says nothing: "/api/mock/pool-manager" */
    size_t path_max_bytes;    /* of the raw path, without the query */
    struct text cors_origins; /* "*", or a comma-separated list */
    bool require_auth;        /* all but open routes need a token (contract, section 4) */
    bool one_shot;            /* the process ends with its first request */
    struct text admin_token;  /* what control routes ask for; empty: nothing */
    service_answer *answer;
    const struct service_route *routes; /* NULL: the API's own */
    size_t routes_count;
};

/* All pointers and texts are borrowed for the life of the service. `tenants` may be NULL where
 * every request is refused. Returns OK or ERR_NO_MEMORY. */
enum err service_new(const struct service_config *config, const struct api *api,
                     struct tenants *tenants, struct clock *clock, struct timers *timers,
                     struct log *log, struct service **out);

/* Frees it; no exchange may be left. NULL is legal. */
void service_free(struct service **service);

/* A new exchange, or NULL without memory. `owner` is handed to `answer`. The request's texts go
 * into its arena. */
struct exchange *service_exchange(struct service *service, void *owner);
struct arena *exchange_arena(struct exchange *exchange);
struct request *exchange_request(struct exchange *exchange);

/* Runs the request; its exchange then answers in this turn or a later one. */
void service_submit(struct service *service, struct exchange *exchange);

/* Answers it with an error instead, in this turn. */
void service_refuse(struct service *service, struct exchange *exchange, enum err err);

/* Asks for the next piece: there is room for it. Only after an EXCHANGE_PIECE. */
void service_pull(struct service *service, struct exchange *exchange);

/* Ends the turn: commits, then gives out the answers. Where the commit fails they are all a 503. */
void service_turn_end(struct service *service);

/* What the response at hand is of the whole answer. */
enum exchange_part {
    EXCHANGE_WHOLE,  /* head and body: all there is */
    EXCHANGE_PIECE,  /* a piece; pull for the next */
    EXCHANGE_LAST,   /* the last piece */
    EXCHANGE_BROKEN, /* nothing more comes, though it isn't all: the connection is to be closed */
};
enum exchange_part exchange_part(const struct exchange *exchange);
const struct response *exchange_response(const struct exchange *exchange);

/* The answer has been taken in whole: frees the exchange and nulls the pointer. */
void service_finish(struct service *service, struct exchange **exchange);

/* The client has gone: whatever has not run will not run. Frees the exchange and nulls the pointer;
 * NULL is legal. */
void service_abandon(struct service *service, struct exchange **exchange);

/* No request waits any longer: every parked one is answered in this turn, 503 unless it has run and
 * a fault's delay was all that it waited for; and none is parked from now on. */
void service_stop(struct service *service);

/* How many requests are parked: not answered yet, and waiting for something. */
size_t service_parked(const struct service *service);

#endif
