/* SPDX-License-Identifier: MIT
 *
 * Private to the store: which request has claimed which pod, for REPEAT_REMEMBERED_US, so that a
 * repeat of it gets the same pod. A ring in the order of time with a hash index over it. Of a key
 * 128 bits of a keyed hash are kept, so an entry is small and nobody can make two keys meet.
 */
#ifndef STORE_REPEATS_H
#define STORE_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/text.h"

/* A request that may come again. */
struct repeat {
    struct hash_wide key;
    int64_t pod_number;
    int64_t since_ms; /* of the pod when it was claimed: tells that claim from a later one */
    int64_t until_us; /* monotonic: when it is forgotten */
};

struct repeats {
    struct hash_key hash_key;
    struct repeat *ring; /* `capacity` of them, a power of two, or NULL */
    /* 2 * capacity places: 0 is empty, else 1 + the request's place in the ring */
    uint32_t *index;
    size_t capacity;
    uint64_t first, last; /* the oldest request, and one past the newest, counted for ever */
    uint64_t turn_first;  /* the first of this turn */
    uint64_t floor;       /* those before it are forgotten if the turn is kept */
};

/* An empty memory; nothing is allocated before the first request. */
struct repeats repeats_new(void);
void repeats_free(struct repeats *repeats);

/* True where no further request has room: REPEATS_REMEMBERED_MAX of them are not forgotten yet. */
bool repeats_are_full(struct repeats *repeats, int64_t now_us);

/* Returns OK, ERR_BUSY where they are full, or ERR_NO_MEMORY. */
enum err repeats_add(struct repeats *repeats, struct text key, int64_t now_us, int64_t pod_number,
                     int64_t since_ms);

/* The newest request of that key that is not forgotten at `now_us`, or NULL. Borrowed until the
 * next call. */
const struct repeat *repeats_find(struct repeats *repeats, struct text key, int64_t now_us);

/* Forgets all that there are, as part of the turn. */
void repeats_forget_all(struct repeats *repeats);

/* The end of a turn: what it added and forgot stays so, or is taken back. */
void repeats_turn_end(struct repeats *repeats, bool kept);

#endif
