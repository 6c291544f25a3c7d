/* SPDX-License-Identifier: MIT
 *
 * The answers that hold a list of pods or of pools: the array goes out in pieces, read by key page
 * by page, so that a list of any length takes bounded memory and holds nobody else up. It ends as
 * valid JSON even when the state is reset under it.
 */
#ifndef CALL_LIST_H
#define CALL_LIST_H

#include "call/handler.h"

struct list_range {
    int64_t after; /* the number of the item before the first one; 0 for all */
    int64_t limit; /* how many at the most; 0: all, and the answer has no cursor */
};

/* Of a list of pods: its cursors are ids of pods, and subdomains. */
bool list_parse_pod_cursor(struct text cursor, int64_t *number);

/* Reads `limit` and `cursor` from the query; a cursor is the last item that was shown, which may be
 * gone since: `parse` makes its number of it, or says that it is none. Returns OK or ERR_BAD_QUERY.
 */
enum err list_read_range(struct call *call, bool (*parse)(struct text cursor, int64_t *number),
                         struct list_range *range);

/* How one pod is written into the array. */
typedef void list_show_pod(struct writer *writer, const struct pod *pod, const struct view *view);

/* Each writes its array, `"workspaces":[…]` or `"pools":[…]`, behind what the caller has begun,
 * then what ends the answer. A list that fits into one piece is written whole; else the response
 * gets a continuation. `pool` is copied. */
enum err list_answer_pods(struct call *call, struct writer *writer, const struct pool *pool,
                          struct list_range range, list_show_pod *show);
/* The same as `"pods":[…]`, with `nextCursor`, for who only looks: no look is counted. */
enum err list_answer_pods_uncounted(struct call *call, struct writer *writer,
                                    const struct pool *pool, struct list_range range);
enum err list_answer_pools(struct call *call, struct writer *writer, struct list_range range);

#endif
