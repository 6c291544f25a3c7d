/* SPDX-License-Identifier: MIT
 *
 * The service's answers as JSON values.
 */
#ifndef POOLCTL_REPLY_H
#define POOLCTL_REPLY_H

#include <stdbool.h>

#include "base/text.h"
#include "json/tree.h"

struct transfer_answer;

/* Reads an answer; the caller frees the tree, which is empty where it is no JSON object. Returns
 * EX_OK for a success. Else it has complained: of a success that is no JSON, with EX_PROTOCOL; of
 * no memory, with EX_OSERR; why the service refused, and with which code, with EX_TEMPFAIL where a
 * later try may do (exhausted, or waited in vain), EX_UNAVAILABLE where only the front end has
 * answered or the service is not at this URL, else EXIT_REFUSED. */
int reply_read(const struct transfer_answer *answer, struct tree *out);

/* True of an answer with that code. */
bool reply_has_code(const struct transfer_answer *answer, struct text code);

/* What stands at a path of keys with points between, such as "pool.name"; borrowed, NULL where
 * there is nothing or null. */
struct json_object *reply_at(struct json_object *value, const char *path);

/* A string, borrowed from the tree, or a number, which may be written to `number`, of
 * TREE_NUMBER_MAX bytes; absent for any other value and for NULL. */
struct text reply_text(struct json_object *value, char *number);

#endif
