/* SPDX-License-Identifier: MIT
 *
 * Private to the service: records a request and its result, in the tenant's journal and its list of
 * leaks (docs/control.md, "The journal"), in the metrics (docs/metrics.md) and in the log
 * (docs/configuration.md, "The log").
 */
#ifndef SERVICE_REPORT_H
#define SERVICE_REPORT_H

#include "service/internal.h"

/* Begins the journal entry of a request that has its route. Control routes get none. */
void report_begin(struct exchange *exchange);

/* Updates the entry of a request that is about to wait: a claim that has not run shows the
 * workspace of its query. */
void report_learn(struct exchange *exchange);

/* Counts the request in the metrics, when the first piece of its answer is given, or never will be.
 */
void report_count(const struct exchange *exchange);

/* Ends the entry, before the answer goes out (`delivered`), or when nobody will receive it. */
void report_end(struct exchange *exchange, bool delivered);

/* Marks the entry of an answer that was broken off after its first piece. */
void report_broken(struct exchange *exchange);

/* Adds the pod of a claim to the leaks if the answer is `lost`, and removes it from them otherwise.
 * Does nothing unless the request has claimed a pod. */
void report_claim(struct exchange *exchange, bool lost);

/* Writes the log line of a request that has ended, without the query, which may hold a secret. */
void report_log(const struct exchange *exchange);

#endif
