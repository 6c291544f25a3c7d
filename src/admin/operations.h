/* SPDX-License-Identifier: MIT
 *
 * Reads sets of operations: one word, several words, or "*" for all. Refuses a match that no
 * request can meet.
 */
#ifndef ADMIN_OPERATIONS_H
#define ADMIN_OPERATIONS_H

#include "call/handler.h"
#include "model/operation.h"

/* Reads the member `operation` of an object: a word, or an array of words. All operations if it is
 * absent. Returns OK, or ERR_BAD_FIELD with a sentence that proposes an operation or lists them. */
enum err operations_read(struct call *call, const struct reader_node *object, uint32_t *out);

/* Reads the parameter `operation`: words separated by commas. All operations if it is absent.
 * Returns OK, or ERR_BAD_QUERY with such a sentence. */
enum err operations_read_query(struct call *call, uint32_t *out);

/* Refuses a match with a part (pool, pod, workspace, port) that no request of its operations has:
 * before the request runs, or with `has_run` at any time. Returns OK or ERR_BAD_FIELD ("match.pool:
 * login requests have no pool"). */
enum err operations_check(struct call *call, const struct reader_node *match, uint32_t set,
                          bool has_run);

/* The same for a query, at any time; `given` tells which parts the query has. Returns OK or
 * ERR_BAD_QUERY. */
enum err operations_check_query(struct call *call, uint32_t set,
                                const bool given[static OPERATION_PART__MAX]);

#endif
