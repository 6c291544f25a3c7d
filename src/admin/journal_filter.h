/* SPDX-License-Identifier: MIT
 *
 * Reads a filter of journal entries (docs/control.md, "The journal") from a query or a body:
 * `after`, `operation`, `pool`, `pod`, `workspaceId`, `status`. Texts of the filter are valid as
 * long as the call.
 */
#ifndef ADMIN_JOURNAL_FILTER_H
#define ADMIN_JOURNAL_FILTER_H

#include "call/handler.h"
#include "model/journal_entry.h"

/* Reads the filter from the query. Returns OK, ERR_BAD_QUERY or ERR_NO_MEMORY. */
enum err journal_filter_read_query(struct call *call, struct journal_filter *out);

/* Reads the filter from an object, and refuses other members. Returns OK, ERR_BAD_FIELD or
 * ERR_NO_MEMORY. */
enum err journal_filter_read(struct call *call, const struct reader_node *object,
                             struct journal_filter *out);

#endif
