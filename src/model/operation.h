/* SPDX-License-Identifier: MIT
 *
 * The operations of clients' requests: what fault rules and the journal call them by.
 */
#ifndef MODEL_OPERATION_H
#define MODEL_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum operation {
#define OPERATION(name, ...) OPERATION_##name,
#include "model/operation.def"
#undef OPERATION
    OPERATION__MAX
};

/* A set of operations is a bit 1 << enum operation for each that is in it; all of them: */
#define OPERATIONS_ALL (((uint32_t)1 << OPERATION__MAX) - 1)

_Static_assert(OPERATION__MAX < 32, "a set has a bit for each operation");

/* What a request may be about, besides its operation. */
enum operation_part {
    OPERATION_PART_POOL,
    OPERATION_PART_POD,
    OPERATION_PART_WORKSPACE,
    OPERATION_PART_PORT, /* of a pod; with a method and a path there */
    OPERATION_PART__MAX
};

/* The words of the operations, in the order of the numbers, closed by a NULL; static. */
const char *const *operation_words(void);

/* Finds the operation of that name; false where there is none, as for the routes of __admin. */
bool operation_of(struct text name, enum operation *out);

/* The operations of a set whose requests can have the part: before they run, or, where `has_run`,
 * at any time. */
uint32_t operations_with(uint32_t set, enum operation_part part, bool has_run);

#endif
