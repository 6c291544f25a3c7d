/* SPDX-License-Identifier: MIT
 *
 * A whole state, row by row: all that is in it, read in order for an export, and put in as it is
 * given for an import. Counts are no part of it: they are made from the pods.
 *
 * A state is filled by rows_begin, any of the rows_add_ calls, and rows_end, as one turn that may
 * take any time; nobody else may use it in between. It has to be one that can be thrown away. Who
 * fills it has looked at every row: these calls find wrong what only the rows together can tell.
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "model/counters.h"
#include "model/repository.h"
#include "store/pool_state.h"

/* --- reading --- */

enum err rows_counters(struct pool_state *state, struct counters *out);

/* Each visits, in order, those behind `after`, `limit` at the most, with everything they have; they
 * live only for the call, and what does not stand in their row lives in the arena. False ends the
 * visit. */
enum err rows_list_pools(struct pool_state *state, int64_t after, int64_t limit,
                         struct arena *arena, pool_state_visit_pool *visit, void *context);

/* The pods of all pools. */
enum err rows_list_pods(struct pool_state *state, int64_t after, int64_t limit, struct arena *arena,
                        pool_state_visit_pod *visit, void *context);

typedef bool rows_visit_user(const struct user *user, void *context);

/* By name: those behind the user of that name; absent is the beginning. */
enum err rows_list_users(struct pool_state *state, struct text after, int64_t limit,
                         rows_visit_user *visit, void *context);

typedef bool rows_visit_pull(const struct pull_count *pull, void *context);

/* The repositories that have pull requests, in the order of their first. */
enum err rows_list_pulls(struct pool_state *state, int64_t after, int64_t limit,
                         rows_visit_pull *visit, void *context);

/* --- filling --- */

/* Empties the state. */
enum err rows_begin(struct pool_state *state);

/* Each adds one. `added` is false where one that was added before has what no two may share, and
 * nothing was done: the number or the name of a pool, the number of a pod or a session, the name or
 * the token of a user. A pod's pool is found by its name, and its number filled in, or
 * ERR_POOL_NOT_FOUND; its sessions are added after it. */
enum err rows_add_pool(struct pool_state *state, const struct pool *pool, bool *added);
enum err rows_add_pod(struct pool_state *state, struct pod *pod, bool *added);
enum err rows_add_session(struct pool_state *state, const struct pod *pod,
                          const struct goose_session *session, bool *added);
enum err rows_add_user(struct pool_state *state, const struct user *user, bool *added);

/* Adds it behind those that are there, whatever its number. `added` is false where its repository
 * is there already. */
enum err rows_add_pull(struct pool_state *state, const struct pull_count *pull, bool *added);

/* The reply at a position of the script. */
enum err rows_add_reply(struct pool_state *state, int64_t position,
                        const struct goose_reply *reply);

/* Counts what is there and ends the turn; no row has a number above its counter. Returns OK,
 * ERR_POOL_LIMIT, ERR_POD_LIMIT, or what pool_state_turn_end does. */
enum err rows_end(struct pool_state *state, const struct counters *counters);

#endif
