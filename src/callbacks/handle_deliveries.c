/* SPDX-License-Identifier: MIT
 *
 * GET __admin/deliveries and GET __admin/deliveries/wait: what is, or was, to be called back. */
#include <stdlib.h>

#include "call/pieces.h"
#include "call/wait.h"
#include "callbacks/delivery_filter.h"
#include "tenant/tenant.h"

/* --- GET deliveries --- */

struct listing {
    struct pieces pieces;
    struct tenant *tenant;
    struct delivery_filter filter;
    uint64_t after;        /* the last one visited */
    int64_t skipped;       /* how many older ones that match are still to be left out */
    struct writer *writer; /* only while a piece is shown */
};

static bool show_one(const struct delivery *delivery, void *context)
{
    struct listing *listing = context;
    struct tenant *tenant = listing->tenant;
    char id[DELIVERY_ID_MAX];

    if (delivery_filter_matches(&listing->filter, delivery) && --listing->skipped < 0) {
        delivery_id_write(tenant->deliveries.dispatch, delivery, id);
        view_delivery(listing->writer, text_of(id), delivery, text_of(tenant->name));
    }
    listing->after = delivery->number;
    return !pieces_are_full(listing->writer);
}

static enum err show_some(struct pieces *pieces, struct writer *writer)
{
    struct listing *listing = (struct listing *)pieces;

    listing->writer = writer;
    deliveries_each(&listing->tenant->deliveries, listing->after, show_one, listing);
    if (!pieces_are_full(writer))
        pieces->ended = true;
    return OK;
}

/* Counts the deliveries that match. */
static bool count_match(const struct delivery *delivery, void *context)
{
    struct listing *listing = context;

    listing->skipped += delivery_filter_matches(&listing->filter, delivery);
    return true;
}

static void show_counts(struct pieces *pieces, struct writer *writer)
{
    const struct deliveries *deliveries = &((const struct listing *)pieces)->tenant->deliveries;

    writer_member_number(writer, "dropped", (int64_t)deliveries->dropped);
    writer_member_number(writer, "givenUp", (int64_t)deliveries->given_up);
}

enum err handle_deliveries(struct call *call)
{
    struct delivery_filter filter;
    int64_t limit = DELIVERIES_MAX;
    enum err err;

    if ((err = delivery_filter_read(call, DELIVERY_FILTER_ALL, &filter)) ||
        (err = call_query_number(call, "limit", 1, DELIVERIES_MAX, &limit)))
        return err;
    struct listing *listing = calloc(1, sizeof(*listing));
    if (!listing)
        return ERR_NO_MEMORY;
    listing->pieces.show = show_some;
    listing->pieces.show_rest = show_counts;
    listing->pieces.outlives_state = true;
    listing->tenant = call->tenant;
    listing->filter = filter;
    deliveries_each(&call->tenant->deliveries, 0, count_match, listing);
    listing->skipped -= limit;
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "deliveries");
    return pieces_begin(call, &writer, &listing->pieces);
}

/* --- GET deliveries/wait --- */

struct deliveries_wait {
    struct wait wait;
    struct deliveries_watch watch;
    const struct deliveries *deliveries;
    struct delivery_filter filter;
    uint64_t count;
};

static bool count_one(const struct delivery *delivery, void *context)
{
    struct deliveries_wait *wait = context;

    wait->count += delivery_filter_matches(&wait->filter, delivery);
    return true;
}

static void count_again(struct deliveries_watch *watch)
{
    char *at = (char *)watch - offsetof(struct deliveries_wait, watch);
    struct deliveries_wait *wait = (struct deliveries_wait *)at;

    wait->count = 0;
    deliveries_each(wait->deliveries, 0, count_one, wait);
    wait_counted(&wait->wait);
}

static void show_count(const struct wait *waiting, struct writer *writer)
{
    const struct deliveries_wait *wait = (const struct deliveries_wait *)waiting;

    writer_member_number(writer, "count", (int64_t)wait->count);
    writer_member_number(writer, "dropped", (int64_t)wait->deliveries->dropped);
}

static void explain_nothing(const struct wait *waiting, char out[static PROBLEM_TEXT_MAX])
{
    (void)waiting;
    out[0] = '\0';
}

static void end_wait(struct wait *waiting)
{
    deliveries_unwatch(&((struct deliveries_wait *)waiting)->watch);
}

enum err handle_wait_deliveries(struct call *call)
{
    struct delivery_filter filter;
    uint64_t wanted;
    int64_t timeout_ms;
    enum err err;

    if ((err = delivery_filter_read(call, DELIVERY_FILTER_ENDED, &filter)) ||
        (err = wait_read_query(call, &wanted, &timeout_ms)))
        return err;
    struct deliveries_wait *wait = calloc(1, sizeof(*wait));
    if (!wait)
        return ERR_NO_MEMORY;
    *wait = (struct deliveries_wait){
        .wait = {.count = &wait->count,
                 .wanted = wanted,
                 .what = "deliveries matched",
                 .show = show_count,
                 .explain = explain_nothing,
                 .end = end_wait},
        .watch = {.told = count_again},
        .deliveries = &call->tenant->deliveries,
        .filter = filter,
    };
    wait_begin(call, &wait->wait, timeout_ms);
    count_again(&wait->watch);
    deliveries_watch(&call->tenant->deliveries, &wait->watch);
    return OK;
}
