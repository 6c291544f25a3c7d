/* SPDX-License-Identifier: MIT */
#include "store/repeats.h"

#include <stdlib.h>

#include "store/pool_state.h"

enum { CAPACITY_MIN = 64 };

struct repeats repeats_new(void)
{
    return (struct repeats){.hash_key = hash_key_new()};
}

static void give_back(struct repeats *repeats)
{
    free(repeats->ring);
    free(repeats->index);
    repeats->ring = NULL;
    repeats->index = NULL;
    repeats->capacity = 0;
}

void repeats_free(struct repeats *repeats)
{
    give_back(repeats);
    repeats->first = repeats->last = repeats->turn_first = repeats->floor = 0;
}

static size_t place_of(const struct repeats *repeats, uint64_t at)
{
    return (size_t)at & (repeats->capacity - 1);
}

static size_t next_place(const struct repeats *repeats, size_t place)
{
    return (place + 1) & (2 * repeats->capacity - 1);
}

static size_t home_of(const struct repeats *repeats, const struct repeat *repeat)
{
    return (size_t)repeat->key.halves[0] & (2 * repeats->capacity - 1);
}

static bool is_same_key(const struct repeat *a, const struct repeat *b)
{
    return a->key.halves[0] == b->key.halves[0] && a->key.halves[1] == b->key.halves[1];
}

static void index_add(struct repeats *repeats, uint64_t at)
{
    size_t ring_place = place_of(repeats, at);
    size_t place = home_of(repeats, &repeats->ring[ring_place]);

    while (repeats->index[place] != 0)
        place = next_place(repeats, place);
    repeats->index[place] = (uint32_t)ring_place + 1;
}

/* Removes a request from the index and closes the gap in its run (Knuth 6.4, algorithm R), because
 * a search ends at the first empty place. */
static void index_drop(struct repeats *repeats, uint64_t at)
{
    uint32_t entry = (uint32_t)place_of(repeats, at) + 1;
    size_t gap = home_of(repeats, &repeats->ring[entry - 1]);

    while (repeats->index[gap] != entry)
        gap = next_place(repeats, gap);
    repeats->index[gap] = 0;
    for (size_t place = next_place(repeats, gap); repeats->index[place] != 0;
         place = next_place(repeats, place)) {
        size_t home = home_of(repeats, &repeats->ring[repeats->index[place] - 1]);
        bool stays = gap <= place ? (gap < home && home <= place) : (gap < home || home <= place);
        if (stays)
            continue;
        repeats->index[gap] = repeats->index[place];
        repeats->index[place] = 0;
        gap = place;
    }
}

static void forget_old(struct repeats *repeats, int64_t now_us)
{
    while (repeats->first < repeats->last &&
           repeats->ring[place_of(repeats, repeats->first)].until_us <= now_us)
        index_drop(repeats, repeats->first++);
    if (repeats->first == repeats->last && repeats->capacity > CAPACITY_MIN)
        give_back(repeats);
}

static enum err grow(struct repeats *repeats)
{
    struct repeats old = *repeats;
    size_t capacity = old.capacity ? 2 * old.capacity : CAPACITY_MIN;
    struct repeat *ring = malloc(capacity * sizeof(*ring));
    uint32_t *index = calloc(2 * capacity, sizeof(*index));

    if (!ring || !index) {
        free(ring);
        free(index);
        return ERR_NO_MEMORY;
    }
    repeats->ring = ring;
    repeats->index = index;
    repeats->capacity = capacity;
    for (uint64_t at = old.first; at < old.last; at++) {
        ring[place_of(repeats, at)] = old.ring[place_of(&old, at)];
        index_add(repeats, at);
    }
    free(old.ring);
    free(old.index);
    return OK;
}

enum err repeats_add(struct repeats *repeats, struct hash_wide key, int64_t now_us,
                     int64_t pod_number, int64_t since_ms)
{
    forget_old(repeats, now_us);
    if (repeats->last - repeats->first == REPEATS_REMEMBERED_MAX)
        return ERR_BUSY;
    if (repeats->last - repeats->first == repeats->capacity) {
        enum err err = grow(repeats);
        if (err)
            return err;
    }
    repeats->ring[place_of(repeats, repeats->last)] = (struct repeat){
        .key = key,
        .pod_number = pod_number,
        .since_ms = since_ms,
        .until_us = now_us + REPEAT_REMEMBERED_US,
    };
    index_add(repeats, repeats->last++);
    return OK;
}

bool repeats_are_full(struct repeats *repeats, int64_t now_us)
{
    forget_old(repeats, now_us);
    return repeats->last - repeats->first == REPEATS_REMEMBERED_MAX;
}

const struct repeat *repeats_find(struct repeats *repeats, struct hash_wide key, int64_t now_us)
{
    forget_old(repeats, now_us);
    if (repeats->first == repeats->last || repeats->floor == repeats->last)
        return NULL;
    struct repeat wanted = {.key = key};
    const struct repeat *newest = NULL;
    uint64_t newest_at = repeats->floor;
    for (size_t place = home_of(repeats, &wanted); repeats->index[place] != 0;
         place = next_place(repeats, place)) {
        size_t ring_place = repeats->index[place] - 1;
        const struct repeat *repeat = &repeats->ring[ring_place];
        uint64_t at = repeats->first + place_of(repeats, ring_place - repeats->first);
        if (at < newest_at || !is_same_key(repeat, &wanted))
            continue;
        newest = repeat;
        newest_at = at;
    }
    return newest;
}

void repeats_forget_all(struct repeats *repeats)
{
    repeats->floor = repeats->last;
}

void repeats_turn_end(struct repeats *repeats, bool kept)
{
    while (!kept && repeats->last > repeats->turn_first && repeats->last > repeats->first)
        index_drop(repeats, --repeats->last);
    while (kept && repeats->first < repeats->floor)
        index_drop(repeats, repeats->first++);
    repeats->turn_first = repeats->last;
    repeats->floor = repeats->first;
}
