/* SPDX-License-Identifier: MIT
 *
 * Reads the start state: the state document in the file that --seed-state names.
 */
#ifndef START_STATE_H
#define START_STATE_H

#include "base/clock.h"
#include "base/err.h"
#include "store/pool_state.h"

/* Makes a state in memory from the document at `path`, with `config` except its file. `clock` is
 * borrowed for the life of the state. The caller closes the state. Returns OK, ERR_NO_MEMORY, or
 * ERR_STATE_DAMAGED with a sentence that names the file and what is wrong with it. */
enum err start_state_read(const char *path, const struct pool_state_config *config,
                          const struct clock *clock, struct pool_state **out,
                          struct problem *problem);

#endif
