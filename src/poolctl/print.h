/* SPDX-License-Identifier: MIT
 *
 * Prints text and tables for people. Text that a terminal would act on is escaped. A column is as
 * wide as its widest cell, counted in characters.
 */
#ifndef POOLCTL_PRINT_H
#define POOLCTL_PRINT_H

#include <stdio.h>

#include "base/text.h"

enum { PRINT_COLUMNS_MAX = 10 };

struct table {
    const char *const *heads; /* borrowed; NULL: no line of heads */
    int columns;
    char **cells; /* row by row */
    size_t count, capacity;
    size_t widths[PRINT_COLUMNS_MAX]; /* at least; of what was printed before */
    bool failed;                      /* memory ran out */
};

/* Prints text. Escapes control characters, the characters that text_disturbing finds, and bytes
 * that are not UTF-8. */
void print_plain(FILE *to, struct text text);

/* Returns an empty table. `columns` is at most PRINT_COLUMNS_MAX. */
struct table table_new(const char *const *heads, int columns);

/* Frees the cells. A zeroed table is legal. */
void table_free(struct table *table);

/* Adds a copy of `text` as the next cell: from left to right, row by row. An empty cell is shown as
 * "-". Sets `failed` if memory runs out. */
void table_cell(struct table *table, struct text text);

/* Prints the heads, if any, and all complete rows, and empties the table. Rows that are added and
 * printed later have the same widths, or larger ones. If the table has failed, prints nothing and
 * returns false. */
bool table_print(struct table *table, FILE *to);

#endif
