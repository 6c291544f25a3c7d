/* SPDX-License-Identifier: MIT
 *
 * The tables of commands and options as text: for --help, for the manual, for the completion.
 */
#ifndef POOLCTL_HELP_H
#define POOLCTL_HELP_H

#include <stdio.h>

/* What --help prints. */
void help_print(FILE *to);

/* The manual's items, in the roff of mdoc. */
void help_print_command_items(FILE *to);
void help_print_option_items(FILE *to);

/* The tables as local variables of a function of bash: `takes`, from a command to its options;
 * `words`, from an option to its words; `lists`, from a command to the one that lists what its
 * first argument may be; `every`, the options of every command; `flags`, the options without
 * argument; `keys`, of settings, each with a = at its end; all with a space before and behind each.
 * `files` and `pairs`: the commands whose argument is a file, or KEY=VALUE, with a bar before and
 * behind each. */
void help_print_completion_tables(FILE *to);

#endif
