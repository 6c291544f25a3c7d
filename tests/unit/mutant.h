/* SPDX-License-Identifier: MIT
 *
 * JSON texts that have gone wrong by chance, for tests of what reads JSON.
 */
#ifndef MUTANT_H
#define MUTANT_H

#include <stddef.h>

#include "dice.h"

/* One of the texts, changed in one to three places: another byte, some fewer or twice, or a piece
 * of JSON more. Writes `max` bytes at the most and gives its length. */
size_t mutant_make(struct dice *dice, const char *const *seeds, size_t count, char *text,
                   size_t max);

#endif
