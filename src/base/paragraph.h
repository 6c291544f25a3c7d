/* SPDX-License-Identifier: MIT
 *
 * Paragraphs of a help text, for a terminal of 80 columns.
 */
#ifndef BASE_PARAGRAPH_H
#define BASE_PARAGRAPH_H

#include <stdio.h>

/* Prints the words of `text`, then `note` in brackets unless it is empty, then a newline. Breaks
 * lines at column 80. The output must already stand at column `indent`; further lines begin there
 * too. */
void paragraph_print(FILE *to, int indent, const char *text, const char *note);

#endif
