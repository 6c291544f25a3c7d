/* SPDX-License-Identifier: MIT
 *
 * Reads the command line: one command, its arguments, and the values of the options. The values are
 * kept as texts, and each is of its option's type.
 */
#ifndef POOLCTL_ARGUMENTS_H
#define POOLCTL_ARGUMENTS_H

#include <stdint.h>

#include "poolctl/cli.h"

enum { VALUES_MAX = 20 };

/* The values of an option that may be given more than once, in order. */
struct values {
    const char *at[VALUES_MAX];
    int count;
};

struct arguments {
    enum command_id command;          /* COMMAND__MAX for --help and --version */
    const char *argument;             /* the argument that is not a pair; NULL: none is given */
    char *const *pairs;               /* the arguments KEY=VALUE, ended by a NULL; NULL: none */
    const char *options[OPTION__MAX]; /* NULL if not given; "yes" for a flag */
    struct values headers, targets, hosts; /* of OPTION_HEADER, OPTION_TARGET, OPTION_ALLOW_HOST */
    int64_t timeout_ms;                    /* the value of OPTION_TIMEOUT; 0: no limit */
};

/* Reads the defaults, then the environment, then the arguments. Borrows all texts from these.
 * Returns EX_OK, or EX_USAGE after a complaint (complain.h). */
int arguments_read(int argc, char **argv, struct arguments *arguments);

#endif
