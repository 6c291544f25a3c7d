/* SPDX-License-Identifier: MIT
 *
 * The operations: what a request does, as a row of the route table names it.
 */
#ifndef MODEL_OPERATION_H
#define MODEL_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* The clients' operations, then those of the index and the control routes. */
enum operation {
#define OPERATION(name, ...) OPERATION_##name,
#include "model/operation.def"
    OPERATION__CLIENTS, /* the number of the clients' operations; none itself */
#include "model/control_operation.def"
#undef OPERATION
    OPERATION__MAX
};

/* A set of clients' operations is a bit 1 << enum operation for each that is in it; all of them: */
#define OPERATIONS_ALL (((uint32_t)1 << OPERATION__CLIENTS) - 1)

_Static_assert(OPERATION__CLIENTS < 32, "a set has a bit for each operation");

/* What a request may be about, besides its operation. */
enum operation_part {
    OPERATION_PART_POOL,
    OPERATION_PART_POD,
    OPERATION_PART_WORKSPACE,
    OPERATION_PART_PORT, /* of a pod; with a method and a path there */
    OPERATION_PART__MAX
};

/* The words of the clients' operations, in the order of the numbers, closed by a NULL; static. */
const char *const *operation_words(void);

/* The word of any operation, a control route's too; static. */
const char *operation_name(enum operation operation);

/* True if the set contains the operation; false for every operation of a control route. */
bool operations_contain(uint32_t set, enum operation operation);

/* The operations of a set whose requests can have the part: before they run, or, where `has_run`,
 * at any time. */
uint32_t operations_with(uint32_t set, enum operation_part part, bool has_run);

#endif
