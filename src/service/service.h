/* SPDX-License-Identifier: MIT
 *
 * The door of the service: a gateway submits requests, and gets their answers when the turn ends.
 *
 * A gateway asks for an exchange, fills in its request and submits it. The service calls the
 * gateway's `answer` at the end of the turn, never before: the changes that the answer reports are
 * committed by then. The answer may be whole, or the first of several pieces (the gateway pulls the
 * next one when its socket has room), or come many turns later (the request is parked), or leave a
 * feed that the gateway reads without the exchange. The exchange lives until the gateway finishes
 * or abandons it.
 */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include <stddef.h>

#include "call/handler.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/timer.h"
#include "tenant/tenant.h"
#include "call/body_limits.h"
#include "service/config.h"
#include "service/exchange.h"

struct service;

/* Makes a service. All pointers and texts are borrowed for its life. `tenants` may be NULL if every
 * request is refused. Returns OK or ERR_NO_MEMORY. */
enum err service_new(const struct service_config *config, const struct api *api,
                     struct tenants *tenants, struct clock *clock, struct timers *timers,
                     struct log *log, struct service **out);

/* Frees the service and nulls the pointer. No exchange may be left. NULL is legal. */
void service_free(struct service **service);

/* Returns a new exchange, or NULL without memory. `owner` is passed to `answer`. */
struct exchange *service_exchange(struct service *service, void *owner);

/* Runs the request. Its answer comes at the end of this turn or of a later one. */
void service_submit(struct service *service, struct exchange *exchange);

/* Answers the request with an error in this turn, without running it. */
void service_refuse(struct service *service, struct exchange *exchange, enum err err);

/* Returns a whole CGI answer of 503 no_memory, for a request for which there is no memory even for
 * an exchange. Borrowed from the service, which has made it in advance. */
struct text service_no_memory_answer(const struct service *service);

/* Asks for the next piece of an answer. Only after an EXCHANGE_PIECE. */
void service_pull(struct service *service, struct exchange *exchange);

/* Ends the turn: commits, then gives the answers to the gateway. If a tenant's commit fails, each
 * of its requests is answered 503, or broken off if its answer had begun. */
void service_turn_end(struct service *service);

/* Frees an exchange whose whole answer the gateway has taken, and nulls the pointer. */
void service_finish(struct service *service, struct exchange **exchange);

/* Drops an exchange whose client has gone: a step that has not run never runs. Frees the exchange
 * and nulls the pointer. NULL is legal. */
void service_abandon(struct service *service, struct exchange **exchange);

/* Ends all waiting: each parked request is answered in this turn, and none is parked from now on.
 * The answer is 503, unless the request has run and only a fault's delay held it. */
void service_stop(struct service *service);

/* What a connection of the gateway does, for the metrics. */
enum service_connection {
    CONNECTION_NONE = -1,
    CONNECTION_IDLE,
    CONNECTION_BUSY,
    CONNECTION_STREAM
};

/* Counts a connection that changes from one state to another; CONNECTION_NONE: it is opened or
 * closed. */
void service_count_connection(struct service *service, enum service_connection from,
                              enum service_connection to);

/* Returns how many requests are parked. */
size_t service_parked(const struct service *service);

#endif
