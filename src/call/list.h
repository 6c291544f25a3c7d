/* SPDX-License-Identifier: MIT
 *
 * The answers that hold a list of pods or of pools. The array goes out in pieces and is read by
 * key, page by page, so a list of any length takes bounded memory and delays nobody. It ends as
 * valid JSON even if the state is reset meanwhile.
 */
#ifndef CALL_LIST_H
#define CALL_LIST_H

#include "call/handler.h"

struct list_range {
    int64_t after; /* the number of the item before the first; 0: from the beginning */
    int64_t limit; /* the most items; 0: all, and the answer has no cursor */
};

/* Parses a cursor of a list of pods: a pod's id or subdomain. */
bool list_parse_pod_cursor(struct text cursor, int64_t *number);

/* Reads `limit` and `cursor` from the query. A cursor names the last item shown, which may have
 * been deleted since. `parse` turns it into the item's number, or returns false. Returns OK or
 * ERR_BAD_QUERY. */
enum err list_read_range(struct call *call, bool (*parse)(struct text cursor, int64_t *number),
                         struct list_range *range);

/* Each writes its array, `"workspaces":[…]` or `"pools":[…]`, behind the members that the caller
 * has written, and then ends the answer. A list that fits into one piece is written whole; for a
 * longer one the response gets a continuation. `pool` is copied. Returns OK, ERR_NO_MEMORY, or an
 * error of the store. */
enum err list_answer_pods(struct call *call, struct writer *writer, const struct pool *pool,
                          struct list_range range);
/* The same for all pods, each as the status shows it. */
enum err list_answer_statuses(struct call *call, struct writer *writer, const struct pool *pool);
/* The same as `"pods":[…]` with `nextCursor`, for an inspection: it counts no look. */
enum err list_answer_pods_uncounted(struct call *call, struct writer *writer,
                                    const struct pool *pool, struct list_range range);
enum err list_answer_pools(struct call *call, struct writer *writer, struct list_range range);

#endif
