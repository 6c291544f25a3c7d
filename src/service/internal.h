/* SPDX-License-Identifier: MIT
 *
 * Private to the service: the structs of the service and of an exchange, and the functions that
 * make and free exchanges.
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
    EXCHANGE_NEW,    /* the gateway fills it in */
    EXCHANGE_READY,  /* in the turn's list: its response goes out at the end of the turn */
    EXCHANGE_TAKEN,  /* the gateway has the response */
    EXCHANGE_PARKED, /* waits, in the list of parked exchanges */
    EXCHANGE_GONE,   /* abandoned while in the turn's list: freed at the end of the turn */
};

/* The next step of a request (run.c). */
enum step {
    STEP_ROUTE,       /* find its tenant and its route */
    STEP_DRAW_BEFORE, /* try the fault rules of phase `before` */
    STEP_APPLY,       /* its delay is over: apply the rule that hit */
    STEP_ADMIT_AGAIN, /* check again what may have changed while it waited to run */
    STEP_HANDLE,      /* check its names and its body, and call its handler */
    STEP_ASK,         /* ask its continuation for the next piece */
    STEP_DRAW_AFTER,  /* try the rules of phase `after`: there is a response */
    STEP_GIVE,        /* put it into the turn's list of answers */
    STEP__MAX
};

/* One request from its first byte to its log line, with everything known about it. */
struct exchange {
    struct service *service;
    void *owner;
    enum exchange_state state;
    enum step step;
    enum exchange_part part; /* which part of the whole answer the response is */
    bool has_run;            /* its handler was called, or the checks before it refused it */
    bool is_presented;       /* rules of phase `after` were tried on its response */
    bool head_given;         /* the gateway has the head of its answer */
    bool claimed;            /* it has claimed the pod that it is about */
    bool below_admin;        /* its path is below __admin, with or without a route */
    bool is_delayed;         /* a fault rule has delayed it */
    bool parked_too_long;    /* `wake` is set to the end of --park-timeout */
    const struct service_route *route; /* NULL until found */
    struct tenant *tenant;             /* NULL until found */
    struct arena arena;
    struct request request;
    struct response response;
    struct call *call;       /* what the handler sees; in the arena, NULL after exchange_shrink */
    struct subject about;    /* what the request is about */
    struct problem *problem; /* where a run puts an error's sentence (run.c); NULL between runs */
    enum err err;            /* the error that the request ended with */
    struct text sentence;    /* its sentence, in the arena; absent: that of the table */
    struct fault_hit *hit;   /* of the last rule that hit; NULL: none */
    struct text fault_ids;   /* of all rules that hit, with commas; absent: none */
    uint64_t ticket;         /* of its journal entry; 0: none */
    struct journal_request *journaled; /* what that entry shows; beside the call, and as long */
    int64_t generation;                /* of the tenant's state when the request began */
    uint64_t turn;                     /* the tenant's turn in which it last used the state */
    int64_t began_us;                  /* monotonic */
    int64_t duration_us;               /* until the first piece of its answer */
    int64_t parked_since_us;           /* monotonic; its first wait since its last piece; 0: none */
    struct timer wake;
    TAILQ_ENTRY(exchange) link; /* in the turn's list, or in the list of the parked */
    SLIST_ENTRY(exchange) next_free;
};

TAILQ_HEAD(exchange_list, exchange);

struct service {
    struct service_config config;
    const struct api *api;
    struct tenants *tenants;
    struct metrics *metrics;
    struct clock *clock; /* real time */
    struct timers *timers;
    struct log *log;
    struct router *router;
    struct router *pod_router;
    struct exchange_list turn; /* answers of this turn, in the order of arrival */
    struct exchange_list parked;
    size_t parked_count;
    SLIST_HEAD(, exchange) free;
    size_t free_count;
    struct tenant *turn_tenants; /* the tenants that this turn has used */
    struct buffer no_memory;     /* a whole answer */
    size_t tenants_removed;      /* tenants_removed() when stale waits were last ended */
    bool stopping;
};

/* Returns a new exchange, or NULL without memory. `wake` is called by its timer. */
struct exchange *exchange_new(struct service *service, void *owner, void (*wake)(struct timer *));

/* Puts the exchange into the turn's list, with its response as that `part` of the answer. */
void exchange_ready(struct exchange *exchange, enum exchange_part part);

/* Gives up what an exchange no longer needs once the head of its answer is out and its continuation
 * is detached: the whole arena, except the texts that the log line and the leaks show. The memory
 * goes to a free exchange. May be called again. Without memory it changes nothing. */
void exchange_shrink(struct exchange *exchange);

/* Keeps the exchange for another request, or frees it. It must not be in a list. */
void exchange_recycle(struct exchange *exchange);
void exchange_free(struct exchange *exchange);

#endif
