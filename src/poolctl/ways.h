/* SPDX-License-Identifier: MIT
 *
 * The commands: each asks the service for what its row of commands.def says.
 */
#ifndef POOLCTL_WAYS_H
#define POOLCTL_WAYS_H

#include "poolctl/arguments.h"

/* Runs the command; its outcome is on standard output. Returns the exit status, and has complained
 * where that is not EX_OK. */
int ways_run(const struct arguments *arguments);

#endif
