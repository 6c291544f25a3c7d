/* SPDX-License-Identifier: MIT
 *
 * A strict scanner of JSON, which passes what it finds to a sink, such as the builder of a tree. It
 * accepts JSON (RFC 8259) with further restrictions (docs/api.md, "Bodies"): the text is
 * well-formed UTF-8, without a NUL, raw or escaped, and without a lone surrogate; no object has a
 * key twice (compared decoded); depth and number of values are limited. It replaces json-c's
 * parser, which accepts much that is not JSON, and crashes or turns values into null when out of
 * memory.
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum { SCAN_DEPTH_MAX = 32 }; /* nested arrays and objects */

enum scan_event {
    SCAN_NULL,
    SCAN_FALSE,
    SCAN_TRUE,
    SCAN_NUMBER, /* text: as written */
    SCAN_TEXT,   /* text: decoded */
    SCAN_KEY,    /* text: decoded; the member's value follows */
    SCAN_OBJECT, /* the beginning of an object */
    SCAN_ARRAY,  /* the beginning of an array */
    SCAN_END,    /* the end of the innermost object or array */
};

/* Receives the events of a scan, in the order of the text. The `text` of `take` is valid during the
 * call. An error of `take` ends the scan, which returns it. The JSON is known to be valid only when
 * the scan has returned OK. */
struct scan_sink {
    enum err (*take)(void *context, enum scan_event event, struct text text);
    void *context;
};

/* Scans one JSON value with nothing but white space around it. `sink` may be NULL. `values_max` is
 * the maximum number of values of any type; keys do not count. Returns OK, ERR_NO_MEMORY, an error
 * of the sink, or ERR_BAD_JSON with a sentence. The sentence tells what is wrong and at which byte,
 * counted from 0 ("the body is not valid JSON: expected ':', at byte 12"), or what the body is
 * instead (scan_foreign). Takes time linear in the length of the text. */
enum err scan_json(struct text json, size_t values_max, const struct scan_sink *sink,
                   struct problem *problem);

/* As scan_json, for a value that is a part of a larger text. Bytes are counted from the beginning
 * of `whole`. */
enum err scan_json_part(struct text whole, struct text part, size_t values_max,
                        const struct scan_sink *sink, struct problem *problem);

/* Returns ERR_BAD_JSON with a sentence if a whole body is recognised as something other than JSON
 * in UTF-8 (json/foreign.h), otherwise OK. Returns OK for all valid JSON. */
enum err scan_foreign(struct text body, struct problem *problem);

/* Decodes a string, `quoted`, which is a part of `whole` and includes both quotes. The result is
 * borrowed from `whole`, or in the arena if the string has escapes. */
enum err scan_string_part(struct text whole, struct text quoted, struct arena *arena,
                          struct text *out, struct problem *problem);

#endif
