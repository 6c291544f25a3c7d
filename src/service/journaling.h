/* SPDX-License-Identifier: MIT
 *
 * Private to the service: what the tenant's journal and its list of leaks are told of a request
 * (control API, "GET requests", "GET leaks").
 */
#ifndef SERVICE_JOURNALING_H
#define SERVICE_JOURNALING_H

#include "service/internal.h"

/* A request has found its route. Control routes are not written down. */
void journaling_begin(struct exchange *exchange);

/* It waits: what its entry shows meanwhile is what is known by now. */
void journaling_learn(struct exchange *exchange);

/* Its answer is about to be given out, or nobody is there any more to take it. */
void journaling_end(struct exchange *exchange, bool delivered);

/* An answer that was being given out did not get to its end. */
void journaling_broken(struct exchange *exchange);

/* The answer to its claim is lost, or has been given: which pods are held by nobody who knows. */
void journaling_note_claim(struct exchange *exchange, bool lost);

#endif
