/* SPDX-License-Identifier: MIT
 *
 * A tenant: an isolated state with its clock, fault rules, journal, leaks, snapshots, waiting
 * claims and callbacks (docs/control.md, "Tenants"). Also the registry of all tenants. Clients that
 * name no tenant use the default tenant, which has no name.
 */
#ifndef TENANT_TENANT_H
#define TENANT_TENANT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "base/timer.h"
#include "tenant/callback_rules.h"
#include "tenant/claim_queue.h"
#include "tenant/deliveries.h"
#include "tenant/events.h"
#include "tenant/faults.h"
#include "tenant/journal.h"
#include "tenant/leaks.h"
#include "tenant/snapshots.h"
#include "model/metrics.h"
#include "model/state_clock.h"
#include "store/pool_state.h"

enum { TENANT_NAME_MAX = 32 }; /* bytes: it is part of a host's label */
enum { TENANT_FIRST_SEED = 1 };

struct tenant {
    char name[TENANT_NAME_MAX + 1]; /* "": the default tenant */
    struct state_clock time;        /* how the state's clock is set */
    struct clock clock;             /* the state's time in this turn, for its time stamps */
    struct pool_state *state;
    struct faults faults; /* its seed is that of all random numbers in this tenant */
    struct journal journal;
    struct events events; /* the turn ends with that of the state */
    struct leaks leaks;
    struct snapshots snapshots;
    struct claim_queues claim_queues;
    struct callback_rules callback_rules; /* changed by tenant_take_callback_rules */
    struct deliveries deliveries;         /* the turn ends with that of the state */
    uint64_t freed_seen; /* pool_state_freed_count when the claim queues were last woken */
    /* Set by the service. */
    struct timer due; /* fires when the state's next event is due */
    bool due_failed;  /* the events due in this turn could not be run */
    /* The continuation of a `PUT clock` in progress. Only it runs due events while the state's
     * generation is this one. NULL: none. */
    const struct continuation *clock_move;
    int64_t clock_move_generation;
    struct timers *timers;
    void *service;
    struct tenant *next_in_turn;
    bool in_turn;
    uint64_t turns;                 /* how many turns of its state have ended */
    struct state_clock time_before; /* `time` when the last turn ended; a lost turn restores it */
    bool turn_lost;  /* a commit has failed since the tenant joined the loop's turn */
    size_t parked;   /* parked requests in it */
    struct hub *hub; /* of those who listen to its events (live/hub.h); NULL: nobody does */
    /* Set by the registry. */
    struct tenants *tenants;
    size_t requests;  /* in it now; a removed tenant is freed with the last one */
    size_t listeners; /* of the requests */
    bool removed;
    bool is_passing;   /* made by a request that changes nothing; removed with its last request */
    struct timer idle; /* checks whether to remove it as idle; armed only with idle_us */
    int64_t last_request_us;     /* when a request last joined or left; monotonic */
    TAILQ_ENTRY(tenant) link;    /* in the order of creation */
    struct tenant *next_of_name; /* in the same bucket of names */
};

struct tenants;

struct tenants_config {
    struct pool_state_config state; /* of each tenant; `tenant` is filled in */
    size_t tenants_max;             /* besides the default tenant */
    size_t journal_max;             /* entries in each tenant's journal; 0: no journal */
    size_t events_max;              /* events that each tenant keeps; 0: none */
    size_t events_bytes_max;        /* memory of the events of all tenants */
    size_t listeners_max;           /* in all tenants; in each at most a tenth of them */
    struct timers *timers;          /* borrowed; a freed tenant disarms its own */
    /* Removes a tenant that has no file and has had no request in it for this time, in real time;
     * 0: never. */
    int64_t idle_us;
    /* called when an idle tenant is removed; may be NULL */
    void (*on_forgotten)(void *context, const char *name);
    void *context;
};

/* Opens the registry with the default tenant and, if states are kept in files, every tenant that
 * has one; these may exceed tenants_max. `real` is the process's clock, borrowed. Returns OK, or
 * what pool_state_open returns. */
enum err tenants_open(const struct tenants_config *config, const struct clock *real,
                      struct tenants **out, struct problem *problem);

/* Frees the registry and all tenants. No request may be in them. NULL is legal. */
void tenants_close(struct tenants **tenants);

struct tenant *tenants_default(struct tenants *tenants);

/* Returns the tenant of that name, or NULL; "" is the default tenant. */
struct tenant *tenants_find(struct tenants *tenants, struct text name);

/* Returns OK if the name is valid for a tenant that is not the default, otherwise ERR_BAD_NAME. */
enum err tenants_check_name(struct text name, struct problem *problem);

