/* SPDX-License-Identifier: MIT
 *
 * Builds a tree of json-c values from the events of json/scan.h. The result of every json-c
 * constructor is checked, so out of memory is always ERR_NO_MEMORY, and never yields a wrong tree.
 *
 * null is a NULL pointer, as in json-c. A number between INT64_MIN and INT64_MAX (both exclusive)
 * without a fraction or an exponent is an int64. Any other number is a double whose user data is
 * the number as it was written.
 */
#ifndef JSON_TREE_H
#define JSON_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

struct json_object;

struct tree {
    struct json_object *root;
    struct arena texts; /* keys and numbers that the values point to */
};

/* Scans a value that is a part of `whole`, or all of it, and builds its tree. Returns what
 * scan_json and scan_json_part return, or ERR_BODY_TOO_LARGE above 2 GiB. The caller frees the
 * tree, also after an error. */
enum err tree_build(struct tree *tree, struct text whole, struct text part, size_t values_max,
                    struct problem *problem);
void tree_free(struct tree *tree);

/* Returns a number as it was written; an int64 is written anew from its value. `to` is a buffer of
 * TREE_NUMBER_MAX bytes that the result may use. */
enum { TREE_NUMBER_MAX = 24 };
struct text tree_number(struct json_object *number, char *to);

/* Gets the value of a number as number_whole does (json/number.h). */
bool tree_whole(struct json_object *number, int64_t *out);

#endif
