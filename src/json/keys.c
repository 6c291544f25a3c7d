/* SPDX-License-Identifier: MIT */
#include "json/keys.h"

#include <stdint.h>
#include <stdlib.h>

enum { CAPACITY_MIN = 32 }; /* a power of two */

struct key_slot {
    struct text text; /* absent in a free slot */
    size_t object;
    uint64_t hash; /* of text and object */
};

/* Returns the slot of a key, or the free slot to put it in. The table uses open addressing and is
 * never full. */
static struct key_slot *find_slot(const struct keys *keys, const struct key_slot *key)
{
    size_t i = key->hash & (keys->capacity - 1);

    while (keys->slots[i].text.at) {
        const struct key_slot *other = &keys->slots[i];
        if (other->hash == key->hash && other->object == key->object &&
            text_equal(other->text, key->text))
            break;
        i = (i + 1) & (keys->capacity - 1);
    }
    return &keys->slots[i];
}

/* Makes room for one more key; the table is at most three quarters full. Returns false if out of
 * memory. */
static bool make_room(struct keys *keys)
{
    if (keys->count < keys->capacity / 4 * 3)
        return true;
    struct keys grown = *keys;
    if (keys->capacity == 0)
        grown.seed = hash_key_new();
    grown.capacity = keys->capacity ? keys->capacity * 2 : CAPACITY_MIN;
    grown.slots = calloc(grown.capacity, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < keys->capacity; i++)
        if (keys->slots[i].text.at)
            *find_slot(&grown, &keys->slots[i]) = keys->slots[i];
    free(keys->slots);
    *keys = grown;
    return true;
}

bool keys_add(struct keys *keys, size_t object, struct text key, bool *is_new)
{
    if (!make_room(keys))
        return false;
    struct hash_key seed = {keys->seed.k0, keys->seed.k1 ^ object};
    struct key_slot added = {key, object, hash_text(seed, key)};
    struct key_slot *slot = find_slot(keys, &added);
    *is_new = !slot->text.at;
    if (*is_new) {
        *slot = added;
        keys->count++;
    }
    return true;
}

void keys_free(struct keys *keys)
{
    free(keys->slots);
    *keys = (struct keys){0};
}
