/* SPDX-License-Identifier: MIT */
#include "service/parking.h"

#include "service/answer.h"
#include "service/faulting.h"
#include "service/report.h"

static void wake_soon(struct continuation *continuation)
{
    struct exchange *exchange = continuation->parker;

    exchange->parked_too_long = false;
    timers_arm(exchange->service->timers, &exchange->wake, exchange->service->clock->mono_us);
}

/* Returns `until_us`, or the end of --park-timeout if that comes first, and sets parked_too_long
 * then. Without the limit, clients whose front end never tells that they have gone would fill
 * --parked-max. */
static int64_t bound(struct exchange *exchange, int64_t until_us)
{
    const struct service *service = exchange->service;

    if (exchange->parked_since_us == 0)
        exchange->parked_since_us = service->clock->mono_us;
    int64_t limit_us = service->config.park_timeout_us > 0
                           ? exchange->parked_since_us + service->config.park_timeout_us
                           : INT64_MAX;
    exchange->parked_too_long = limit_us < until_us;
    return exchange->parked_too_long ? limit_us : until_us;
}

/* What a parked exchange waits for. It stays the same until the exchange leaves. */
static enum metric_wait wait_of(const struct exchange *exchange)
{
    return exchange->step == STEP_APPLY                    ? METRIC_WAIT_FAULT
           : exchange->head_given                          ? METRIC_WAIT_STREAM
           : exchange->route->operation == OPERATION_CLAIM ? METRIC_WAIT_CLAIM
                                                           : METRIC_WAIT_OTHER;
}

static void park_until(struct exchange *exchange, int64_t until_us)
{
    struct service *service = exchange->service;

    exchange->state = EXCHANGE_PARKED;
    TAILQ_INSERT_TAIL(&service->parked, exchange, link);
    service->parked_count++;
    service->metrics->parked[wait_of(exchange)]++;
    exchange->tenant->parked++;
    report_learn(exchange);
    timers_arm(service->timers, &exchange->wake, bound(exchange, until_us));
}

void parking_leave(struct exchange *exchange)
{
    struct service *service = exchange->service;

    TAILQ_REMOVE(&service->parked, exchange, link);
    service->parked_count--;
    service->metrics->parked[wait_of(exchange)]--;
    exchange->tenant->parked--;
    timers_disarm(service->timers, &exchange->wake);
    if (exchange->response.continuation)
        exchange->response.continuation->wake = NULL;
}

/* Returns why the exchange may not be parked, or OK. An answer that has begun may always wait. */
static enum err check_room(struct exchange *exchange)
{
    const struct service *service = exchange->service;
    size_t max = service->config.parked_max;

    if (service->stopping)
        return ERR_STOPPING;
    if (exchange->head_given || max == 0 || service->parked_count < max)
        return OK;
    return problem_set(exchange->problem, ERR_BUSY, "%zu requests wait already (--parked-max)",
                       service->parked_count);
}

void parking_wait(struct exchange *exchange)
{
    struct continuation *continuation = exchange->response.continuation;
    enum err err = check_room(exchange);

    if (err) {
        answer_give_up(exchange, err);
        return;
    }
    if (exchange->head_given && continuation->is_detached)
        exchange_shrink(exchange);
    continuation->wake = wake_soon;
    continuation->parker = exchange;
    park_until(exchange, continuation->wake_mono_us);
}

/* Ends a held exchange early. One that has run and is only delayed gets its answer, because its
 * change is committed; any other is given up. */
static void end_hold(struct exchange *exchange, enum err err)
{
    if (exchange->is_presented && !faulting_loses_answer(exchange))
        exchange_ready(exchange, exchange->part);
    else
        answer_give_up(exchange, err);
}

void parking_hold(struct exchange *exchange, int64_t until_us)
{
    enum err err = check_room(exchange);

    if (err)
        end_hold(exchange, err);
    else
        park_until(exchange, until_us);
}

void parking_end_too_long(struct exchange *exchange)
{
    report_claim(exchange, true); /* its answer is lost */
    answer_give_up(exchange, ERR_PARKED_TOO_LONG);
}

void parking_end_stale(struct service *service)
{
    for (struct exchange *exchange = TAILQ_FIRST(&service->parked), *next; exchange;
         exchange = next) {
        struct tenant *tenant = exchange->tenant;
        next = TAILQ_NEXT(exchange, link);
        if (!tenant->removed && exchange->generation == pool_state_generation(tenant->state))
            continue;
        parking_leave(exchange);
        exchange->claimed = false;
        answer_give_up(exchange, ERR_STALE);
    }
}

void parking_end_lost(struct service *service, const struct tenant *tenant, enum err err)
{
    for (struct exchange *exchange = TAILQ_FIRST(&service->parked), *next; exchange;
         exchange = next) {
        next = TAILQ_NEXT(exchange, link);
        if (exchange->tenant != tenant || exchange->turn != tenant->turns)
            continue;
        parking_leave(exchange);
        answer_give_up(exchange, err);
    }
}

void parking_end_all(struct service *service)
{
    struct exchange *exchange;

    while ((exchange = TAILQ_FIRST(&service->parked))) {
        parking_leave(exchange);
        if (exchange->step == STEP_APPLY)
            end_hold(exchange, ERR_STOPPING);
        else
            answer_give_up(exchange, ERR_STOPPING);
    }
}
