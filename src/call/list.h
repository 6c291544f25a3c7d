/* SPDX-License-Identifier: MIT
 *
 * Answers with a list of pods or of pools. The list is read page by page and sent in pieces, so a
 * list of any length takes bounded memory and does not delay other requests. The answer is valid
 * JSON even if the state is reset before its end.
 */
#ifndef CALL_LIST_H
#define CALL_LIST_H

#include "call/handler.h"

struct list_range {
    int64_t after; /* the list begins after the item with this number; 0: at the beginning */
    int64_t limit; /* maximum number of items; 0: all, and the answer has no cursor */
};

/* Parse a cursor: of a list of pods a pod's id or subdomain, of a list of pools a pool's id. */
bool list_parse_pod_cursor(struct text cursor, int64_t *number);
bool list_parse_pool_cursor(struct text cursor, int64_t *number);

/* Reads `limit` and `cursor` from the query. A cursor names the last item shown, which may have
 * been deleted since. `parse` turns it into the item's number, or returns false. Returns OK or
 * ERR_BAD_QUERY. */
enum err list_read_range(struct call *call, bool (*parse)(struct text cursor, int64_t *number),
                         struct list_range *range);

/* Write the array, `"workspaces":[…]` or `"pools":[…]`, after the members that the caller has
 * written, and end the answer. A list that fits into one piece is written whole; for a longer one
 * the response gets a continuation. `pool` is copied. Return OK, ERR_NO_MEMORY, or an error of the
 * store. */
enum err list_answer_pods(struct call *call, struct writer *writer, const struct pool *pool,
                          struct list_range range);
/* As list_answer_pods, for all pods of the pool, each as the status route shows it. */
enum err list_answer_statuses(struct call *call, struct writer *writer, const struct pool *pool);
/* As list_answer_pods, with the keys `pods` and `nextCursor`, and without counting a look (struct
 * pod, `looks_left`). */
enum err list_answer_pods_uncounted(struct call *call, struct writer *writer,
                                    const struct pool *pool, struct list_range range);
enum err list_answer_pools(struct call *call, struct writer *writer, struct list_range range);
/* As list_answer_pools, with all counts of each pool, and the key `nextCursor`. */
enum err list_answer_pool_counts(struct call *call, struct writer *writer, struct list_range range);

#endif
