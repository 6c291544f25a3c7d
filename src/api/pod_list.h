/* SPDX-License-Identifier: MIT
 *
 * The answers that hold the pods of a pool: the array goes out in pieces, read by key page by page,
 * so that a list of any length takes bounded memory and holds nobody else up. It ends as valid JSON
 * even when the state is reset under it.
 */
#ifndef API_POD_LIST_H
#define API_POD_LIST_H

#include "api/handler.h"

/* How one pod is written into the array. */
typedef void pod_list_show(struct writer *writer, const struct pod *pod,
                           const struct view_defaults *defaults);

struct pod_list_range {
    int64_t after; /* the number of the pod before the first one; 0 for all */
    int64_t limit; /* how many at the most; 0: all, and the answer has no `next_cursor` */
};

/* Writes `"workspaces":[…]`, then what ends the answer, behind what the caller has begun. A list
 * that fits into one piece is written whole; else the response gets a continuation. `pool` is
 * copied. */
enum err pod_list_answer(struct call *call, struct writer *writer, const struct pool *pool,
                         struct pod_list_range range, pod_list_show *show);

#endif
