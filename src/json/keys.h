/* SPDX-License-Identifier: MIT
 *
 * A set of the keys of all objects of a JSON text, which finds a key that an object has twice. The
 * first KEYS_FEW keys are compared one by one, which needs no memory. Further keys go into one hash
 * table with a random seed, so the time is linear in the number of keys even if a client chooses
 * them to collide. A zeroed struct is an empty set.
 */
#ifndef JSON_KEYS_H
#define JSON_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/text.h"

enum { KEYS_FEW = 24 }; /* enough for a pod of a state document that has a few variables */

struct key_slot {
    struct text text; /* absent in a free slot */
    size_t object;
    uint64_t hash; /* of text and object; 0 for the first few */
};

struct keys {
    struct key_slot few[KEYS_FEW];
    size_t few_count;
    struct key_slot *slots; /* the further keys */
    size_t capacity;        /* a power of two, or 0 */
    size_t count;           /* of the further keys */
    struct hash_key seed;
};

/* Adds a decoded key of the object that has the number `object`. The text is borrowed until
 * keys_free. Sets `is_new` to false if the object has the key already, otherwise to true. Returns
 * false if out of memory. */
bool keys_add(struct keys *keys, size_t object, struct text key, bool *is_new);

void keys_free(struct keys *keys);

#endif
