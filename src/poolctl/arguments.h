/* SPDX-License-Identifier: MIT
 *
 * What the user asks for: one command, its argument, and the options' values, which are texts that
 * have been checked to be of their row's type.
 */
#ifndef POOLCTL_ARGUMENTS_H
#define POOLCTL_ARGUMENTS_H

#include <stdint.h>

#include "poolctl/cli.h"

enum { HEADERS_MAX = 20 };

struct arguments {
    enum command_id command;          /* COMMAND__MAX where only help or the version is asked for */
    const char *argument;             /* NULL where it is left out, or there are only pairs */
    char *const *pairs;               /* KEY=VALUE, a NULL at the end; or NULL */
    const char *options[OPTION__MAX]; /* NULL where one is not given; "yes" of a flag */
    const char *headers[HEADERS_MAX]; /* all of OPTION_HEADER, in order */
    int headers_count;
    int64_t timeout_ms; /* of OPTION_TIMEOUT; 0 is none */
};

/* Reads defaults, then the environment, then the arguments; all texts are borrowed from these.
 * Returns EX_OK, or EX_USAGE with a sentence that names what is wrong. */
int arguments_read(int argc, char **argv, struct arguments *arguments);

#endif
