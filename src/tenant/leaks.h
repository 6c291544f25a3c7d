/* SPDX-License-Identifier: MIT
 *
 * The pods of a tenant whose claim's answer was lost (control API, "GET leaks"), for as long as
 * that very claim holds them. Whether it does is looked up when they are listed, so a release costs
 * nothing here.
 */
#ifndef TENANT_LEAKS_H
#define TENANT_LEAKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/leak.h"
#include "store/pool_state.h"

enum { LEAKS_MAX = 10000 };

struct leaks_entry;

/* Zeroed: none. */
struct leaks {
    struct leaks_entry *entries; /* the oldest first */
    size_t count, capacity;
    uint64_t added;   /* ever: numbers the entries */
    uint64_t dropped; /* since it was empty: past LEAKS_MAX the oldest is */
};

/* Forgets all, and has no memory left. */
void leaks_clear(struct leaks *leaks);

/* Notes a lost claim; what was noted of the same pod before is forgotten. Texts are copied.
 * Without memory it counts as dropped. */
void leaks_add(struct leaks *leaks, const struct leak *leak);

/* The answer to a claim of that pod has been given after all: the request was repeated. */
void leaks_settle(struct leaks *leaks, int64_t pod_number);

/* Called with a leak and its pod as it is now; both live only for the call. False ends the page. */
typedef bool leaks_visit(const struct leak *leak, const struct pod *pod, void *context);

/* Looks up the leaks numbered above `after`, `max` at the most, the oldest first: visits each that
 * its claim still holds and forgets the others. `after` becomes the number of the last one that was
 * looked up, 0 at the beginning; `ended` tells that there are no more. Returns OK, ERR_NO_MEMORY,
 * ERR_INTERNAL or ERR_TURN_LOST. */
enum err leaks_list(struct leaks *leaks, struct pool_state *state, size_t max, uint64_t *after,
                    bool *ended, leaks_visit *visit, void *context);

#endif
