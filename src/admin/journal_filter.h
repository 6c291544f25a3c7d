/* SPDX-License-Identifier: MIT
 *
 * Which entries of the journal a client means (control API, "GET requests"), as a query or a body
 * says it: `after`, `operation`, `pool`, `pod`, `workspaceId`, `status`. The two texts with
 * patterns are borrowed from the call's arena, which lives as long as its answer.
 */
#ifndef ADMIN_JOURNAL_FILTER_H
#define ADMIN_JOURNAL_FILTER_H

#include "call/handler.h"
#include "model/journal_entry.h"

/* Returns OK, ERR_BAD_QUERY, ERR_NO_MEMORY. */
enum err journal_filter_read_query(struct call *call, struct journal_filter *out);

/* Reads the members of an object; refuses others. Returns OK, ERR_BAD_FIELD, ERR_NO_MEMORY. */
enum err journal_filter_read(struct call *call, const struct reader_node *object,
                             struct journal_filter *out);

#endif
