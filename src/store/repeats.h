/* SPDX-License-Identifier: MIT
 *
 * Private to the store: remembers for REPEAT_REMEMBERED_US which request has claimed which pod, so
 * that a repeated request gets the same pod. The requests are kept in a ring, the oldest first,
 * with a hash index over it. A key is a keyed hash of 128 bits: an entry is small, and a client
 * can't construct a collision.
 */
#ifndef STORE_REPEATS_H
#define STORE_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/text.h"

/* A request that may be repeated. */
struct repeat {
    struct hash_wide key;
    int64_t pod_number;
    int64_t since_ms; /* the pod's since_ms when it was claimed; a later claim has another */
    int64_t until_us; /* when it is forgotten, by the monotonic clock */
};

struct repeats {
    struct hash_key hash_key;
    struct repeat *ring; /* `capacity` places, a power of two; or NULL */
    /* 2 * capacity places; 0: empty, otherwise 1 + a request's place in the ring */
    uint32_t *index;
    size_t capacity;
    /* numbers of requests; they only grow, and a number modulo capacity is its place in the ring */
    uint64_t first, last; /* the oldest request, and one past the newest */
    uint64_t turn_first;  /* the first request of this turn */
    uint64_t floor;       /* the commit of this turn forgets the requests before it */
};

/* Returns a struct that remembers nothing. It allocates nothing before the first request. */
struct repeats repeats_new(void);
void repeats_free(struct repeats *repeats);

/* Returns true if REPEATS_REMEMBERED_MAX requests are remembered: there is no room for another. */
bool repeats_are_full(struct repeats *repeats, int64_t now_us);

/* Remembers a request. Returns OK, ERR_BUSY if repeats_are_full, or ERR_NO_MEMORY. */
enum err repeats_add(struct repeats *repeats, struct hash_wide key, int64_t now_us,
                     int64_t pod_number, int64_t since_ms);

/* Returns the newest request with that key that is still remembered at `now_us`, or NULL. Borrowed
 * until the next call. */
const struct repeat *repeats_find(struct repeats *repeats, struct hash_wide key, int64_t now_us);

/* Forgets all requests, as part of the turn. */
void repeats_forget_all(struct repeats *repeats);

/* Ends the turn. With `kept` its changes stay; otherwise they are undone. */
void repeats_turn_end(struct repeats *repeats, bool kept);

#endif
