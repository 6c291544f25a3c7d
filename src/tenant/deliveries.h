/* SPDX-License-Identifier: MIT
 *
 * The deliveries of a tenant (docs/callbacks.md): a list of limited length, in the order in which
 * they were queued. Ended ones stay until newer ones need their place; then the oldest goes, and if
 * it has not ended, it is given up.
 *
 * A delivery that is added is pending until its turn ends: then it is kept, or dropped with the
 * changes of a lost turn. A kept one is due. A relay takes it for a time, and reports the result
 * of its attempt; without a report it is due again. Of the deliveries of a session, only the first
 * that has not ended can be taken.
 */
#ifndef TENANT_DELIVERIES_H
#define TENANT_DELIVERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/err.h"
#include "base/text.h"
#include "model/delivery.h"
#include "model/event.h"

enum { DELIVERIES_MAX = 1000, DELIVERIES_BYTES_MAX = 8 * 1024 * 1024 }; /* of a tenant */
enum { DELIVERIES_LEASE_S = 30, DELIVERIES_EPOCH_BYTES = 8 /* hexadecimal digits */ };

struct queued;
struct deliveries;
struct deliveries_watch;

/* What the deliveries of all tenants have in common. The members are private but for `epoch`, a
 * random word in all ids, so that a relay's report never meets a delivery of another worker. */
struct dispatch {
    char epoch[DELIVERIES_EPOCH_BYTES + 1];
    uint64_t last_number;
    LIST_HEAD(, deliveries_watch) watches;
    TAILQ_HEAD(deliveries_lists, deliveries)
    lists; /* those that have deliveries; taken from in this order */
};

/* The members are private but for the counts. */
struct deliveries {
    struct dispatch *dispatch;
    /* Called when a delivery is queued, has been delivered or has failed. */
    void (*report)(struct deliveries *, enum event_type, const struct delivery *);
    TAILQ_HEAD(deliveries_queue, queued) queue;
    struct queued *first_pending; /* NULL: none is pending */
    size_t count, pending;
    uint64_t kept_until; /* those with a greater number are pending */
    size_t bytes;
    uint64_t dropped;  /* no longer in the list */
    uint64_t given_up; /* of these, those that had not ended */
    LIST_HEAD(, deliveries_watch) watches;
    TAILQ_ENTRY(deliveries) link;
};

/* Initialise the structs. They must not be moved afterwards. `dispatch` is borrowed. */
void dispatch_init(struct dispatch *dispatch);
void deliveries_init(struct deliveries *deliveries, struct dispatch *dispatch,
                     void (*report)(struct deliveries *, enum event_type, const struct delivery *));

/* Frees the deliveries, without a report. Watches of this tenant end. */
void deliveries_free(struct deliveries *deliveries);

/* Adds a delivery, and copies its texts. Sets its number and its state. Without memory, and if it
 * alone needs more than DELIVERIES_BYTES_MAX, it only counts as given up. */
void deliveries_add(struct deliveries *deliveries, const struct delivery *delivery);

/* Counts a delivery as given up that could not be made, without memory. */
void deliveries_give_up(struct deliveries *deliveries);

/* Ends the turn: keeps the pending deliveries and gives up the oldest ones that have no place, or
 * drops the pending ones. */
void deliveries_turn_end(struct deliveries *deliveries, bool kept);

/* Drops all deliveries; counts begin anew. */
void deliveries_clear(struct deliveries *deliveries);

/* Fails all deliveries that have not ended. */
void deliveries_fail_all(struct deliveries *deliveries, enum delivery_fault fault);

/* A delivery that a relay has taken. */
struct taken_delivery {
    struct delivery *delivery; /* borrowed until the next change; callers do not change it */
    struct deliveries *deliveries;
    int64_t take; /* counts how often it was taken; the result of its attempt names it */
};

/* Takes up to `max` deliveries that can be taken at `now_us`, of all tenants, or `only` of one;
 * each for DELIVERIES_LEASE_S. Tenants take turns. Returns their number. */
size_t dispatch_take(struct dispatch *dispatch, struct deliveries *only, int64_t now_us,
                     struct taken_delivery *out, size_t max);

/* Returns when the next delivery can be taken, by the monotonic clock; INT64_MAX: none waits. */
int64_t dispatch_next_us(const struct dispatch *dispatch, const struct deliveries *only);

/* Writes the id of a delivery, `<epoch>.<number>`. */
enum { DELIVERY_ID_MAX = DELIVERIES_EPOCH_BYTES + 1 + 20 + 1 /* bytes, with the NUL */ };
void delivery_id_write(const struct dispatch *dispatch, const struct delivery *delivery,
                       char out[static DELIVERY_ID_MAX]);

/* Finds a kept delivery by its id, in all tenants, or `only` in one. Returns false if there is
 * none. */
bool dispatch_find(const struct dispatch *dispatch, struct deliveries *only, struct text id,
                   struct taken_delivery *out);

/* Enters the result of the attempt that began with that `take` of a delivery that was found.
 * Ignores the failure of an earlier take, because another relay tries already, and any result of a
 * delivery that has ended. */
void deliveries_enter_result(const struct taken_delivery *found, int64_t take,
                             const struct delivery_attempt *attempt, int64_t now_us);

/* Calls `visit` with the kept deliveries whose number is above `after`, in order, until it returns
 * false. */
void deliveries_each(const struct deliveries *deliveries, uint64_t after,
                     bool (*visit)(const struct delivery *delivery, void *context), void *context);

/* Is told when deliveries of a tenant, or of any, have changed. Its owner embeds it, sets `told`,
 * and calls deliveries_unwatch before it frees it. */
struct deliveries_watch {
    void (*told)(struct deliveries_watch *); /* must change neither watches nor deliveries */
    bool is_watching;                        /* private, like `link` */
    LIST_ENTRY(deliveries_watch) link;
};
void deliveries_watch(struct deliveries *deliveries, struct deliveries_watch *watch);
void dispatch_watch(struct dispatch *dispatch, struct deliveries_watch *watch);

/* One that is not watching, or is zeroed, is legal. */
void deliveries_unwatch(struct deliveries_watch *watch);

#endif
