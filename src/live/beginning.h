/* SPDX-License-Identifier: MIT
 *
 * Where a reader of events begins, and whether it misses events before that
 * (docs/live.md, "Positions").
 */
#ifndef LIVE_BEGINNING_H
#define LIVE_BEGINNING_H

#include "call/handler.h"

struct beginning {
    uint64_t after;    /* the number of the last event that the reader has */
    const char *gap;   /* static: why it misses some; NULL: it has all up to `after` */
    int64_t missed;    /* how many; -1: unknown */
    struct text asked; /* the position in the request; absent: from now on */
};

/* Reads the position from the header Last-Event-ID or the parameter `after`, and finds the
 * beginning. Returns OK, ERR_NO_EVENTS if the tenant keeps none, ERR_BAD_QUERY, ERR_NO_MEMORY. */
enum err beginning_read(struct call *call, struct beginning *out);

/* Notes the events below number `first`, which were dropped before the reader got them. */
void beginning_skip_dropped(struct beginning *beginning, uint64_t first);

/* Writes the members of a gap: `after`, `missed` and `reason`. */
void beginning_show_gap(struct writer *writer, const struct beginning *beginning);

/* Writes the member `gap`, if there is a gap. */
void beginning_show(struct writer *writer, const struct beginning *beginning);

#endif
