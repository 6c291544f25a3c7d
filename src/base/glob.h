/* SPDX-License-Identifier: MIT
 *
 * Patterns in which each '*' matches any text, including the empty one.
 */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include <stdbool.h>

#include "base/text.h"

/* Returns true if `pattern` matches the whole of `text`. Compares bytes: a pattern without '*'
 * matches only itself. Takes time proportional to the product of both lengths at most. */
bool glob_matches(struct text pattern, struct text text);

#endif
