/* SPDX-License-Identifier: MIT
 *
 * Private to the service: the headers of every answer, and the answer to an error.
 */
#ifndef SERVICE_ANSWER_H
#define SERVICE_ANSWER_H

#include "service/internal.h"

/* Completes the response: shows the error if the request ended with one, adds the common headers,
 * and leaves out the body for HEAD. Headers that were added for the error stay. */
void answer_finish(struct exchange *exchange);

/* Replaces the response with the answer to an error. */
void answer_fail(struct exchange *exchange, enum err err);

/* Gives the exchange up: ends it in this turn with the answer to an error. If the head is out,
 * breaks the answer off instead. */
void answer_give_up(struct exchange *exchange, enum err err);

/* Returns the status of the answer, or that of ERR_CLIENT_GONE if the client went before there was
 * one. */
int answer_status(const struct exchange *exchange);

/* Adds the common headers. Only for answers that skip answer_finish. */
void answer_add_headers(struct exchange *exchange);

/* Writes a whole CGI answer of 503 no_memory. */
void answer_write_no_memory(struct buffer *out);

#endif
