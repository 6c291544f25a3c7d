/* SPDX-License-Identifier: MIT
 *
 * A tenant: an isolated state with all that steers it (control API, "Tenants"). The one without a
 * name is what a client gets that asks for none. And the registry of all there are.
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
#include "tenant/claim_queue.h"
#include "tenant/faults.h"
#include "tenant/journal.h"
#include "tenant/leaks.h"
#include "tenant/snapshots.h"
#include "model/state_clock.h"
#include "store/pool_state.h"

enum { TENANT_NAME_MAX = 32 }; /* bytes: it is part of a host's label */
enum { TENANT_FIRST_SEED = 1 };

struct tenant {
    char name[TENANT_NAME_MAX + 1]; /* "" for the default */
    struct state_clock time;
    struct clock clock; /* the state's clock in this turn: what its time stamps show */
    struct pool_state *state;
    struct faults faults; /* with the seed of all that is drawn in this tenant */
    struct journal journal;
    struct leaks leaks;
    struct snapshots snapshots;
    struct claim_queues claim_queues;
    uint64_t freed_seen; /* of the state, when the claim queues were last woken */
    /* The service's: when something falls due in the state, and its place in the turn. */
    struct timer due;
    bool due_failed; /* what was due in this turn could not be done */
    /* The continuation of a `PUT clock` in progress. Only it runs due events while the state's
     * generation is this one. NULL: none. */
    const struct continuation *clock_move;
    int64_t clock_move_generation;
    struct timers *timers;
    void *service;
    struct tenant *next_in_turn;
    bool in_turn;
    uint64_t turns;                 /* of its state, that have ended */
    struct state_clock time_before; /* as the last of them ended: what a lost one goes back to */
    bool turn_lost;                 /* one has been, since it came into the turn */
    size_t parked;                  /* requests in it that wait for something */
    /* The registry's. */
    struct tenants *tenants;
    size_t requests; /* that are in it now: a removed tenant is freed with its last one */
    bool removed;
    bool is_passing;   /* made for a request that changes nothing: it goes with the last one */
    struct timer idle; /* looks whether it has been idle; armed where tenants can be that */
    int64_t last_request_us;     /* when the last one came or left; monotonic */
    TAILQ_ENTRY(tenant) link;    /* in the order of creation */
    struct tenant *next_of_name; /* of the same hash */
};

struct tenants;

struct tenants_config {
    struct pool_state_config state; /* of each; the tenant's name is filled in */
    size_t tenants_max;             /* besides the default */
    size_t journal_max;             /* entries of each one's journal; 0: none is kept */
    struct timers *timers;          /* borrowed: a tenant that ends disarms its own */
    /* A tenant without a file, without a request in it, and without one for so long is removed; 0:
     * none is. Real time. */
    int64_t idle_us;
    void (*on_forgotten)(void *context, const char *name); /* called with each; may be NULL */
    void *context;
};

/* Opens the registry with the default tenant in it and, where states are kept in files, all that
 * are kept beside it, which tenants_max does not bind. `real` is the process's clock, borrowed.
 * Returns OK, or what pool_state_open returns. */
enum err tenants_open(const struct tenants_config *config, const struct clock *real,
                      struct tenants **out, struct problem *problem);

/* Frees it with all tenants, in which no request is left. NULL is legal. */
void tenants_close(struct tenants **tenants);

struct tenant *tenants_default(struct tenants *tenants);

/* The tenant of that name, or NULL where there is none yet; "" is the default. */
struct tenant *tenants_find(struct tenants *tenants, struct text name);

/* OK for what may be a tenant's name, which "" is not; else ERR_BAD_NAME. */
enum err tenants_check_name(struct text name, struct problem *problem);

/* The same as tenants_find, but it is made where there is none. Returns OK, ERR_BAD_NAME,
 * ERR_TENANT_LIMIT, or what pool_state_open returns. */
enum err tenants_get(struct tenants *tenants, struct text name, struct tenant **out,
                     struct problem *problem);

/* How many there are besides the default; how many were ever removed. */
size_t tenants_count(const struct tenants *tenants);
size_t tenants_removed(const struct tenants *tenants);

/* The first one besides the default, and the one created after it; NULL where there is none. */
struct tenant *tenants_first(const struct tenants *tenants);
struct tenant *tenants_next(const struct tenant *tenant);

/* How many pods are claimed in all of them. */
enum err tenants_count_claims(struct tenants *tenants, int64_t *claims);

/* Takes a tenant, which is not the default, out of the registry, and deletes its file. It is freed
 * by tenant_leave, or here if no request is in it and it has no part in the turn. */
void tenants_remove(struct tenants *tenants, struct tenant *tenant);

/* A request comes into the tenant, and leaves it. tenant_sweep frees it if it was removed, or has
 * only been looked at (is_passing), and no request is left in it. */
void tenant_join(struct tenant *tenant);
void tenant_leave(struct tenant *tenant);
void tenant_sweep(struct tenant *tenant);

/* What a reset leaves as it is. */
struct tenant_kept {
    bool faults, journal;
    unsigned of_state; /* what pool_state_reset is told */
};

/* Back to a tenant at its start: the state is its start state, in which what is overdue has
 * happened (as far as tenant_run_due has it), the clock goes with real time, the generator has its
 * first seed, and there are no faults, no journal and no leaks but what is kept. It ends the turn
 * of the state, in which nothing else may have been changed, for what stands beside the state can't
 * be brought back. Returns what pool_state_reset and pool_state_turn_end do; where that is an
 * error, all is as it was. */
enum err tenant_reset(struct tenant *tenant, const struct clock *real, struct tenant_kept kept);

/* Brings the state's clock up to real time. */
void tenant_tick(struct tenant *tenant, const struct clock *real);

/* What of all that falls due is to be done at once. */
struct tenant_due {
    int64_t until_ms;              /* what is due later waits for its time */
    int64_t max;                   /* things to do: TENANT_DUE_MAX take some milliseconds */
    pool_state_visit_event *visit; /* shown each of them; NULL: nobody is */
    void *context;
};

enum { TENANT_DUE_MAX = 256 };

/* Does what has fallen due in the state, and brings its clock up to real time; where more is left
 * to do, only up to the first of that, so that no request sees a time by which something should
 * have happened and has not. Returns what pool_state_run_due does; the clock then waits for
 * nothing, and a change that was begun has failed its turn. */
enum err tenant_run_due(struct tenant *tenant, const struct clock *real, struct tenant_due due);

#endif
