/* SPDX-License-Identifier: MIT
 *
 * A keyed hash (SipHash-1-3, Aumasson and Bernstein 2012). A client that does not know the key
 * can't choose texts that collide, so it can't slow down a hash table.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/text.h"

struct hash_key {
    uint64_t k0, k1;
};

/* Returns a random key from the kernel, for hash_text and hash_text_wide. */
struct hash_key hash_key_new(void);

uint64_t hash_text(struct hash_key key, struct text text);

/* A hash of 128 bits, wide enough to treat texts with equal hashes as equal. */
struct hash_wide {
    uint64_t halves[2];
};
struct hash_wide hash_text_wide(struct hash_key key, struct text text);

#endif
