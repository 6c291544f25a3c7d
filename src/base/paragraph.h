/* SPDX-License-Identifier: MIT
 *
 * Paragraphs of a help text, for a terminal of 80 columns.
 */
#ifndef BASE_PARAGRAPH_H
#define BASE_PARAGRAPH_H

#include <stdio.h>

/* Prints the words of `text`, and of `note` in brackets if it is not empty, up to column 80. The
 * first line begins where the output stands, at column `indent`; further lines are indented as
 * much. */
void paragraph_print(FILE *to, int indent, const char *text, const char *note);

#endif
