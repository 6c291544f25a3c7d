/* SPDX-License-Identifier: MIT
 *
 * Runs the commands. Each command names its way, the function that runs it, in a column of
 * commands.def.
 */
#ifndef POOLCTL_WAYS_H
#define POOLCTL_WAYS_H

#include "poolctl/arguments.h"

/* Runs the command. Prints its result to standard output. Returns EX_OK, or an exit status after a
 * complaint. */
int ways_run(const struct arguments *arguments);

#endif
