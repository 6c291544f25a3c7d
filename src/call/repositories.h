/* SPDX-License-Identifier: MIT
 *
 * Reads the lists of repositories in bodies, of a pool or of a pod.
 */
#ifndef CALL_REPOSITORIES_H
#define CALL_REPOSITORIES_H

#include "call/handler.h"

/* Two lists of length `count`, in the call's arena: URLs and their branches. A branch is absent if
 * the body has none. `branches` is NULL if no element has a branch. */
struct repositories {
    struct text *urls;
    struct text *branches;
    size_t count;
};

/* Reads an array whose elements are "url" or {"url", "branch"?}. Returns OK, ERR_BAD_FIELD,
 * ERR_NO_MEMORY. */
enum err repositories_read(struct call *call, const struct reader_node *array,
                           struct repositories *out);

#endif
