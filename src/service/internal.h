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
#include <sys/queue.h>

#include "call/handler.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/timer.h"
#include "tenant/tenant.h"
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

/* Where a request stands: what is done next (run.c). */
enum step {
    STEP_ROUTE,       /* its tenant and its route are to be found */
    STEP_DRAW_BEFORE, /* fault rules of phase `before` are to be tried */
    STEP_APPLY,       /* a rule has taken it, and its delay is over */
    STEP_ADMIT_AGAIN, /* it has waited before it ran: may it still? */
    STEP_HANDLE,
    STEP_ASK,        /* its continuation is to be asked for what comes next */
    STEP_DRAW_AFTER, /* there is something to say: rules of phase `after` are to be tried */
    STEP_GIVE,       /* the response at hand goes to the gateway at the end of the turn */
    STEP__MAX
};

/* One request, from its first byte to its log line, with all that is known of it. */
struct exchange {
    struct service *service;
    void *owner;
    enum exchange_state state;
    enum step step;
    enum exchange_part part; /* what the response at hand is of the whole answer */
    bool has_run;            /* its handler was called, or what is checked before it refused it */
    bool is_presented;       /* the first of its answer was there */
    bool head_given;
    bool claimed;                      /* it has claimed the pod that it is about */
    bool below_admin;                  /* its path leads into the control API, to a route or not */
    bool parked_too_long;              /* its timer is --park-timeout's */
    const struct service_route *route; /* NULL where none was found */
    struct tenant *tenant;             /* NULL until it is known */
    struct arena arena;
    struct request request;
    struct response response;
    struct call call;     /* what the handler sees: it points to the members around it */
    struct subject about; /* what the request is about */
    struct problem problem;
    enum err err;                     /* what the request ended with */
    struct fault_hit *hit;            /* what the rule says that took it last; NULL: none */
    struct text fault_ids;            /* of all rules that took it; absent: none */
    uint64_t ticket;                  /* of its entry in the journal; 0: none */
    struct journal_request journaled; /* what that shows of it */
    int64_t generation;               /* of the tenant's state when it began */
    uint64_t turn;                    /* of the tenant's state, in which it last touched that */
    int64_t began_us;                 /* monotonic */
    int64_t parked_since_us;          /* it has waited since, and given nothing; 0: it has not */
    struct timer wake;
    TAILQ_ENTRY(exchange) link; /* in the turn's list, or in the list of the parked */
    SLIST_ENTRY(exchange) next_free;
};

TAILQ_HEAD(exchange_list, exchange);

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
    size_t parked_count;
    SLIST_HEAD(, exchange) free;
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

#endif
