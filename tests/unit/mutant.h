/* SPDX-License-Identifier: MIT
 *
 * JSON texts that have gone wrong by chance, for tests of what reads JSON.
 */
#ifndef MUTANT_H
#define MUTANT_H

#include <stddef.h>

#include "dice.h"

/* Changes a text in one place: another byte, some fewer or twice, or a piece of JSON more. Gives
 * its length after that, `max` at the most. */
size_t mutant_change(struct dice *dice, char *text, size_t length, size_t max);

#endif
