/* SPDX-License-Identifier: MIT
 *
 * The rows of views/shape.def.
 */
#ifndef OPENAPI_SHAPES_H
#define OPENAPI_SHAPES_H

#include <stdbool.h>
#include <stddef.h>

#include "json/writer.h"

/* The kinds of rows, and the types of members. views/shape.def explains them. */
enum kind {
    ROW_SHAPE,
    ROW_ANSWER,
    ROW_BARE,
    ROW_MEMBER,
    ROW_SAME,
    ROW_QUERY,
    ROW_FAIL,
    ROW_FAIL_ANY,
    ROW_UPGRADE,
};

enum type {
    NOTHING,
    TEXT,
    TIME,
    NUMBER,
    FRACTION,
    FLAG,
    JSON,
    TEXTS,
    MAP,
    OBJECT,
    LIST,
    TEXTS_OR,
    TEXT_OR_TEXTS,
};

struct row {
    enum kind kind;
    const char *name; /* of a shape, a handler, a member or a parameter */
    int status;
    enum type type;
    const char *of; /* a shape, or the Content-Type of a BARE text */
    bool may_be_null, may_be_missing;
};

/* Returns all rows. Static. */
const struct row *shapes_rows(size_t *count);

/* Returns the head of a shape. Ends the program if there is none of that name. */
const struct row *shapes_find(const char *name);

/* Returns the next ROW_ANSWER, ROW_BARE or ROW_UPGRADE of the handler, from `row` on (NULL: from
 * the first); NULL: there is none. */
const struct row *shapes_next_head(const struct row *row, const char *handler);

/* Calls `put` with the members below the head of a shape or an answer. */
void shapes_each_member(const struct row *head, struct writer *writer,
                        void (*put)(struct writer *writer, const struct row *member));

/* Calls `put` with the rows of this kind that belong to the handler. */
void shapes_each_of(const char *handler, enum kind kind, struct writer *writer,
                    void (*put)(struct writer *writer, const struct row *row));

/* Returns true if the handler has a ROW_FAIL_ANY. */
bool shapes_fail_any(const char *handler);

#endif
