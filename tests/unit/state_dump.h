/* SPDX-License-Identifier: MIT
 *
 * Dumps a state as text, to see whether anything in it has changed; and makes SQLite's allocations
 * fail, which chaos.h can't do because SQLite is a shared library.
 */
#ifndef STATE_DUMP_H
#define STATE_DUMP_H

#include <stdbool.h>

#include "base/buffer.h"
#include "store/pool_state.h"

/* Returns every row of every table, the generation and the remembered claims as text. The caller
 * frees it. */
struct buffer state_dump(struct pool_state *state);

/* Returns only the rows. */
struct buffer state_dump_rows(struct pool_state *state);

/* Fails, and prints both, unless the state's dump equals an earlier state_dump. */
void state_assert_unchanged(struct pool_state *state, const struct buffer *before);

/* Fails, and prints both, unless the state's rows equal an earlier state_dump_rows. */
void state_assert_rows(struct pool_state *state, const struct buffer *before);

/* Runs SQL on the state's database, for what no call can do. */
void state_force(struct pool_state *state, const char *sql);

/* Makes the next commit of a change fail. */
void state_refuse_commit(struct pool_state *state);

/* Installs the failing allocator in SQLite. Called once, before SQLite's first use. */
void sqlite_chaos_install(void);

/* Makes SQLite's n-th allocation from now fail, and with `for_good` all after it; 0: none fails. */
void sqlite_chaos_fail_at(unsigned long n, bool for_good);

/* Returns true if the allocation of the last sqlite_chaos_fail_at(n), n > 0, has failed. */
bool sqlite_chaos_failed(void);

#endif
