/* SPDX-License-Identifier: MIT
 *
 * Reads the service's answers as JSON values.
 */
#ifndef POOLCTL_REPLY_H
#define POOLCTL_REPLY_H

#include <stdbool.h>

#include "base/text.h"
#include "json/tree.h"

struct transfer_answer;

/* Reads an answer. The caller frees the tree, which is empty if the answer is not a JSON object.
 * Returns EX_OK for a success. Otherwise complains, and returns
 *     EX_PROTOCOL     for a success that is not a JSON object
 *     EX_OSERR        if memory ran out
 *     EX_TEMPFAIL     if the same request may succeed later: exhausted, or a wait that timed out
 *     EX_UNAVAILABLE  if the front end answered instead of the service, or this URL is not the
 *                     service's
 *     EXIT_REFUSED    for any other refusal */
int reply_read(const struct transfer_answer *answer, struct tree *out);

/* Returns true if the answer is an error with this `code`. */
bool reply_has_code(const struct transfer_answer *answer, struct text code);

/* Returns the value at a path of keys, separated by points, such as "pool.name". Borrowed. NULL if
 * there is no such value, or if it is null. */
struct json_object *reply_at(struct json_object *value, const char *path);

/* Returns the text of a string or a number, and an absent text for any other value and for NULL. A
 * string's text is borrowed from the tree; a number's is written into `number`, which has
 * TREE_NUMBER_MAX bytes. */
struct text reply_text(struct json_object *value, char *number);

#endif
