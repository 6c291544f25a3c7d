/* SPDX-License-Identifier: MIT
 *
 * The right to a state file and those of its tenants, for one process at a time: a lock on
 * FILE.lock, which stays there. The system gives it back when the process ends, however it ends.
 */
#ifndef STORE_STATE_LOCK_H
#define STORE_STATE_LOCK_H

#include <stdint.h>

#include "base/err.h"

/* Checks that the file's folder is there, and touches nothing. Returns OK, ERR_NO_MEMORY, or
 * ERR_STATE_FILE with a sentence. */
enum err state_lock_check(const char *file, struct problem *problem);

/* Takes it, or waits for it so long at the most. `lock` is a descriptor for state_lock_give.
 * Returns OK, ERR_NO_MEMORY, ERR_STATE_BUSY, or ERR_STATE_FILE where it can't be had at all. */
enum err state_lock_take(const char *file, int64_t patience_ms, int *lock, struct problem *problem);

/* Gives it back, after every state in the file is closed; -1 is legal, and what is left behind. */
void state_lock_give(int *lock);

#endif
