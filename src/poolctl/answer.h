/* SPDX-License-Identifier: MIT
 *
 * The service's answers as JSON values.
 */
#ifndef POOLCTL_ANSWER_H
#define POOLCTL_ANSWER_H

#include "base/text.h"

struct json_object;
struct transfer_answer;

/* Reads an answer; the caller gives the value back with json_object_put, NULL where it is no JSON
 * object. Returns EX_OK for a success. Else it has complained: of a success that is no JSON, with
 * EX_PROTOCOL; why the service refused, and with which code, with EX_TEMPFAIL where a later try
 * may do (exhausted, or waited in vain), EX_UNAVAILABLE where only the front end has answered or
 * the service is not at this URL, else EXIT_REFUSED. */
int answer_read(const struct transfer_answer *answer, struct json_object **out);

/* What stands at a path of keys with points between, such as "pool.name"; borrowed, NULL where
 * there is nothing or null. */
struct json_object *answer_at(struct json_object *value, const char *path);

/* The value as text: a string as it is, anything else as JSON; absent
 * for NULL. Borrowed until the value is asked again or given back. */
struct text answer_text(struct json_object *value);

#endif
