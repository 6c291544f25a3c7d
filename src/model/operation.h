/* SPDX-License-Identifier: MIT
 *
 * The operations. Each route has one, which names what its requests do.
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
    OPERATION__CLIENTS, /* the number of clients' operations; not an operation itself */
#include "model/control_operation.def"
#undef OPERATION
    OPERATION__MAX
};

/* The set of all clients' operations. A set has the bit 1 << enum operation for each member. */
#define OPERATIONS_ALL (((uint32_t)1 << OPERATION__CLIENTS) - 1)

_Static_assert(OPERATION__CLIENTS < 32, "a set has a bit for each operation");

/* What a request may be about. */
enum operation_part {
    OPERATION_PART_POOL,
    OPERATION_PART_POD,
    OPERATION_PART_WORKSPACE,
    OPERATION_PART_PORT, /* a port of a pod, with the method and the path there */
    OPERATION_PART__MAX
};

/* Returns the words of the clients' operations, in the order of the enum, NULL-terminated. Static.
 */
const char *const *operation_words(void);

/* Returns the word of an operation, also of a control route's. Static. */
const char *operation_name(enum operation operation);

/* Returns true if the set contains the operation. Returns false for all operations of control
 * routes. */
bool operations_contain(uint32_t set, enum operation operation);

/* Returns the operations of the set whose requests can have this part. A part that is known only
 * after a request has run counts only if `has_run`. */
uint32_t operations_with(uint32_t set, enum operation_part part, bool has_run);

#endif
