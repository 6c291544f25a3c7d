/* SPDX-License-Identifier: MIT */
#include "json/keys.h"

#include <stdlib.h>

enum { CAPACITY_MIN = 32 }; /* a power of two */

static bool is_same(const struct key_slot *a, const struct key_slot *b)
{
    return a->text.length == b->text.length && a->object == b->object && a->hash == b->hash &&
           text_equal(a->text, b->text);
}

/* Returns the slot of a key, or the free slot to put it in. The table uses open addressing and is
 * never full. */
static struct key_slot *find_slot(const struct keys *keys, const struct key_slot *key)
{
    size_t i = key->hash & (keys->capacity - 1);

    while (keys->slots[i].text.at && !is_same(&keys->slots[i], key))
        i = (i + 1) & (keys->capacity - 1);
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

static bool add_further(struct keys *keys, size_t object, struct text key, bool *is_new)
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

bool keys_add(struct keys *keys, size_t object, struct text key, bool *is_new)
{
    const struct key_slot added = {key, object, 0};

    *is_new = false;
    for (size_t i = 0; i < keys->few_count; i++)
        if (is_same(&keys->few[i], &added))
            return true;
    if (keys->few_count == KEYS_FEW)
        return add_further(keys, object, key, is_new);
    *is_new = true;
    keys->few[keys->few_count++] = added;
    return true;
}

void keys_free(struct keys *keys)
{
    free(keys->slots);
    keys->slots = NULL;
    keys->few_count = keys->capacity = keys->count = 0;
}
