/* SPDX-License-Identifier: MIT
 *
 * Splits a JSON object into pieces that can be read one by one, so that reading a text of any
 * length takes only the memory for its largest piece. The pieces are the object's members, and the
 * elements of those members that are arrays.
 *
 * The split checks everything between the pieces as strictly as json/scan.h does (RFC 8259, no key
 * twice). It does not look into a piece, except to find its end; reader_open_part checks the
 * content. So a text is valid if split_next has returned SPLIT_END and reader_open_part has
 * accepted every piece.
 */
#ifndef JSON_SPLIT_H
#define JSON_SPLIT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "json/keys.h"

enum split_kind {
    SPLIT_VALUE,   /* a member that is not an array */
    SPLIT_ARRAY,   /* a member that is an array; its elements follow */
    SPLIT_ELEMENT, /* an element of that array */
    SPLIT_END,     /* the end of the text */
};

struct split_piece {
    enum split_kind kind;
    struct text key;  /* the member's key, decoded; borrowed from the split */
    size_t index;     /* the element's index */
    struct text json; /* the value or element: a part of the whole text */
};

/* A position in the text. The fields are private to the split. */
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
    struct text key; /* of the member it is in */
    size_t index;    /* of the next element */
    struct keys keys;
    struct arena decoded; /* the keys */
};

/* Returns a split at the beginning of `json`, which is borrowed until split_free. An empty text is
 * the empty object. */
struct split split_new(struct text json);
void split_free(struct split *split);

/* Gets the next piece. Returns OK, ERR_BAD_JSON with a sentence like that of scan_json,
 * ERR_BAD_FIELD if the text is not an object ("the body: expected a JSON object, not an array"), or
 * ERR_NO_MEMORY. Do not call it again after an error. Takes time linear in the length of the
 * piece. */
enum err split_next(struct split *split, struct split_piece *piece, struct problem *problem);

#endif
