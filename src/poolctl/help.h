/* SPDX-License-Identifier: MIT
 *
 * Prints the tables of commands and options: for --help, for the manual, and for the completion.
 */
#ifndef POOLCTL_HELP_H
#define POOLCTL_HELP_H

#include <stdio.h>

/* Prints the text of --help. */
void help_print(FILE *to);

/* Print the manual's lists of commands and options, in roff (mdoc). */
void help_print_command_items(FILE *to);
void help_print_option_items(FILE *to);

/* Prints the tables as local variables of a bash function (completion.bash.in). In these variables,
 * words have a space before and after them:
 *     takes  for each command, its options
 *     words  for each option, its words
 *     lists  for each command, the command that lists its possible arguments
 *     every  the options that every command takes
 *     flags  the options without argument
 *     keys   the keys of settings, each with a = at its end
 * In these, commands have a bar before and after them:
 *     files  the commands whose argument is a file
 *     pairs  the commands whose arguments are KEY=VALUE */
void help_print_completion_tables(FILE *to);

#endif
