/* SPDX-License-Identifier: MIT
 *
 * The leaks of a tenant: pods that are held by a claim whose answer was lost (docs/control.md,
 * "GET __admin/leaks"). A release does not update the leaks: a listing checks whether the claim
 * still holds the pod.
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
    uint64_t added;   /* how many were ever added; it gives the next entry its number */
    uint64_t dropped; /* since the last leaks_clear, for lack of memory or past LEAKS_MAX */
};

/* Removes all leaks and frees their memory. */
void leaks_clear(struct leaks *leaks);

/* Adds a leak, and removes earlier ones of the same pod. Texts are copied. Past LEAKS_MAX the
 * oldest leak is dropped; without memory the new one is. */
void leaks_add(struct leaks *leaks, const struct leak *leak);

/* Removes the leak of a pod: a repeated request has delivered the claim's answer. */
void leaks_settle(struct leaks *leaks, int64_t pod_number);

/* Called with a leak and its pod as it is now. Both live only for the call. Returns false to end
 * the page. */
typedef bool leaks_visit(const struct leak *leak, const struct pod *pod, void *context);

/* Checks up to `max` leaks numbered above `after` (0: from the first), the oldest first. Visits
 * those whose claim still holds the pod, and removes the others. Sets `after` to the number of the
 * last leak checked, and `ended` if there are no more. Returns OK, ERR_NO_MEMORY, ERR_INTERNAL or
 * ERR_TURN_LOST. */
enum err leaks_list(struct leaks *leaks, struct pool_state *state, size_t max, uint64_t *after,
                    bool *ended, leaks_visit *visit, void *context);

#endif
