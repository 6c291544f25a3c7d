/* SPDX-License-Identifier: MIT
 *
 * Private to the service: the headers of every answer, and the answer to an error.
 */
#ifndef SERVICE_ANSWER_H
#define SERVICE_ANSWER_H

#include "service/internal.h"

/* Completes the response: shows the error if the request ended in one (headers that were added for
 * it stay), adds the common headers, and withholds the body from HEAD. */
void answer_finish(struct exchange *exchange);

/* Replaces the response by the answer to an error. */
void answer_fail(struct exchange *exchange, enum err err);

/* Ends the exchange in this turn with the answer to an error. If the head is out, the answer is
 * broken off instead. */
void answer_give_up(struct exchange *exchange, enum err err);

/* Returns the status of the answer; ERR_CLIENT_GONE's if it has none because its client went. */
int answer_status(const struct exchange *exchange);

/* Adds the common headers. Only for answers that skip answer_finish. */
void answer_add_headers(struct exchange *exchange);

/* Writes a whole CGI answer of 503 no_memory. */
void answer_write_no_memory(struct buffer *out);

#endif
