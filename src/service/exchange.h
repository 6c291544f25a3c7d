/* SPDX-License-Identifier: MIT
 *
 * Private to the service: one request, its answer so far, and where it stands.
 */
#ifndef SERVICE_EXCHANGE_H
#define SERVICE_EXCHANGE_H

#include "service/service.h"

enum exchange_state {
    EXCHANGE_NEW, /* being filled in by the gateway */
    /* has something to send once the turn has ended well; is in the turn's list */
    EXCHANGE_READY,
    EXCHANGE_TAKEN,  /* the gateway has it */
    EXCHANGE_PARKED, /* waits; is in the list of the parked */
    EXCHANGE_GONE,   /* abandoned while in the turn's list: freed at its end */
};

struct exchange {
    struct service *service;
    void *owner;
    enum exchange_state state;
    enum exchange_part part;
    bool head_given;
    struct arena arena;
    struct request request;
    struct response response;
    struct problem problem;
    enum err err;                      /* what the request ended with */
    const struct service_route *route; /* NULL where none was found */
    struct call_facts facts;
    int64_t generation; /* of the state when it began */
    uint64_t turn;      /* in which it ran */
    int64_t began_us;   /* monotonic */
    struct timer wake;
    /* in the turn's list, in the list of the parked, or in the free list */
    struct exchange *next, *previous;
};

/* Finds the route, runs the handler and leaves its answer in the exchange; an error becomes one
 * too. */
void dispatch_run(struct service *service, struct exchange *exchange);

/* Replaces what the exchange has to say by the answer to an error. */
void dispatch_fail(struct service *service, struct exchange *exchange, enum err err);

/* The log line of a request that has ended. */
void request_log_write(const struct service *service, const struct exchange *exchange);

struct exchange_list {
    struct exchange *first, *last;
    size_t count;
};

struct service {
    struct service_config config;
    const struct api *api;
    struct pool_state *state;
    struct clock *clock;
    struct timers *timers;
    struct log *log;
    struct router *router;
    struct router *pod_router;
    struct exchange_list turn; /* what this turn has to answer, in the order of arrival */
    struct exchange_list parked;
    struct exchange *free;
    size_t free_count;
    uint64_t turns; /* that have ended */
    bool stopping;
};

#endif
