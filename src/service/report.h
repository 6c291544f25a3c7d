/* SPDX-License-Identifier: MIT
 *
 * Private to the service: what is recorded of a request. Its entry in the tenant's journal, the
 * list of leaks (control API, "GET requests", "GET leaks"), and its log line (contract, section 6).
 */
#ifndef SERVICE_REPORT_H
#define SERVICE_REPORT_H

#include "service/internal.h"

/* Begins the journal entry of a request that has its route. Control routes get none. */
void report_begin(struct exchange *exchange);

/* Updates what the entry shows of a request that is about to wait. */
void report_learn(struct exchange *exchange);

/* Ends the entry: the answer is about to be given out, or (not `delivered`) nobody takes it. */
void report_end(struct exchange *exchange, bool delivered);

/* Marks the entry of an answer that was broken off after its first piece. */
void report_broken(struct exchange *exchange);

/* Adds the pod of a claim whose answer is lost to the leaks, or takes it off once the answer is
 * given. Does nothing unless the request has claimed a pod. */
void report_claim(struct exchange *exchange, bool lost);

/* Writes the log line of a request that has ended, without the query, which may hold a secret. */
void report_log(const struct exchange *exchange);

#endif
