/* SPDX-License-Identifier: MIT
 *
 * Calls on a state that run out of memory: each is made with the n-th allocation failing, for every
 * n until it succeeds, once those of SQLite and once our own. The program links state_dump.h's
 * allocator, which it installs first.
 */
#ifndef STATE_CHAOS_H
#define STATE_CHAOS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "store/pool_state.h"

/* The ways in which memory can run out. */
enum chaos_way { CHAOS_OURS_ONCE, CHAOS_SQLITE_ONCE, CHAOS_SQLITE_FOR_GOOD, CHAOS_WAY__MAX };

/* The n-th allocation from now fails. */
void chaos_fail_in(enum chaos_way way, unsigned long n);

/* All succeed again; true if one has failed. */
bool chaos_stop(enum chaos_way way);

/* Fails unless it is what a call may return that had no memory. */
void chaos_assert_expected(enum err err);

typedef enum err chaos_function(struct arena *arena);

struct chaos_call {
    const char *name;
    chaos_function *call;
};

/* The calls, and the state that they are made on, which has a mock-pod-5. */
struct chaos_suite {
    const struct chaos_call *calls;
    size_t count;
    void (*open)(void);
    struct pool_state **state;
    chaos_function *allocates; /* one of them that has to allocate memory of ours, or NULL */
};

/* Makes each call in that way, alone in its turn and behind another change, and fails unless the
 * state is then as it was. */
void chaos_each_call(const struct chaos_suite *suite, enum chaos_way way);

#endif
