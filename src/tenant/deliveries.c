/* SPDX-License-Identifier: MIT */
#include "tenant/deliveries.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

/* A delivery with its texts, in one allocation. */
struct queued {
    struct delivery delivery;
    int64_t ready_us; /* monotonic: when it is due, or when the lease of its taker ends */
    int64_t take;
    bool is_behind; /* an earlier delivery of its session has not ended */
    size_t bytes;
    TAILQ_ENTRY(queued) link;
    char texts[];
};

void dispatch_init(struct dispatch *dispatch)
{
    *dispatch = (struct dispatch){0};
    snprintf(dispatch->epoch, sizeof(dispatch->epoch), "%08x", (unsigned)hash_key_new().k0);
    TAILQ_INIT(&dispatch->lists);
}

void deliveries_init(struct deliveries *deliveries, struct dispatch *dispatch,
                     void (*report)(struct deliveries *, enum event_type, const struct delivery *))
{
    *deliveries = (struct deliveries){.dispatch = dispatch, .report = report};
    TAILQ_INIT(&deliveries->queue);
}

/* --- watches --- */

void deliveries_watch(struct deliveries *deliveries, struct deliveries_watch *watch)
{
    watch->is_watching = true;
    LIST_INSERT_HEAD(&deliveries->watches, watch, link);
}

void dispatch_watch(struct dispatch *dispatch, struct deliveries_watch *watch)
{
    watch->is_watching = true;
    LIST_INSERT_HEAD(&dispatch->watches, watch, link);
}

void deliveries_unwatch(struct deliveries_watch *watch)
{
    if (watch->is_watching)
        LIST_REMOVE(watch, link);
    watch->is_watching = false;
}

static void tell(const struct deliveries *deliveries)
{
    struct deliveries_watch *watch;

    LIST_FOREACH(watch, &deliveries->watches, link)
        watch->told(watch);
    LIST_FOREACH(watch, &deliveries->dispatch->watches, link)
        watch->told(watch);
}

/* --- the list --- */

static bool is_of_session(const struct queued *queued, const struct delivery *delivery)
{
    return delivery->session.at && queued->delivery.pod_number == delivery->pod_number &&
           text_equal(queued->delivery.session, delivery->session);
}

/* Returns true if the session of a new delivery has one that has not ended. */
static bool has_earlier(const struct deliveries *deliveries, const struct delivery *delivery)
{
    struct queued *queued;

    if (!delivery->session.at)
        return false;
    TAILQ_FOREACH(queued, &deliveries->queue, link)
        if (!delivery_has_ended(&queued->delivery) && is_of_session(queued, delivery))
            return true;
    return false;
}

/* Lets the next delivery of the session of an ended one be taken. */
static void release_next(const struct queued *ended)
{
    struct queued *next = TAILQ_NEXT(ended, link);

    while (next && !(next->is_behind && is_of_session(next, &ended->delivery)))
        next = TAILQ_NEXT(next, link);
    if (next)
        next->is_behind = false;
}

static void remove_queued(struct deliveries *deliveries, struct queued *queued)
{
    TAILQ_REMOVE(&deliveries->queue, queued, link);
    deliveries->count--;
    deliveries->bytes -= queued->bytes;
    if (deliveries->count == 0)
        TAILQ_REMOVE(&deliveries->dispatch->lists, deliveries, link);
    free(queued);
}

/* Ends a delivery that waits or is taken. */
static void fail(struct deliveries *deliveries, struct queued *queued, enum delivery_fault fault)
{
    queued->delivery.state = DELIVERY_FAILED;
    queued->delivery.fault = fault;
    release_next(queued);
    deliveries->report(deliveries, EVENT_CALLBACK_FAILED, &queued->delivery);
}

/* Drops a delivery to make room. */
static void drop(struct deliveries *deliveries, struct queued *queued)
{
    if (!delivery_has_ended(&queued->delivery)) {
        fail(deliveries, queued, DELIVERY_FAULT_GIVEN_UP);
        deliveries->given_up++;
    }
    deliveries->dropped++;
    remove_queued(deliveries, queued);
}

static void drop_all(struct deliveries *deliveries)
{
    while (!TAILQ_EMPTY(&deliveries->queue))
        remove_queued(deliveries, TAILQ_FIRST(&deliveries->queue));
    deliveries->pending = 0;
    deliveries->first_pending = NULL;
}

