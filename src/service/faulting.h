/* SPDX-License-Identifier: MIT
 *
 * Private to the service: what fault rules make of a request and of its answer (control API, "Fault
 * rule").
 */
#ifndef SERVICE_FAULTING_H
#define SERVICE_FAULTING_H

#include "service/internal.h"

/* Tries the tenant's rules of that phase: for a request that has its route and has not run, or for
 * one that has run and whose answer is there. The hit, if any, is in the exchange. Returns OK or
 * ERR_NO_MEMORY. */
enum err faulting_draw(struct exchange *exchange, enum fault_phase phase);

/* True where the hit's answer is content of its rule with a status that is no error. */
bool faulting_scripts(const struct exchange *exchange);

/* True where the hit leaves the request unanswered for ever. */
bool faulting_hangs(const struct exchange *exchange);

/* True where what the hit says keeps the request's own answer from its client; and where it ends
 * the client's connection without any. */
bool faulting_loses_answer(const struct exchange *exchange);
bool faulting_ends_connection(const struct exchange *exchange);

/* Applies the rule to the answer. Updates `*part`; if that is EXCHANGE_PIECE and the body is empty,
 * the continuation has to be asked. */
enum err faulting_apply(struct exchange *exchange, enum exchange_part *part);

#endif
