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

/* All pointers and texts are borrowed for the life of the service. `tenants` may be NULL where
 * every request is refused. Returns OK or ERR_NO_MEMORY. */
enum err service_new(const struct service_config *config, const struct api *api,
                     struct tenants *tenants, struct clock *clock, struct timers *timers,
                     struct log *log, struct service **out);

/* Frees it; no exchange may be left. NULL is legal. */
void service_free(struct service **service);

/* A new exchange, or NULL without memory. `owner` is handed to `answer`. */
struct exchange *service_exchange(struct service *service, void *owner);

/* Runs the request; its exchange then answers in this turn or a later one. */
void service_submit(struct service *service, struct exchange *exchange);

/* Answers it with an error instead, in this turn. */
void service_refuse(struct service *service, struct exchange *exchange, enum err err);

/* The answer where there is no memory even for an exchange: a whole CGI answer of 503 no_memory,
 * made when the service was. Borrowed from it. */
struct text service_no_memory_answer(const struct service *service);

/* Asks for the next piece: there is room for it. Only after an EXCHANGE_PIECE. */
void service_pull(struct service *service, struct exchange *exchange);

/* Ends the turn: commits, then gives out the answers. Where a tenant's commit fails, those of its
 * requests are all a 503, or broken off where they had begun. */
void service_turn_end(struct service *service);

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
