/* SPDX-License-Identifier: MIT
 *
 * The tenants that have a part in the turn. A turn is a transaction in the state of each. */
#include "service/exchange.h"

/* What falls due in a state is done so much at a time, some milliseconds' worth: the rest follows
 * in the next turn. What could not be done is tried again after a while. */
enum { DUE_MAX = 256, DUE_RETRY_US = 1000 * 1000 };

static void due_passed(struct timer *timer);

/* A state that can't be written at present is read as it stands. */
static void run_due(struct tenant *tenant)
{
    struct pool_state *state = tenant->state;
    int64_t due_ms;

    tenant->due_failed = false;
    if (pool_state_next_due_ms(state, &due_ms) || due_ms > tenant->clock.wall_ms)
        return;
    enum err err = pool_state_run_due(state, tenant->clock.wall_ms, DUE_MAX, NULL, NULL);
    tenant->due_failed = err != OK;
    if (err && err != ERR_STATE_FILE)
        pool_state_turn_fail(state);
}

void turn_enter(struct service *service, struct tenant *tenant)
{
    if (tenant->in_turn)
        return;
    tenant->in_turn = true;
    tenant->next_in_turn = service->turn_tenants;
    service->turn_tenants = tenant;
    tenant->service = service;
    tenant->time_before = tenant->time;
    tenant_tick(tenant, service->clock);
    run_due(tenant);
}

static void due_passed(struct timer *timer)
{
    struct tenant *tenant = (struct tenant *)((char *)timer - offsetof(struct tenant, due));

    turn_enter(tenant->service, tenant);
}

/* Has the tenant come into a turn by itself when the next thing falls due in its state. On a clock
 * that stands nothing does. */
static void set_timer(struct tenant *tenant)
{
    int64_t due_ms, now_ms = tenant->clock.wall_ms;

    if (tenant->removed || tenant->time.frozen || pool_state_next_due_ms(tenant->state, &due_ms) ||
        due_ms == INT64_MAX) {
        timers_disarm(tenant->timers, &tenant->due);
        return;
    }
    tenant->due.fire = due_passed;
    int64_t wait_us = due_ms > now_ms                           ? (due_ms - now_ms) * 1000
                      : tenant->due_failed || tenant->turn_lost ? DUE_RETRY_US
                                                                : 0;
    timers_arm(tenant->timers, &tenant->due, tenant->clock.mono_us + wait_us);
}

static void wake_claims(struct tenant *tenant)
{
    uint64_t frees = pool_state_frees(tenant->state);

    if (frees != tenant->frees_seen)
        claim_queues_wake_all(&tenant->claim_queues);
    tenant->frees_seen = frees;
}

static void commit(struct tenant *tenant)
{
    tenant->turn_lost = pool_state_turn_end(tenant->state) != OK;
    if (tenant->turn_lost)
        tenant->time = tenant->time_before;
}

void turn_commit(struct service *service)
{
    for (struct tenant *tenant = service->turn_tenants; tenant; tenant = tenant->next_in_turn)
        commit(tenant);
}

void turn_leave(struct service *service)
{
    struct tenant *tenant;

    while ((tenant = service->turn_tenants)) {
        service->turn_tenants = tenant->next_in_turn;
        wake_claims(tenant);
        set_timer(tenant);
        tenant->in_turn = tenant->turn_lost = false;
        tenant_sweep(tenant);
    }
}
