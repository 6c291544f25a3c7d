/* SPDX-License-Identifier: MIT
 *
 * The lock on a state file and the files of its tenants, which one process at a time holds: an
 * flock on FILE.lock. FILE.lock is never deleted. The kernel releases the lock when the process
 * ends, however it ends.
 */
#ifndef STORE_STATE_LOCK_H
#define STORE_STATE_LOCK_H

#include <stdint.h>

#include "base/err.h"

/* Checks that the folder of the state file exists. Changes nothing. Returns OK, ERR_NO_MEMORY, or
 * ERR_STATE_FILE with a sentence. */
enum err state_lock_check(const char *file, struct problem *problem);

/* Takes the lock; waits for it for up to `patience_ms`. `lock` receives a descriptor for
 * state_lock_give. Returns OK, ERR_NO_MEMORY, ERR_STATE_BUSY if another process has the lock, or
 * ERR_STATE_FILE if FILE.lock can't be opened or locked. */
enum err state_lock_take(const char *file, int64_t patience_ms, int *lock, struct problem *problem);

/* Releases the lock and sets `lock` to -1. Every state in the files must be closed. -1 is legal. */
void state_lock_give(int *lock);

#endif
