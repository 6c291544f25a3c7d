/* SPDX-License-Identifier: MIT
 *
 * The command line: one command, its argument, and the values of the options. The values are texts
 * that have been checked to be of their row's type.
 */
#ifndef POOLCTL_ARGUMENTS_H
#define POOLCTL_ARGUMENTS_H

#include <stdint.h>

#include "poolctl/cli.h"

enum { HEADERS_MAX = 20 };

struct arguments {
    enum command_id command;          /* COMMAND__MAX for --help and --version */
    const char *argument;             /* NULL if it is left out, or if there are only pairs */
    char *const *pairs;               /* each KEY=VALUE, with a NULL at the end; or NULL */
    const char *options[OPTION__MAX]; /* NULL if not given; "yes" for a flag */
    const char *headers[HEADERS_MAX]; /* all values of OPTION_HEADER, in order */
    int headers_count;
    int64_t timeout_ms; /* the value of OPTION_TIMEOUT; 0: no limit */
};

/* Reads the defaults, then the environment, then the arguments. Borrows all texts from these.
 * Returns EX_OK, or EX_USAGE after a sentence that names the problem. */
int arguments_read(int argc, char **argv, struct arguments *arguments);

#endif
