/* SPDX-License-Identifier: MIT
 *
 * A JSON text as a tree of json-c's values, built from our own scan (json/scan) by constructors
 * whose results are all checked: want of memory is ERR_NO_MEMORY, never another tree.
 *
 * null is a NULL pointer, as json-c has it. A number that is not written in digits alone, or does
 * not fit into int64_t, is a double whose user data is the number as it was written.
 */
#ifndef JSON_TREE_H
#define JSON_TREE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

struct json_object;

struct tree {
    struct json_object *root;
    struct arena texts; /* keys and numbers, which the values point to */
};

/* Scans a value that is a part of `whole`, or all of it, and builds its tree. Returns what
 * scan_json and scan_json_part return, or ERR_BODY_TOO_LARGE past 2 GiB. The caller frees the tree
 * after an error too. */
enum err tree_build(struct tree *tree, struct text whole, struct text part, size_t values_max,
                    struct problem *problem);
void tree_free(struct tree *tree);

/* A number as it was written, or, where it was written in digits alone, in its fewest digits. `to`
 * holds TREE_NUMBER_MAX bytes, and may be what is returned. */
enum { TREE_NUMBER_MAX = 24 };
struct text tree_number(struct json_object *number, char *to);

#endif
