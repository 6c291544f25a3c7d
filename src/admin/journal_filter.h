/* SPDX-License-Identifier: MIT
 *
 * Reads a filter of journal entries (control API, "GET requests") from a query or a body: `after`,
 * `operation`, `pool`, `pod`, `workspaceId`, `status`. The patterns of the pool and the workspace
 * are borrowed from the call's arena, which lives as long as its answer.
 */
#ifndef ADMIN_JOURNAL_FILTER_H
#define ADMIN_JOURNAL_FILTER_H

#include "call/handler.h"
#include "model/journal_entry.h"

/* Reads the filter from the query. Returns OK, ERR_BAD_QUERY, ERR_NO_MEMORY. */
enum err journal_filter_read_query(struct call *call, struct journal_filter *out);

/* Reads the filter from an object, and refuses other members. Returns OK, ERR_BAD_FIELD,
 * ERR_NO_MEMORY. */
enum err journal_filter_read(struct call *call, const struct reader_node *object,
                             struct journal_filter *out);

#endif
