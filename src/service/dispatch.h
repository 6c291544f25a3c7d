/* SPDX-License-Identifier: MIT
 *
 * Private to the service: from a request to its answer (contract, sections 1 and 5).
 */
#ifndef SERVICE_DISPATCH_H
#define SERVICE_DISPATCH_H

#include "service/internal.h"

/* Finds the route, and in STAGE_ARRIVED tries the fault rules. Unless one of them has the request
 * wait or answered otherwise (its hit is in the exchange, and the stage is STAGE_DELAYED) it runs
 * the handler and leaves its answer in the exchange; an error becomes one too. */
void dispatch_run(struct service *service, struct exchange *exchange);

#endif
