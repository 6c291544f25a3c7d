/* SPDX-License-Identifier: MIT
 *
 * JSON bodies made of what was given on the command line.
 */
#ifndef POOLCTL_RULE_H
#define POOLCTL_RULE_H

#include "poolctl/arguments.h"

/* A fault rule, of the options of `faults add`. The service judges it. The caller frees the text;
 * NULL without memory. */
char *rule_of_options(const struct arguments *arguments);

/* {"action": second word of the command}, and the argument under its name in small letters. */
char *rule_of_action(const struct arguments *arguments);

#endif
