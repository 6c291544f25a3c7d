/* SPDX-License-Identifier: MIT */
#include "store/repeats.h"

#include <stdlib.h>

#include "store/pool_state.h"

enum { CAPACITY_MIN = 64 };

struct claims claims_new(void)
{
    return (struct claims){.hash_key = hash_key_new()};
}

static void give_back(struct claims *claims)
{
    free(claims->ring);
    free(claims->index);
    claims->ring = NULL;
    claims->index = NULL;
    claims->capacity = 0;
}

void claims_free(struct claims *claims)
{
    give_back(claims);
    claims->first = claims->last = claims->turn_first = claims->floor = 0;
}

static size_t place_of(const struct claims *claims, uint64_t at)
{
    return (size_t)at & (claims->capacity - 1);
}

static size_t next_place(const struct claims *claims, size_t place)
{
    return (place + 1) & (2 * claims->capacity - 1);
}

static size_t home_of(const struct claims *claims, const struct claim *claim)
{
    return (size_t)claim->key.halves[0] & (2 * claims->capacity - 1);
}

static bool is_same_key(const struct claim *a, const struct claim *b)
{
    return a->key.halves[0] == b->key.halves[0] && a->key.halves[1] == b->key.halves[1];
}

static void index_add(struct claims *claims, uint64_t at)
{
    size_t ring_place = place_of(claims, at);
    size_t place = home_of(claims, &claims->ring[ring_place]);

    while (claims->index[place] != 0)
        place = next_place(claims, place);
    claims->index[place] = (uint32_t)ring_place + 1;
}

/* Takes a claim out of the index and closes the gap in its run (Knuth 6.4, algorithm R), so that no
 * search stops short. */
static void index_drop(struct claims *claims, uint64_t at)
{
    uint32_t entry = (uint32_t)place_of(claims, at) + 1;
    size_t gap = home_of(claims, &claims->ring[entry - 1]);

    while (claims->index[gap] != entry)
        gap = next_place(claims, gap);
    claims->index[gap] = 0;
    for (size_t place = next_place(claims, gap); claims->index[place] != 0;
         place = next_place(claims, place)) {
        size_t home = home_of(claims, &claims->ring[claims->index[place] - 1]);
        bool stays = gap <= place ? (gap < home && home <= place) : (gap < home || home <= place);
        if (stays)
            continue;
        claims->index[gap] = claims->index[place];
        claims->index[place] = 0;
        gap = place;
    }
}

static void forget_old(struct claims *claims, int64_t now_us)
{
    while (claims->first < claims->last &&
           claims->ring[place_of(claims, claims->first)].until_us <= now_us)
        index_drop(claims, claims->first++);
    if (claims->first == claims->last && claims->capacity > CAPACITY_MIN)
        give_back(claims);
}

static enum err grow(struct claims *claims)
{
    struct claims old = *claims;
    size_t capacity = old.capacity ? 2 * old.capacity : CAPACITY_MIN;
    struct claim *ring = malloc(capacity * sizeof(*ring));
    uint32_t *index = calloc(2 * capacity, sizeof(*index));

    if (!ring || !index) {
        free(ring);
        free(index);
        return ERR_NO_MEMORY;
    }
    claims->ring = ring;
    claims->index = index;
    claims->capacity = capacity;
    for (uint64_t at = old.first; at < old.last; at++) {
        ring[place_of(claims, at)] = old.ring[place_of(&old, at)];
        index_add(claims, at);
    }
    free(old.ring);
    free(old.index);
    return OK;
}

enum err claims_add(struct claims *claims, struct text key, int64_t now_us, int64_t pod_number,
                    int64_t since_ms)
{
    forget_old(claims, now_us);
    if (claims->last - claims->first == CLAIMS_REMEMBERED_MAX)
        return ERR_BUSY;
    if (claims->last - claims->first == claims->capacity) {
        enum err err = grow(claims);
        if (err)
            return err;
    }
    claims->ring[place_of(claims, claims->last)] = (struct claim){
        .key = hash_text_wide(claims->hash_key, key),
        .pod_number = pod_number,
        .since_ms = since_ms,
        .until_us = now_us + CLAIM_REMEMBERED_US,
    };
    index_add(claims, claims->last++);
    return OK;
}

bool claims_are_full(struct claims *claims, int64_t now_us)
{
    forget_old(claims, now_us);
    return claims->last - claims->first == CLAIMS_REMEMBERED_MAX;
}

const struct claim *claims_find(struct claims *claims, struct text key, int64_t now_us)
{
    forget_old(claims, now_us);
    if (claims->first == claims->last || claims->floor == claims->last)
        return NULL;
    struct claim wanted = {.key = hash_text_wide(claims->hash_key, key)};
    const struct claim *newest = NULL;
    uint64_t newest_at = claims->floor;
    for (size_t place = home_of(claims, &wanted); claims->index[place] != 0;
         place = next_place(claims, place)) {
        size_t ring_place = claims->index[place] - 1;
        const struct claim *claim = &claims->ring[ring_place];
        uint64_t at = claims->first + place_of(claims, ring_place - claims->first);
        if (at < newest_at || !is_same_key(claim, &wanted))
            continue;
        newest = claim;
        newest_at = at;
    }
    return newest;
}

void claims_forget_all(struct claims *claims)
{
    claims->floor = claims->last;
}

void claims_turn_end(struct claims *claims, bool kept)
{
    while (!kept && claims->last > claims->turn_first && claims->last > claims->first)
        index_drop(claims, --claims->last);
    while (kept && claims->first < claims->floor)
        index_drop(claims, claims->first++);
    claims->turn_first = claims->last;
    claims->floor = claims->first;
}
