/* SPDX-License-Identifier: MIT
 *
 * The operations that requests are: what faults and the journal call them by.
 */
#ifndef MODEL_OPERATION_H
#define MODEL_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum operation {
#define OPERATION(name, said) OPERATION_##name,
#include "model/operation.def"
#undef OPERATION
    OPERATION__MAX
};

/* A set of operations is a bit 1 << enum operation for each that is in it; all of them: */
#define OPERATIONS_ALL (((uint32_t)1 << OPERATION__MAX) - 1)

_Static_assert(OPERATION__MAX < 32, "a set has a bit for each operation");

/* Their names, in the order of the numbers, closed by a NULL; static. */
const char *const *operation_words(void);

/* The operation of that name; false where there is none, as for the routes of __admin. */
bool operation_of(struct text name, enum operation *out);

#endif
