/* SPDX-License-Identifier: MIT
 *
 * Private to the service: tries fault rules on a request, and applies the rule that hit to its
 * answer (docs/control.md, "Fault rules").
 */
#ifndef SERVICE_FAULTING_H
#define SERVICE_FAULTING_H

#include "service/internal.h"

/* Tries the tenant's rules of that phase, and sets the exchange's hit; NULL: none. In phase
 * `before` the request has its route and has not run; in phase `after` it has run and has its
 * answer. Returns OK or ERR_NO_MEMORY. */
enum err faulting_draw(struct exchange *exchange, enum fault_phase phase);

/* The functions below are about the rule that hit. faulting_scripts, faulting_loses_answer and
 * faulting_apply require a hit; the others return false without one. */

/* Returns true if the rule answers with content of its own and a status below 400. */
bool faulting_scripts(const struct exchange *exchange);

/* Returns true if the rule never answers the request. */
bool faulting_hangs(const struct exchange *exchange);

/* Returns true if the rule keeps the request's own answer from the client. */
bool faulting_loses_answer(const struct exchange *exchange);

/* Returns true if the rule ends the client's connection without an answer. */
bool faulting_ends_connection(const struct exchange *exchange);

/* Applies the rule to the answer and updates `*part`. If that is EXCHANGE_PIECE and the body is
 * empty, the caller asks the continuation for the piece. Returns OK or ERR_NO_MEMORY. */
enum err faulting_apply(struct exchange *exchange, enum exchange_part *part);

#endif