void deliveries_free(struct deliveries *deliveries)
{
    while (!LIST_EMPTY(&deliveries->watches))
        deliveries_unwatch(LIST_FIRST(&deliveries->watches));
    drop_all(deliveries);
}

void deliveries_clear(struct deliveries *deliveries)
{
    drop_all(deliveries);
    deliveries->dropped = deliveries->given_up = 0;
    tell(deliveries);
}

static struct queued *copy(const struct delivery *delivery)
{
    size_t length = delivery->rule.length + delivery->to.length + delivery->url.length +
                    delivery->session.length + delivery->pool_name.length + delivery->body.length;
    struct queued *queued = malloc(sizeof(*queued) + length);

    if (!queued)
        return NULL;
    *queued = (struct queued){.delivery = *delivery, .bytes = sizeof(*queued) + length};
    struct text *texts[] = {&queued->delivery.rule,      &queued->delivery.to,
                            &queued->delivery.url,       &queued->delivery.session,
                            &queued->delivery.pool_name, &queued->delivery.body};
    char *to = queued->texts;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i]->at)
            texts[i]->at = memcpy(to, texts[i]->at, texts[i]->length);
        to += texts[i]->length;
    }
    return queued;
}

/* Makes room in a turn that queues more than the list may have. Only its own deliveries go, because
 * the turn may be lost. */
static void bound_pending(struct deliveries *deliveries)
{
    while (deliveries->pending > DELIVERIES_MAX || deliveries->bytes > 2 * DELIVERIES_BYTES_MAX) {
        struct queued *oldest = deliveries->first_pending;
        deliveries->first_pending = TAILQ_NEXT(oldest, link);
        deliveries->pending--;
        drop(deliveries, oldest);
    }
}

void deliveries_give_up(struct deliveries *deliveries)
{
    deliveries->dropped++;
    deliveries->given_up++;
}

void deliveries_add(struct deliveries *deliveries, const struct delivery *delivery)
{
    struct queued *queued = copy(delivery);

    if (!queued || queued->bytes > DELIVERIES_BYTES_MAX) {
        free(queued);
        deliveries_give_up(deliveries);
        return;
    }
    queued->delivery.number = ++deliveries->dispatch->last_number;
    queued->delivery.state = DELIVERY_DUE;
    queued->delivery.fault = DELIVERY_FAULT__MAX;
    queued->is_behind = has_earlier(deliveries, &queued->delivery);
    if (deliveries->count == 0)
        TAILQ_INSERT_TAIL(&deliveries->dispatch->lists, deliveries, link);
    TAILQ_INSERT_TAIL(&deliveries->queue, queued, link);
    if (deliveries->pending++ == 0)
        deliveries->first_pending = queued;
    deliveries->count++;
    deliveries->bytes += queued->bytes;
    deliveries->report(deliveries, EVENT_CALLBACK_QUEUED, &queued->delivery);
    bound_pending(deliveries);
}

void deliveries_turn_end(struct deliveries *deliveries, bool kept)
{
    if (deliveries->pending == 0)
        return;
    for (; !kept && deliveries->pending > 0; deliveries->pending--)
        remove_queued(deliveries, TAILQ_LAST(&deliveries->queue, deliveries_queue));
    deliveries->pending = 0;
    deliveries->first_pending = NULL;
    deliveries->kept_until = deliveries->dispatch->last_number;
    while (deliveries->count > DELIVERIES_MAX || deliveries->bytes > DELIVERIES_BYTES_MAX)
        drop(deliveries, TAILQ_FIRST(&deliveries->queue));
    if (kept)
        tell(deliveries);
}

void deliveries_fail_all(struct deliveries *deliveries, enum delivery_fault fault)
{
    struct queued *queued;

    TAILQ_FOREACH(queued, &deliveries->queue, link)
        if (!delivery_has_ended(&queued->delivery))
            fail(deliveries, queued, fault);
    tell(deliveries);
}

static bool is_kept(const struct deliveries *deliveries, const struct queued *queued)
{
    return queued->delivery.number <= deliveries->kept_until;
}

void deliveries_each(const struct deliveries *deliveries, uint64_t after,
                     bool (*visit)(const struct delivery *delivery, void *context), void *context)
{
    const struct queued *queued;

    TAILQ_FOREACH(queued, &deliveries->queue, link)
        if (queued->delivery.number > after &&
            (!is_kept(deliveries, queued) || !visit(&queued->delivery, context)))
            return;
}

/* --- taking --- */

