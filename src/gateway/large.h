/* SPDX-License-Identifier: MIT
 *
 * The requests that may have a longer body than others: those of one method whose path ends in one
 * way, and that bear a token. Found in the bytes of a request that is still arriving, so that
 * nothing is kept for a stranger. Pure: no socket.
 */
#ifndef GATEWAY_LARGE_H
#define GATEWAY_LARGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct large_body {
    struct text method;   /* empty: there is no such request */
    struct text path_end; /* of the raw path, without the query */
    struct text token;    /* what `Authorization: Bearer` has to bear; empty: nothing */
    size_t body_max_bytes;
};

/* True for a request of that method with that target and that value of Authorization, which may be
 * absent. */
bool large_body_is_of(const struct large_body *large, struct text method, struct text target,
                      struct text authorization);

/* The same for one that is still arriving. `records` are its first, whole and sound, up to the end
 * of its PARAMS at least. False too without memory to look. */
bool large_body_is_for(const struct large_body *large, struct text records);

#endif
