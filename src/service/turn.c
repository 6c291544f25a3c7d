/* SPDX-License-Identifier: MIT */
#include "service/turn.h"

#include "service/answer.h"
#include "service/parking.h"

/* When to try again to run events that failed, or that were left to a `PUT clock` that may have
 * ended since. */
enum { DUE_RETRY_US = 1000 * 1000 };

static void due_passed(struct timer *timer);

static bool is_left_to_clock_move(const struct tenant *tenant)
{
    return tenant->clock_move &&
           tenant->clock_move_generation == pool_state_generation(tenant->state);
}

/* Runs the events that are due, at most TENANT_DUE_MAX in a turn so that other requests need not
 * wait; the rest follows in the next turn. If the state can't be written now, requests read it as
 * it is. */
static void run_due(struct service *service, struct tenant *tenant)
{
    const struct tenant_due due = {.until_ms = INT64_MAX,
                                   .max = is_left_to_clock_move(tenant) ? 0
                                          : service->config.one_shot    ? INT64_MAX
                                                                        : TENANT_DUE_MAX};

    tenant->due_failed = tenant_run_due(tenant, service->clock, due) != OK;
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
    run_due(service, tenant);
}

static void due_passed(struct timer *timer)
{
    struct tenant *tenant = TIMER_OWNER(timer, struct tenant, due);

    turn_enter(tenant->service, tenant);
}

/* Sets the timer that puts the tenant into a turn when the next event of its state is due. On a
 * stopped clock only overdue events happen. */
static void set_timer(struct tenant *tenant)
{
    int64_t due_ms, now_ms = tenant->clock.wall_ms;

    if (tenant->removed || pool_state_next_due_ms(tenant->state, &due_ms) || due_ms == INT64_MAX ||
        (tenant->time.frozen && due_ms > now_ms)) {
        timers_disarm(tenant->timers, &tenant->due);
        return;
    }
    bool later = tenant->due_failed || tenant->turn_lost || is_left_to_clock_move(tenant);
    int64_t wait_us = due_ms > now_ms ? (due_ms - now_ms) * 1000 : later ? DUE_RETRY_US : 0;
    tenant->due.fire = due_passed;
    timers_arm(tenant->timers, &tenant->due, tenant->clock.mono_us + wait_us);
}

static void wake_claims(struct tenant *tenant)
{
    uint64_t freed = pool_state_freed_count(tenant->state);

    if (freed != tenant->freed_seen)
        claim_queues_wake_all(&tenant->claim_queues);
    tenant->freed_seen = freed;
}

void turn_join(struct exchange *exchange)
{
    exchange->turn = exchange->tenant->turns;
}

enum err turn_error(const struct tenant *tenant)
{
    return pool_state_explain(tenant->state, ERR_TURN_LOST, &(struct problem){0});
}

/* Replaces the answer of an exchange whose change was undone. */
static void retract(struct exchange *exchange)
{
    if (exchange->head_given) {
        exchange->part = EXCHANGE_BROKEN;
        return;
    }
    answer_fail(exchange, turn_error(exchange->tenant));
    exchange->part = EXCHANGE_WHOLE;
}

static void lose(struct service *service, struct tenant *tenant)
{
    service->metrics->turns_lost++;
    tenant->turn_lost = true;
    tenant->time = tenant->time_before;
    struct exchange *exchange;

    TAILQ_FOREACH(exchange, &service->turn, link)
        if (exchange->tenant == tenant && exchange->turn == tenant->turns)
            retract(exchange);
    parking_end_lost(service, tenant, turn_error(tenant));
}

static bool commit(struct service *service, struct tenant *tenant)
{
    bool kept = pool_state_turn_end(tenant->state) == OK;

    if (tenant->deliveries.pending > 0)
        deliveries_turn_end(&tenant->deliveries, kept);
    events_turn_end(&tenant->events, kept);
    if (!kept) {
        lose(service, tenant);
        events_turn_end(&tenant->events, true); /* of the waits that have ended with the turn */
    }
    tenant->time_before = tenant->time;
    tenant->turns++;
    return kept;
}

void turn_commit(struct service *service)
{
    for (struct tenant *tenant = service->turn_tenants; tenant; tenant = tenant->next_in_turn)
        commit(service, tenant);
}

bool turn_commit_early(struct service *service, struct tenant *tenant)
{
    bool kept = commit(service, tenant);

    if (!kept) {
        const struct event_origin origin = tenant->events.origin;
        tenant->events.origin = (struct event_origin){.cause = EVENT_BY_CLOCK};
        run_due(service, tenant); /* the events that were due are undone with the rest */
        tenant->events.origin = origin;
    }
    return kept;
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
