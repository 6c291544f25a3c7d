/* SPDX-License-Identifier: MIT
 *
 * A state seen whole, to tell whether anything in it has changed, and SQLite's memory failing on
 * order: chaos.h does not see the allocations of a shared library.
 */
#ifndef STATE_DUMP_H
#define STATE_DUMP_H

#include <stdbool.h>

#include "base/buffer.h"
#include "store/pool_state.h"

/* Every row of every table, the generation and the claims that are remembered, as text. The caller
 * frees it. */
struct buffer state_dump(struct pool_state *state);

/* The rows alone. */
struct buffer state_dump_rows(struct pool_state *state);

/* Fails, and shows both, unless a state looks as it did in an earlier dump. */
void state_assert_unchanged(struct pool_state *state, const struct buffer *before);

/* The same of the rows alone, and of an earlier dump of them. */
void state_assert_rows(struct pool_state *state, const struct buffer *before);

/* Runs SQL on the state behind its back, for what no call makes yet. */
void state_force(struct pool_state *state, const char *sql);

/* The next commit that has something to keep fails. */
void state_refuse_commit(struct pool_state *state);

/* Puts the failing allocator under SQLite; once, before its first use. */
void sqlite_chaos_install(void);

/* SQLite's n-th allocation from now fails, and all after it too if `for_good`; 0 lets all succeed.
 */
void sqlite_chaos_fail_at(unsigned long n, bool for_good);

/* True if the allocation that the last sqlite_chaos_fail_at(n), n > 0, named was asked for, and so
 * failed. */
bool sqlite_chaos_failed(void);

#endif