/* Finds the tenant of that name, or makes it. Returns OK, ERR_BAD_NAME, ERR_TENANT_LIMIT, or what
 * pool_state_open returns. */
enum err tenants_get(struct tenants *tenants, struct text name, struct tenant **out,
                     struct problem *problem);

/* Returns the metrics of the process, which everybody counts in. Gauges that are not counted as
 * they change are 0 (admin/handle_metrics.c reads them). */
struct metrics *tenants_metrics(struct tenants *tenants);

/* Return how many tenants exist besides the default, and how many were ever removed. */
size_t tenants_count(const struct tenants *tenants);
size_t tenants_removed(const struct tenants *tenants);

/* Return the first tenant besides the default, and the one created after a tenant; NULL: none. */
struct tenant *tenants_first(const struct tenants *tenants);
struct tenant *tenants_next(const struct tenant *tenant);

/* Counts the claimed pods of all tenants. Reads every pod. */
enum err tenants_count_claims(struct tenants *tenants, int64_t *claims);

/* Removes a tenant, which must not be the default, from the registry, and deletes its file. Frees
 * it at once if no request is in it and it is in no turn; otherwise tenant_leave or tenant_sweep
 * frees it. */
void tenants_remove(struct tenants *tenants, struct tenant *tenant);

/* Call these when a request joins and leaves the tenant. */
void tenant_join(struct tenant *tenant);
void tenant_leave(struct tenant *tenant);

/* The same for a client that listens: to events, or on a WebSocket of a pod. It may stay for long,
 * so they are limited. Returns OK, or ERR_LISTENER_LIMIT with a sentence. */
enum err tenant_join_listener(struct tenant *tenant, enum metric_listener form,
                              struct problem *problem);
void tenant_leave_listener(struct tenant *tenant, enum metric_listener form);

/* Replaces the callback rules by those of `from`, which has none afterwards. */
void tenant_take_callback_rules(struct tenant *tenant, struct callback_rules *from);

/* Returns the deliveries of all tenants. */
struct dispatch *tenants_dispatch(struct tenants *tenants);

/* Returns the tenant that has these deliveries. */
struct tenant *tenant_of_deliveries(struct deliveries *deliveries);

/* Returns how many clients listen. */
size_t tenants_listeners(const struct tenants *tenants);

/* Frees a removed tenant, and removes one that is_passing, if no request is in it and it is in no
 * turn. Called by tenant_leave, and by the service when it takes the tenant out of the turn. */
void tenant_sweep(struct tenant *tenant);

/* What a reset keeps. */
struct tenant_kept {
    bool callbacks, faults, journal;
    unsigned of_state; /* POOL_STATE_KEEP_ bits, for pool_state_reset */
};

/* Resets a tenant. The state returns to its start state, and its overdue events happen (up to
 * TENANT_DUE_MAX); the clock shows real time; the seed becomes TENANT_FIRST_SEED; callback
 * rules and deliveries, fault rules, journal and leaks are cleared unless they are kept. Ends the
 * state's turn, in which nothing else may have changed, because the parts beside the state can't be
 * rolled back. Returns what pool_state_reset and pool_state_turn_end return; after an error nothing
 * has changed. */
enum err tenant_reset(struct tenant *tenant, const struct clock *real, struct tenant_kept kept);

/* Notes an event that the state does not report itself, with the time of the state's clock. If the
 * tenant is in a turn, the event is kept with the turn, otherwise at once. A rehearsal notes
 * none. */
void tenant_note(struct tenant *tenant, const struct event *event);

/* Begins a new epoch of the events, because another state has replaced this one, and fails the
 * deliveries of the old one. `by` is static: what replaced it. */
void tenant_note_replaced(struct tenant *tenant, const char *by);

/* Updates the state's clock from real time. */
void tenant_tick(struct tenant *tenant, const struct clock *real);

/* Which due events to run. */
struct tenant_due {
    int64_t until_ms;              /* later events stay */
    int64_t max;                   /* events; TENANT_DUE_MAX of them take some milliseconds */
    pool_state_visit_event *visit; /* called with each event; may be NULL */
    void *context;
};

enum { TENANT_DUE_MAX = 256 };

/* Runs events that are due in the state, and updates its clock from real time. If due events are
 * left, sets the clock only to the time of the first of them, so that no request sees a time at
 * which an event should have happened but has not. Returns what pool_state_run_due returns. After
 * an error the clock is updated all the same, and the turn has failed unless the error is
 * ERR_STATE_FILE. */
enum err tenant_run_due(struct tenant *tenant, const struct clock *real, struct tenant_due due);

#endif
