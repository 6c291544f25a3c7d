/* SPDX-License-Identifier: MIT
 *
 * Walks one JSON object piece by piece, so that each piece can be read alone: a text of any length
 * is read with the memory of its largest piece. The pieces are the object's members, and the
 * elements of those members that are arrays.
 *
 * It looks at everything between the pieces as strictly as json/scan does (RFC 8259, no key twice)
 * and finds only the end of each piece; reader_open_part looks at what is in it. A text is sound
 * when the walk has come to its end and every piece was opened.
 */
#ifndef JSON_SPLIT_H
#define JSON_SPLIT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "json/keys.h"

enum split_kind {
    SPLIT_VALUE,   /* a member that is no array */
    SPLIT_ARRAY,   /* a member that is an array; its elements follow */
    SPLIT_ELEMENT, /* one of them */
    SPLIT_END,     /* the text is at its end */
};

struct split_piece {
    enum split_kind kind;
    struct text key;  /* of the member, decoded; borrowed from the split */
    size_t index;     /* of the element */
    struct text json; /* of the value or element: a part of the whole text */
};

/* Where the walk is. Callers do not look inside. */
struct split {
    struct text whole; /* borrowed */
    const char *at;
    enum {
        SPLIT_AT_START,
        SPLIT_AT_FIRST_MEMBER,
        SPLIT_AFTER_MEMBER,
        SPLIT_AT_FIRST_ELEMENT,
        SPLIT_AFTER_ELEMENT
    } place;
    struct text key; /* of the array that it is in */
    size_t index;    /* of the next element */
    struct keys keys;
    struct arena decoded; /* the keys */
};

/* At the beginning of `json`, which is borrowed until split_free; an empty text is the empty
 * object. */
struct split split_new(struct text json);
void split_free(struct split *split);

/* The next piece. Returns OK, ERR_BAD_JSON with a sentence as json/scan gives it, ERR_BAD_FIELD
 * for another value than an object ("the body: expected a JSON object, not an array"), or
 * ERR_NO_MEMORY; after an error the walk is over. Time is linear in the length of the piece. */
enum err split_next(struct split *split, struct split_piece *piece, struct problem *problem);

#endif
