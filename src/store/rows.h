/* SPDX-License-Identifier: MIT
 *
 * Reads and writes a whole state row by row: an export lists all rows in order, an import fills a
 * state with them. Counts are not rows: the store computes them from the pods.
 *
 * To fill a state, call rows_begin, any of the rows_add_ functions, and rows_end. Together they are
 * one turn, which may take any time. Nothing else may use the state meanwhile, and after an error
 * the caller closes it. The caller has validated each row by itself; these functions check only how
 * rows fit together.
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "model/counters.h"
#include "model/repository.h"
#include "store/pool_state.h"

/* --- reading --- */

/* Reads the counters that new ids continue from. */
enum err rows_counters(struct pool_state *state, struct counters *out);

/* The rows_list_ functions visit up to `limit` rows after `after`, in order, with everything that
 * belongs to them. A visit function returns false to end the visit. Its row lives only for the
 * call, and what is loaded with it lives in the arena. */
enum err rows_list_pools(struct pool_state *state, int64_t after, int64_t limit,
                         struct arena *arena, pool_state_visit_pool *visit, void *context);

/* Visits the pods of all pools. */
enum err rows_list_pods(struct pool_state *state, int64_t after, int64_t limit, struct arena *arena,
                        pool_state_visit_pod *visit, void *context);

typedef bool rows_visit_user(const struct user *user, void *context);

/* Visits the users after the name `after` (absent: from the first), ordered by name. */
enum err rows_list_users(struct pool_state *state, struct text after, int64_t limit,
                         rows_visit_user *visit, void *context);

typedef bool rows_visit_pull(const struct pull_count *pull, void *context);

/* Visits the repositories with pull requests, in the order of their first pull requests. */
enum err rows_list_pulls(struct pool_state *state, int64_t after, int64_t limit,
                         rows_visit_pull *visit, void *context);

/* --- filling --- */

/* Begins the turn and empties the state. */
enum err rows_begin(struct pool_state *state);

/* The rows_add_ functions add a row. `added` is false, and nothing is added, if an earlier row has
 * the same unique value: a pool's number or name, a pod's or session's number, a user's name or
 * token. rows_add_pod finds the pool by its name and sets pod->pool_number; it returns
 * ERR_POOL_NOT_FOUND if there is no such pool. Add a pod before its sessions. */
enum err rows_add_pool(struct pool_state *state, const struct pool *pool, bool *added);
enum err rows_add_pod(struct pool_state *state, struct pod *pod, bool *added);
enum err rows_add_session(struct pool_state *state, const struct pod *pod,
                          const struct goose_session *session, bool *added);
enum err rows_add_user(struct pool_state *state, const struct user *user, bool *added);

/* Adds a repository after the others; ignores its `number`. `added` is false if the repository was
 * added before. */
enum err rows_add_pull(struct pool_state *state, const struct pull_count *pull, bool *added);

/* Adds a reply to Goose's script (model/goose.h) at a position. */
enum err rows_add_reply(struct pool_state *state, int64_t position,
                        const struct goose_reply *reply);

/* Stores the counters and the totals, and ends the turn. No row may have a number above its
 * counter. Returns OK, ERR_POOL_LIMIT, ERR_POD_LIMIT, or what pool_state_turn_end returns. */
enum err rows_end(struct pool_state *state, const struct counters *counters);

#endif
