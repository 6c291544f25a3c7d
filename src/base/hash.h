/* SPDX-License-Identifier: MIT
 *
 * A keyed hash of bytes (SipHash-1-3, Aumasson and Bernstein 2012): whoever does not know the key
 * can't make texts collide, so a table of client text keeps its speed.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/text.h"

struct hash_key {
    uint64_t k0, k1;
};

/* A key that nobody can guess, drawn from the kernel once. */
struct hash_key hash_key_new(void);

uint64_t hash_text(struct hash_key key, struct text text);

/* The same with 128 bits: two texts that meet by chance are not to be expected. */
struct hash_wide {
    uint64_t halves[2];
};
struct hash_wide hash_text_wide(struct hash_key key, struct text text);

#endif
