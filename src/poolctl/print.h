/* SPDX-License-Identifier: MIT
 *
 * Text for people: what a terminal would act on is escaped, and tables have columns. A column is
 * as wide as its widest cell, counted in characters.
 */
#ifndef POOLCTL_PRINT_H
#define POOLCTL_PRINT_H

#include <stdio.h>

#include "base/text.h"

enum { PRINT_COLUMNS_MAX = 10 };

struct table {
    const char *const *heads; /* borrowed; NULL where there is no line of heads */
    int columns;
    char **cells; /* row by row */
    size_t count, capacity;
    bool failed; /* for want of memory */
};

/* Prints text as it is; control characters, what text_disturbing names and what is not UTF-8 as
 * their escapes. */
void print_plain(FILE *to, struct text text);

/* An empty table of so many columns, PRINT_COLUMNS_MAX at most. */
struct table table_new(const char *const *heads, int columns);

/* Frees the cells; a zeroed table is legal. */
void table_free(struct table *table);

/* Adds a copy of the next cell, from left to right and row by row; an empty one shows as "-".
 * Without memory the table has failed. */
void table_cell(struct table *table, struct text text);

/* Prints the heads, where there are some, and all whole rows, and empties the table. False if the
 * table had failed. */
bool table_print(struct table *table, FILE *to);

#endif
