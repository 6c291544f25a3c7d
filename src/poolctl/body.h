/* SPDX-License-Identifier: MIT
 *
 * JSON bodies made of what was given on the command line. The service judges them. The caller frees
 * each; NULL without memory.
 */
#ifndef POOLCTL_BODY_H
#define POOLCTL_BODY_H

#include "poolctl/arguments.h"

/* A fault rule, of the options of `faults add`. */
char *body_of_rule(const struct arguments *arguments);

/* {"action": second word of the command}, and the argument under its name in small letters. */
char *body_of_action(const struct arguments *arguments);

/* What `verify` asks: which requests, and how many of them. */
char *body_of_verify(const struct arguments *arguments);

/* {KEY: VALUE, ...} of the pairs. A value that is JSON is that, any other is a text. */
char *body_of_pairs(const struct arguments *arguments);

/* {"seed": the argument}, in the same way. */
char *body_of_seed(const struct arguments *arguments);

#endif
