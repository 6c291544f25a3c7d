/* SPDX-License-Identifier: MIT
 *
 * A strict scan of JSON text that hands out what it finds, for a tree to be built from. Never more
 * lenient than RFC 8259, and stricter where the contract is (section 1): well-formed UTF-8, no NUL
 * raw or escaped, no lone surrogate, no key twice in an object (compared decoded), a bounded depth
 * and number of values. json-c's own parser takes much that is not JSON, and turns values into
 * null, or dies, where it has no memory.
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum { SCAN_DEPTH_MAX = 32 }; /* arrays and objects inside one another */

enum scan_event {
    SCAN_NULL,
    SCAN_FALSE,
    SCAN_TRUE,
    SCAN_NUMBER, /* as it is written */
    SCAN_TEXT,   /* decoded */
    SCAN_KEY,    /* decoded; the member's value is next */
    SCAN_OBJECT, /* the beginning */
    SCAN_ARRAY,
    SCAN_END, /* of the innermost object or array */
};

/* Receives what a scan finds, in the order of the text. `take` is given a text that is valid for
 * the call; an error that it returns ends the scan, which returns it. The text may still prove
 * invalid afterwards: only OK from the scan means that it was JSON. */
struct scan_sink {
    enum err (*take)(void *context, enum scan_event event, struct text text);
    void *context;
};

/* Scans one JSON text with nothing but white space around it; `sink` may be NULL. Returns OK,
 * ERR_NO_MEMORY, an error of the sink, or ERR_BAD_JSON with a sentence: what is wrong and at which
 * byte, counted from 0 ("the body is not valid JSON: expected ':', at byte 12"), or what the body
 * is instead (scan_foreign). `values_max` bounds the values of any kind, keys not counted. Time is
 * linear in the length, whatever the text. */
enum err scan_json(struct text json, size_t values_max, const struct scan_sink *sink,
                   struct problem *problem);

/* The same for a value that is a part of a larger text, from whose first byte on bytes are
 * counted. */
enum err scan_json_part(struct text whole, struct text part, size_t values_max,
                        const struct scan_sink *sink, struct problem *problem);

/* ERR_BAD_JSON with a sentence if a whole body shows that it is something else than JSON in UTF-8
 * (json/foreign); OK for all valid JSON. */
enum err scan_foreign(struct text body, struct problem *problem);

/* A string with its quotes, `quoted`, that is a part of a larger text and ends with its closing
 * quote. Gives what it stands for: borrowed from `whole`, or in the arena where it has escapes. */
enum err scan_string_part(struct text whole, struct text quoted, struct arena *arena,
                          struct text *out, struct problem *problem);

#endif
