/* SPDX-License-Identifier: MIT
 *
 * Calls on a state when memory runs out. Each call is made with the n-th allocation failing, for
 * every n until it succeeds: SQLite's allocations or our own. sqlite_chaos_install of state_dump.h
 * has been called first.
 */
#ifndef STATE_CHAOS_H
#define STATE_CHAOS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "store/pool_state.h"

/* Whose allocations fail: one of ours, one of SQLite's, or one of SQLite's and all after it. */
enum chaos_way { CHAOS_OURS_ONCE, CHAOS_SQLITE_ONCE, CHAOS_SQLITE_FOR_GOOD, CHAOS_WAY__MAX };

/* Makes the n-th allocation from now fail. */
void chaos_fail_in(enum chaos_way way, unsigned long n);

/* Lets allocations succeed again. Returns true if one has failed. */
bool chaos_stop(enum chaos_way way);

/* Fails unless a call without memory may return `err`. */
void chaos_assert_expected(enum err err);

typedef enum err chaos_function(struct arena *arena);

struct chaos_call {
    const char *name;
    chaos_function *call;
};

/* The calls, and the state that they are made on. It has a mock-pod-5. */
struct chaos_suite {
    const struct chaos_call *calls;
    size_t count;
    void (*open)(void);
    struct pool_state **state;
    chaos_function *allocates; /* a call that must make an allocation of ours, or NULL */
};

/* Makes each call with allocations failing in that way, once alone in its turn and once after
 * another change. Fails unless a failed call leaves the state unchanged. */
void chaos_each_call(const struct chaos_suite *suite, enum chaos_way way);

#endif
