/* SPDX-License-Identifier: MIT
 *
 * Private to the store: which request has claimed which pod, for CLAIM_REMEMBERED_US. A ring in the
 * order of time with a hash index over it; of a key 128 bits of a keyed hash are kept, so an entry
 * is small and nobody can make two keys meet.
 */
#ifndef STORE_REPEATS_H
#define STORE_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/text.h"

struct claim {
    struct hash_wide key;
    int64_t pod_number;
    int64_t since_ms; /* of the pod when it was claimed: tells this claim of it from a later one */
    int64_t until_us; /* monotonic: when it is forgotten */
};

struct claims {
    struct hash_key hash_key;
    struct claim *ring; /* `capacity` of them, a power of two, or NULL */
    /* 2 * capacity places: 0 is empty, else 1 + the claim's place in the ring */
    uint32_t *index;
    size_t capacity;
    uint64_t first, last; /* the oldest claim, and one past the newest, counted for ever */
    uint64_t turn_first;  /* the first of this turn */
    uint64_t floor;       /* those before it are forgotten if the turn is kept */
};

/* An empty memory; nothing is allocated before the first claim. */
struct claims claims_new(void);
void claims_free(struct claims *claims);

/* True where no further claim has room: CLAIMS_REMEMBERED_MAX of them are not forgotten yet. */
bool claims_are_full(struct claims *claims, int64_t now_us);

/* Returns OK, ERR_BUSY where they are full, or ERR_NO_MEMORY. */
enum err claims_add(struct claims *claims, struct text key, int64_t now_us, int64_t pod_number,
                    int64_t since_ms);

/* The newest claim of that key that is not forgotten at `now_us`, or NULL. Borrowed until the next
 * call. */
const struct claim *claims_find(struct claims *claims, struct text key, int64_t now_us);

/* Forgets all that there are, as part of the turn. */
void claims_forget_all(struct claims *claims);

/* The end of a turn: what it added and forgot stays so, or is taken back. */
void claims_turn_end(struct claims *claims, bool kept);

#endif
