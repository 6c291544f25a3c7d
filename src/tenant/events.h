/* SPDX-License-Identifier: MIT
 *
 * The events of a tenant, in a ring of limited length, in the order in which the changes were made.
 * An event that is noted is pending until its turn ends: then it is kept, or dropped with the
 * changes of a lost turn. So whoever reads only kept events never sees one of a change that was
 * undone.
 *
 * Events are numbered from 1, without holes. A number counts within an epoch, a random word that
 * changes with each start of the worker and each replacement of the whole state; together they are
 * a position. If there is no room or no memory for an event, all before it are dropped too: a
 * reader then sees that the ring begins after its position.
 */
#ifndef TENANT_EVENTS_H
#define TENANT_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/text.h"
#include "model/event.h"

enum { EVENTS_EPOCH_BYTES = 8 }; /* hexadecimal digits */

struct event_note;
struct events_listener;

/* The memory of several rings together. A ring that needs more takes it from the fullest one. */
struct events_budget {
    size_t max_bytes;
    int64_t *kept; /* counts the kept events of all rings by type; borrowed; NULL: nobody counts */
    size_t bytes;  /* private, like `rings` */
    LIST_HEAD(, events) rings; /* those that have memory */
};

/* A zeroed struct keeps no events. Callers may read `epoch` and `max`, and set `origin`; the other
 * members are private. */
struct events {
    char epoch[EVENTS_EPOCH_BYTES + 1];
    size_t max;                 /* events; 0: none are kept */
    struct event_origin origin; /* of the events that are noted from now on; text is borrowed */
    struct events_budget *budget;
    struct event_note *ring;
    size_t capacity;
    size_t bytes; /* of the ring and of its events' long texts */
    LIST_ENTRY(events) by_budget;
    uint64_t first; /* number of the oldest event in the ring */
    uint64_t next;  /* number of the next event */
    /* number of the first pending one; `next`: none is pending; below `first` if it was dropped */
    uint64_t pending;
    int noted[EVENT_TYPE__MAX]; /* in this turn, also if the ring keeps none */
    bool has_noted;
    LIST_HEAD(, events_listener) listeners;
};

/* Returns an empty ring for up to `max` events; 0: off. `budget` is borrowed. */
struct events events_new(size_t max, struct events_budget *budget);

/* Frees the events and ends all listening. */
void events_free(struct events *events);

/* Notes an event, and copies its texts. If the ring is full, drops its oldest event; if the budget
 * is used up, the older half of the fullest ring. */
void events_note(struct events *events, const struct event *event);

/* Ends the turn: keeps the pending events, or drops them. */
void events_turn_end(struct events *events, bool kept);

/* Drops all events and begins a new epoch: the whole state was replaced. */
void events_restart(struct events *events);

/* Returns the number of the newest kept event; 0: none yet. */
uint64_t events_last(const struct events *events);

/* Returns the number of the newest event, kept or pending; 0: none yet. The state in this turn has
 * all changes up to it. */
uint64_t events_newest(const struct events *events);

/* Returns the number of the oldest event in the ring, or of the next one if it is empty. */
uint64_t events_first(const struct events *events);

/* Calls `visit` with the kept events whose numbers are above `after`, in order, until it returns
 * false. Their texts live until the next change of the ring. */
void events_each(const struct events *events, uint64_t after,
                 bool (*visit)(uint64_t number, const struct event *event, void *context),
                 void *context);

/* Is told when a turn has kept events. Its owner embeds it, sets `told`, and calls
 * events_unlisten before it frees it. */
struct events_listener {
    void (*told)(struct events_listener *); /* may call events_unlisten for itself only */
    struct events *events;                  /* private, like `link`; NULL: not listening */
    LIST_ENTRY(events_listener) link;
};

void events_listen(struct events *events, struct events_listener *listener);

/* A listener that is not listening, or is zeroed, is legal. */
void events_unlisten(struct events_listener *listener);

#endif
