/* SPDX-License-Identifier: MIT */
#include "openapi/shapes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const struct row rows[] = {
#define SHAPE(name) {ROW_SHAPE, #name, 0, NOTHING, "", false, false},
#define ANSWER(handler, status) {ROW_ANSWER, #handler, status, NOTHING, "", false, false},
#define BARE(handler, status, type, of) {ROW_BARE, #handler, status, type, OF_##type(of), 0, 0},
#define ALWAYS(name, type, ...) {ROW_MEMBER, name, 0, type, "" #__VA_ARGS__, false, false},
#define NULLABLE(name, type, ...) {ROW_MEMBER, name, 0, type, "" #__VA_ARGS__, true, false},
#define MAYBE(name, type, ...) {ROW_MEMBER, name, 0, type, "" #__VA_ARGS__, false, true},
#define MAYBE_NULL(name, type, ...) {ROW_MEMBER, name, 0, type, "" #__VA_ARGS__, true, true},
#define SAME_AS(shape) {ROW_SAME, #shape, 0, NOTHING, "", false, false},
#define QUERY(name) {ROW_QUERY, name, 0, NOTHING, "", false, false},
#define FAIL(status) {ROW_FAIL, "", status, NOTHING, "", false, false},
#define FAIL_ANY {ROW_FAIL_ANY, "", 0, NOTHING, "", false, false},
#define UPGRADE(handler) {ROW_UPGRADE, #handler, 101, NOTHING, "", false, false},
#define OF_TEXT(of) of
#define OF_OBJECT(of) #of
#define OF_JSON(of) ""
#define OF_LIST(of) #of
#include "views/shape.def"
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

const struct row *shapes_rows(size_t *count)
{
    *count = ROWS;
    return rows;
}

const struct row *shapes_find(const char *name)
{
    for (int i = 0; i < ROWS; i++)
        if (rows[i].kind == ROW_SHAPE && strcmp(rows[i].name, name) == 0)
            return &rows[i];
    fprintf(stderr, "openapi-json: there is no shape %s\n", name);
    exit(EX_DATAERR);
}

static bool is_last(const struct row *row)
{
    return row + 1 == rows + ROWS;
}

void shapes_each_member(const struct row *head, struct writer *writer,
                        void (*put)(struct writer *writer, const struct row *member))
{
    for (const struct row *row = head; !is_last(row);) {
        row++;
        if (row->kind == ROW_MEMBER)
            put(writer, row);
        else if (row->kind == ROW_SAME)
            shapes_each_member(shapes_find(row->name), writer, put);
        else
            return;
    }
}

const struct row *shapes_next_head(const struct row *row, const char *handler)
{
    for (row = row ? row : rows; row < rows + ROWS; row++)
        if ((row->kind == ROW_ANSWER || row->kind == ROW_BARE || row->kind == ROW_UPGRADE) &&
            strcmp(row->name, handler) == 0)
            return row;
    return NULL;
}

void shapes_each_of(const char *handler, enum kind kind, struct writer *writer,
                    void (*put)(struct writer *writer, const struct row *row))
{
    const struct row *head = rows;

    while ((head = shapes_next_head(head, handler)))
        for (head++; head < rows + ROWS && head->kind != ROW_SHAPE && head->kind != ROW_ANSWER &&
                     head->kind != ROW_BARE && head->kind != ROW_UPGRADE;
             head++)
            if (head->kind == kind)
                put(writer, head);
}

bool shapes_fail_any(const char *handler)
{
    const struct row *row = shapes_next_head(rows, handler);

    while (row && !is_last(row) && (++row)->kind != ROW_SHAPE && row->kind != ROW_ANSWER)
        if (row->kind == ROW_FAIL_ANY)
            return true;
    return false;
}
