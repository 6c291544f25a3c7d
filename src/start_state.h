/* SPDX-License-Identifier: MIT
 *
 * --seed-state: a document in a file that states begin with.
 */
#ifndef START_STATE_H
#define START_STATE_H

#include "base/clock.h"
#include "base/err.h"
#include "store/pool_state.h"

/* Makes a state in memory of the document in a file, with what `config` says but for its file.
 * `clock` is borrowed for its life. Returns OK, ERR_NO_MEMORY, or ERR_STATE_DAMAGED with a sentence
 * that names the file and what is wrong with it. The caller closes it. */
enum err start_state_read(const char *path, const struct pool_state_config *config,
                          const struct clock *clock, struct pool_state **out,
                          struct problem *problem);

#endif