/* Returns true if a relay can take the delivery now or later. */
static bool waits(const struct deliveries *deliveries, const struct queued *queued)
{
    return !delivery_has_ended(&queued->delivery) && !queued->is_behind &&
           is_kept(deliveries, queued);
}

static size_t take_from(struct deliveries *deliveries, int64_t now_us, struct taken_delivery *out,
                        size_t max)
{
    struct queued *queued = TAILQ_FIRST(&deliveries->queue);
    size_t count = 0;

    for (; queued && count < max; queued = TAILQ_NEXT(queued, link)) {
        if (!waits(deliveries, queued) || queued->ready_us > now_us)
            continue;
        queued->delivery.state = DELIVERY_TAKEN;
        queued->ready_us = now_us + (int64_t)DELIVERIES_LEASE_S * 1000 * 1000;
        out[count++] = (struct taken_delivery){&queued->delivery, deliveries, ++queued->take};
    }
    if (count > 0)
        tell(deliveries);
    return count;
}

size_t dispatch_take(struct dispatch *dispatch, struct deliveries *only, int64_t now_us,
                     struct taken_delivery *out, size_t max)
{
    struct deliveries *list = TAILQ_FIRST(&dispatch->lists), *next;
    struct deliveries *last = TAILQ_LAST(&dispatch->lists, deliveries_lists);
    size_t count = 0;

    for (; list && count < max; list = list == last ? NULL : next) {
        next = TAILQ_NEXT(list, link);
        if (only && list != only)
            continue;
        size_t taken = take_from(list, now_us, out + count, max - count);
        count += taken;
        if (taken > 0) { /* the others come first the next time */
            TAILQ_REMOVE(&dispatch->lists, list, link);
            TAILQ_INSERT_TAIL(&dispatch->lists, list, link);
        }
    }
    return count;
}

int64_t dispatch_next_us(const struct dispatch *dispatch, const struct deliveries *only)
{
    const struct deliveries *list;
    const struct queued *queued;
    int64_t next_us = INT64_MAX;

    TAILQ_FOREACH(list, &dispatch->lists, link) {
        if (only && list != only)
            continue;
        TAILQ_FOREACH(queued, &list->queue, link)
            if (waits(list, queued) && queued->ready_us < next_us)
                next_us = queued->ready_us;
    }
    return next_us;
}

/* --- results --- */

void delivery_id_write(const struct dispatch *dispatch, const struct delivery *delivery,
                       char out[static DELIVERY_ID_MAX])
{
    snprintf(out, DELIVERY_ID_MAX, "%s.%" PRIu64, dispatch->epoch, delivery->number);
}

/* Reads an id, `<epoch>.<number>`. */
static bool read_id(const struct dispatch *dispatch, struct text id, uint64_t *number)
{
    struct text epoch;

    return text_cut(&id, '.', &epoch) && id.at && text_equal(epoch, text_of(dispatch->epoch)) &&
           text_to_number(id, UINT64_MAX / 2, number);
}

bool dispatch_find(const struct dispatch *dispatch, struct deliveries *only, struct text id,
                   struct taken_delivery *out)
{
    struct deliveries *list;
    struct queued *queued;
    uint64_t number;

    if (!read_id(dispatch, id, &number))
        return false;
    TAILQ_FOREACH(list, &dispatch->lists, link) {
        if (only && list != only)
            continue;
        TAILQ_FOREACH(queued, &list->queue, link)
            if (queued->delivery.number == number && queued->take > 0) {
                *out = (struct taken_delivery){&queued->delivery, list, queued->take};
                return true;
            }
    }
    return false;
}

static bool is_success(const struct delivery_attempt *attempt)
{
    return attempt->status >= 200 && attempt->status < 300;
}

void deliveries_enter_result(const struct taken_delivery *found, int64_t take,
                             const struct delivery_attempt *attempt, int64_t now_us)
{
    struct queued *queued = (struct queued *)found->delivery; /* its first member */
    struct delivery *delivery = found->delivery;

    if (delivery_has_ended(delivery) ||
        (!is_success(attempt) && (delivery->state != DELIVERY_TAKEN || take != queued->take)))
        return;
    queued->ready_us = now_us + delivery_take_attempt(delivery, attempt) * 1000 * 1000;
    if (delivery_has_ended(delivery)) {
        release_next(queued);
        found->deliveries->report(found->deliveries,
                                  delivery->state == DELIVERY_DELIVERED ? EVENT_CALLBACK_DELIVERED
                                                                        : EVENT_CALLBACK_FAILED,
                                  delivery);
    }
    tell(found->deliveries);
}
