/* SPDX-License-Identifier: MIT
 *
 * A strict scan of JSON text, made before json-c sees it, because json-c takes much that is not
 * JSON. Never more lenient than RFC 8259, and stricter where the contract is (section 1):
 * well-formed UTF-8, no NUL raw or escaped, no lone surrogate, no key twice in an object (compared
 * decoded), a bounded depth and number of values.
 */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum { SCAN_DEPTH_MAX = 32 }; /* arrays and objects inside one another */

/* Scans one JSON text with nothing but white space round it. Returns OK, ERR_BAD_JSON with a
 * sentence that says what is wrong and at which byte, counted from 0 ("the body is not valid JSON:
 * expected ':' at byte 12"), or ERR_NO_MEMORY. `values_max` bounds the values of any kind, keys not
 * counted. Time is linear in the length, whatever the text. */
enum err scan_json(struct text json, size_t values_max, struct problem *problem);

/* The same of a value that is a part of a larger text, from whose first byte on bytes are
 * counted. */
enum err scan_json_part(struct text whole, struct text part, size_t values_max,
                        struct problem *problem);

/* A string with its quotes, `quoted`, that is a part of a larger text and ends with its closing
 * quote. Gives what it stands for: borrowed from `whole`, or in the arena where it has escapes. */
enum err scan_string_part(struct text whole, struct text quoted, struct arena *arena,
                          struct text *out, struct problem *problem);

#endif
