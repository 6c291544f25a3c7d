/* SPDX-License-Identifier: MIT
 *
 * Private to the service: what it and its exchanges are made of, and how an exchange comes and
 * goes.
 */
#ifndef SERVICE_INTERNAL_H
#define SERVICE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/handler.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/timer.h"
#include "control/tenant.h"
#include "http/message.h"
#include "http/router.h"
#include "service/config.h"
#include "service/exchange.h"
#include "service/route.h"

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
    bool below_admin;                  /* its path leads into the control API, to a route or not */
    struct call_facts facts;
    enum exchange_stage {
        STAGE_ARRIVED,   /* no rule has been tried, and nothing has run */
        STAGE_DELAYED,   /* a rule has been applied or is about to, and nothing has run */
        STAGE_RUN,       /* it has run; its answer is not there yet */
        STAGE_PRESENTED, /* its answer is there */
    } stage;
    int64_t parked_since_us;          /* it has waited since, and given nothing; 0: it has not */
    bool parked_too_long;             /* its timer is --park-timeout's */
    bool held;                        /* parked by a rule's delay, not by its continuation */
    bool claimed;                     /* it has claimed the pod of the facts */
    struct fault_hit *hit;            /* what the rule says that took it last; NULL: none */
    struct text fault_ids;            /* of all rules that took it; absent: none */
    uint64_t ticket;                  /* of its entry in the journal; 0: none */
    struct journal_request journaled; /* what that shows of it */
    struct text query;                /* of its target; absent if it has none */
    struct tenant *tenant;            /* NULL until it is known */
    int64_t generation;               /* of the tenant's state when it began */
    uint64_t turn;                    /* of the tenant's state, in which it last touched that */
    int64_t began_us;                 /* monotonic */
    struct timer wake;
    /* in the turn's list, in the list of the parked, or in the free list */
    struct exchange *next, *previous;
};

struct exchange_list {
    struct exchange *first, *last;
    size_t count;
};

struct service {
    struct service_config config;
    const struct api *api;
    struct tenants *tenants;
    struct clock *clock; /* real time */
    struct timers *timers;
    struct log *log;
    struct router *router;
    struct router *pod_router;
    struct exchange_list turn; /* what this turn has to answer, in the order of arrival */
    struct exchange_list parked;
    struct exchange *free;
    size_t free_count;
    struct tenant *turn_tenants; /* whose state this turn has touched */
    struct buffer no_memory;     /* an answer, whole */
    size_t tenants_removed;      /* as of the last look at who waits */
    bool stopping;
};

/* A new one, or NULL without memory. `wake` is what its timer fires. */
struct exchange *exchange_new(struct service *service, void *owner, void (*wake)(struct timer *));

/* It has something to send at the end of the turn: the response at hand. */
void exchange_ready(struct exchange *exchange, enum exchange_part part);

/* Keeps it for another request, or frees it; it is in no list. */
void exchange_recycle(struct exchange *exchange);
void exchange_free(struct exchange *exchange);

void exchange_list_add(struct exchange_list *list, struct exchange *exchange);
void exchange_list_remove(struct exchange_list *list, struct exchange *exchange);

#endif
