/* SPDX-License-Identifier: MIT
 *
 * The leaks of a tenant: pods that are held by a claim whose answer was lost (control API, "GET
 * leaks"). A listing checks whether that claim still holds the pod, so a release costs nothing
 * here.
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

/* A zeroed struct has no leaks. */
struct leaks {
    struct leaks_entry *entries; /* the oldest first */
    size_t count, capacity;
    uint64_t added;   /* how many were ever added: numbers the entries */
    uint64_t dropped; /* since it was last cleared, for lack of memory or past LEAKS_MAX */
};

/* Removes all leaks and frees their memory. */
void leaks_clear(struct leaks *leaks);

/* Adds a leak, and removes earlier ones of the same pod. Texts are copied. Past LEAKS_MAX the
 * oldest leak is dropped; without memory the new one is. */
void leaks_add(struct leaks *leaks, const struct leak *leak);

/* Removes the leak of a pod: a repeated request has delivered the claim's answer. */
void leaks_settle(struct leaks *leaks, int64_t pod_number);

/* Called with a leak and its pod as it is now. Both live only for the call. False ends the page. */
typedef bool leaks_visit(const struct leak *leak, const struct pod *pod, void *context);

/* Checks up to `max` leaks numbered above `after` (0: from the first on), the oldest first. Visits
 * those whose claim still holds the pod, and removes the others. `after` becomes the number of the
 * last leak checked; `ended` tells that there are no more. Returns OK, ERR_NO_MEMORY, ERR_INTERNAL
 * or ERR_TURN_LOST. */
enum err leaks_list(struct leaks *leaks, struct pool_state *state, size_t max, uint64_t *after,
                    bool *ended, leaks_visit *visit, void *context);

#endif
