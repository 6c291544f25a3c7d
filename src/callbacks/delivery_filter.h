/* SPDX-License-Identifier: MIT
 *
 * Which deliveries a client asks for (docs/callbacks.md, "Deliveries").
 */
#ifndef CALLBACKS_DELIVERY_FILTER_H
#define CALLBACKS_DELIVERY_FILTER_H

#include "call/handler.h"
#include "model/delivery.h"

/* An absent text matches all deliveries. Texts are valid as long as the call. */
struct delivery_filter {
    unsigned states;       /* a bit for each enum delivery_state */
    struct text pool_name; /* a pattern */
    struct text session;   /* a pattern */
    int64_t pod_number;    /* 0: any */
};

/* The states of deliveries that have ended. */
#define DELIVERY_FILTER_ENDED (1u << DELIVERY_DELIVERED | 1u << DELIVERY_FAILED)
#define DELIVERY_FILTER_ALL ((1u << DELIVERY_STATE__MAX) - 1)

/* Reads `state`, `pool`, `pod` and `sessionId` of the query. `states` are those without `state`.
 * Returns OK, ERR_BAD_QUERY or ERR_NO_MEMORY. */
enum err delivery_filter_read(struct call *call, unsigned states, struct delivery_filter *out);

bool delivery_filter_matches(const struct delivery_filter *filter, const struct delivery *delivery);

#endif
