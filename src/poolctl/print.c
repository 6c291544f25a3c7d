/* SPDX-License-Identifier: MIT */
#include "poolctl/print.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { GAP = 2 };

/* Returns the length in bytes of the first character (1 to 4), or 0 if that has to be escaped. */
static size_t plain_length(struct text text)
{
    size_t length = text_utf8_length(text);
    bool is_plain = length > 0 && !text_has_control((struct text){text.at, length}) &&
                    !text_disturbing(text);

    return is_plain ? length : 0;
}

void print_plain(FILE *to, struct text text)
{
    while (text.length > 0) {
        size_t length = plain_length(text);
        if (length > 0)
            fwrite(text.at, 1, length, to);
        else
            fprintf(to, "\\x%02x", (unsigned char)text.at[0]);
        text = text_from(text, length > 0 ? length : 1);
    }
}

/* Returns the number of columns that print_plain uses. */
static size_t width_of(struct text text)
{
    size_t width = 0;

    while (text.length > 0) {
        size_t length = plain_length(text);
        width += length > 0 ? 1 : strlen("\\x00");
        text = text_from(text, length > 0 ? length : 1);
    }
    return width;
}

struct table table_new(const char *const *heads, int columns)
{
    CHECK(columns > 0 && columns <= PRINT_COLUMNS_MAX);
    return (struct table){.heads = heads, .columns = columns};
}

void table_free(struct table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (struct table){0};
}

static bool make_room(struct table *table)
{
    size_t capacity = table->capacity ? 2 * table->capacity : 64;
    char **cells;

    if (table->count < table->capacity)
        return true;
    cells = realloc(table->cells, capacity * sizeof(*cells));
    if (!cells)
        return false;
    table->cells = cells;
    table->capacity = capacity;
    return true;
}

void table_cell(struct table *table, struct text text)
{
    struct text shown = text.length > 0 ? text : TEXT("-");
    char *cell = make_room(table) ? malloc(shown.length + 1) : NULL;

    if (!cell) {
        table->failed = true;
        return;
    }
    memcpy(cell, shown.at, shown.length);
    cell[shown.length] = '\0';
    table->cells[table->count++] = cell;
}

static void print_row(FILE *to, const char *const *cells, const size_t *widths, int columns)
{
    for (int i = 0; i < columns; i++) {
        struct text cell = text_of(cells[i]);
        print_plain(to, cell);
        if (i + 1 < columns)
            fprintf(to, "%*s", (int)(widths[i] - width_of(cell) + GAP), "");
    }
    fputc('\n', to);
}

static void widen(size_t *width, const char *cell)
{
    size_t needed = width_of(text_of(cell));

    if (*width < needed)
        *width = needed;
}

bool table_print(struct table *table, FILE *to)
{
    size_t columns = (size_t)table->columns, *widths = table->widths;
    bool good = !table->failed;

    for (size_t i = 0; table->heads && i < columns; i++)
        widen(&widths[i], table->heads[i]);
    for (size_t i = 0; i < table->count; i++)
        widen(&widths[i % columns], table->cells[i]);
    if (good && table->heads)
        print_row(to, table->heads, widths, table->columns);
    for (size_t i = 0; good && i + columns <= table->count; i += columns)
        print_row(to, (const char *const *)table->cells + i, widths, table->columns);
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    table->count = 0;
    return good;
}
