/* SPDX-License-Identifier: MIT
 *
 * Reads sets of operations from bodies and queries, and refuses criteria that no request of a set
 * can meet.
 */
#ifndef ADMIN_OPERATIONS_H
#define ADMIN_OPERATIONS_H

#include "call/handler.h"
#include "model/operation.h"

/* Reads the member `operation` of an object: a word, or an array of words; "*" is all operations,
 * and so is an absent member. Returns OK, or ERR_BAD_FIELD with a sentence that proposes an
 * operation or lists them. */
enum err operations_read(struct call *call, const struct reader_node *object, uint32_t *out);

/* Reads the parameter `operation`: words separated by commas, or "*". All operations if it is
 * absent or empty. Returns OK, or ERR_BAD_QUERY with a sentence as above. */
enum err operations_read_query(struct call *call, uint32_t *out);

/* Refuses a `match` with a part (pool, pod, workspace, port) that no request of the set's
 * operations has: before it runs, or, with `has_run`, even after it. Returns OK or ERR_BAD_FIELD
 * ("match.pool: login requests have no pool"). */
enum err operations_check(struct call *call, const struct reader_node *match, uint32_t set,
                          bool has_run);

/* The same for a query, with `has_run`. `given` tells which parts the query has. Returns OK or
 * ERR_BAD_QUERY. */
enum err operations_check_query(struct call *call, uint32_t set,
                                const bool given[static OPERATION_PART__MAX]);

#endif
