/* SPDX-License-Identifier: MIT
 *
 * Makes JSON bodies from the command line. The service checks the values. Each function that makes
 * a body returns a text that the caller frees, or NULL if memory ran out.
 */
#ifndef POOLCTL_BODY_H
#define POOLCTL_BODY_H

#include "poolctl/arguments.h"

/* Returns true if the options of `faults add` make a rule that has a delay or an answer. */
bool body_rule_does_something(const struct arguments *arguments);

/* Makes a fault rule from the options of `faults add`. */
char *body_of_rule(const struct arguments *arguments);

/* Makes the body of a `clock` command: {"action": its second word}. Adds the argument, if there is
 * one, under its name in small letters: {"action": "advance", "by": "30m"}. */
char *body_of_action(const struct arguments *arguments);

/* Makes the body of `verify`: which requests match, and how many of them are expected. */
char *body_of_verify(const struct arguments *arguments);

/* Makes {KEY: VALUE, ...} from the pairs. A value that is JSON is written as it is, any other as a
 * string. */
char *body_of_pairs(const struct arguments *arguments);

/* Makes {"seed": the argument}, with the argument written as body_of_pairs writes a value. */
char *body_of_seed(const struct arguments *arguments);

#endif
