/* SPDX-License-Identifier: MIT
 *
 * The keys of all objects of one text, to find one that stands twice in its object. One hash table
 * with a seed of its own, so that its time is linear in the number of keys, whoever chose them.
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

/* Adds a decoded key of an object, which is any number; the text is borrowed until keys_free.
 * `is_new` says whether the object did not have it yet. False without memory. A zeroed struct has
 * no keys. */
bool keys_add(struct keys *keys, size_t object, struct text key, bool *is_new);

void keys_free(struct keys *keys);

#endif
