/* SPDX-License-Identifier: MIT
 *
 * A set of the keys of all objects of a JSON text, which finds a key that an object has twice. The
 * keys are in one hash table with a random seed, so the time is linear in the number of keys even
 * if a client chooses them to collide. A zeroed struct is an empty set.
 */
#ifndef JSON_KEYS_H
#define JSON_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "base/text.h"

struct key_slot;

struct keys {
    struct key_slot *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    struct hash_key seed;
};

/* Adds a decoded key of the object that has the number `object`. The text is borrowed until
 * keys_free. Sets `is_new` to false if the object has the key already, otherwise to true. Returns
 * false if out of memory. */
bool keys_add(struct keys *keys, size_t object, struct text key, bool *is_new);

void keys_free(struct keys *keys);

#endif
