/* SPDX-License-Identifier: MIT
 *
 * The start state that --seed-state names: a state document in a file.
 */
#ifndef START_STATE_H
#define START_STATE_H

#include "base/clock.h"
#include "base/err.h"
#include "store/pool_state.h"

/* Makes a state in memory from the document at `path`. Uses all of `config` except its file.
 * Borrows `clock` for as long as the state lives. The caller closes the state. Returns OK,
 * ERR_NO_MEMORY, or ERR_STATE_DAMAGED with a sentence that names the file and the problem with it.
 */
enum err start_state_read(const char *path, const struct pool_state_config *config,
                          const struct clock *clock, struct pool_state **out,
                          struct problem *problem);

#endif
