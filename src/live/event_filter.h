/* SPDX-License-Identifier: MIT
 *
 * Which events a client asks for (docs/control.md, "GET __admin/events").
 */
#ifndef LIVE_EVENT_FILTER_H
#define LIVE_EVENT_FILTER_H

#include "call/handler.h"

/* An absent text matches all events. Texts are valid as long as the call. */
struct event_filter {
    uint32_t types;        /* a bit for each enum event_type */
    struct text pool_name; /* a pattern */
    struct text workspace; /* a pattern */
    struct text only_pool; /* a name: of the path */
    int64_t pod_number;    /* 0: any */
};

/* Reads `types`, `pool`, `pod` and `workspaceId` of the query. If the path names a pool, only the
 * events of that pool and of its pods match. Returns OK, ERR_BAD_QUERY, ERR_NO_MEMORY. */
enum err event_filter_read(struct call *call, struct event_filter *out);

bool event_filter_matches(const struct event_filter *filter, const struct event *event);

#endif
