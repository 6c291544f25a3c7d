/* SPDX-License-Identifier: MIT
 *
 * Patterns in which each '*' is any piece of text, an empty one too.
 */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H

#include <stdbool.h>

#include "base/text.h"

/* True if the whole of `text` fits; a pattern without '*' is the text itself. Bytes are compared.
 * Time at most the product of both lengths. */
bool glob_fits(struct text pattern, struct text text);

#endif
