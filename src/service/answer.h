/* SPDX-License-Identifier: MIT
 *
 * Private to the service: what every answer has, and the answer to an error.
 */
#ifndef SERVICE_ANSWER_H
#define SERVICE_ANSWER_H

#include "service/internal.h"

/* Makes what the request has come to an answer: of an error, if it ended in one, with the headers
 * that were added for it; and of no more than a head, if that is what was asked for. */
void answer_finish(struct exchange *exchange);

/* Replaces what the exchange has to say by the answer to an error. */
void answer_fail(struct exchange *exchange, enum err err);

/* Has it end in an error's answer, in this turn; where something has been said already it is broken
 * off. */
void answer_give_up(struct exchange *exchange, enum err err);

/* The status of its answer, or what stands for one that nobody was there to take. */
int answer_status(const struct exchange *exchange);

/* Adds the common headers, for answers that skip answer_finish. */
void answer_add_headers(struct exchange *exchange);

/* Writes the whole CGI answer to a request for which there is no memory at all. */
void answer_write_no_memory(struct buffer *out);

#endif
