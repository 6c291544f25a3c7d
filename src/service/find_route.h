/* SPDX-License-Identifier: MIT
 *
 * Private to the service: from the target of a request to its tenant and its route (contract,
 * sections 1 and 5).
 */
#ifndef SERVICE_FIND_ROUTE_H
#define SERVICE_FIND_ROUTE_H

#include "service/internal.h"

/* Finds the tenant and the route, and whether the client may use it; the route stays NULL where
 * OPTIONS has been answered. Returns OK, or the error that the request ends in. */
enum err find_route(struct exchange *exchange);

/* Asks again, for a request that has its route and has waited, what may have changed meanwhile: its
 * token, or the pod that it is for. Returns OK, or the error that the request ends in. */
enum err find_route_admit_again(struct exchange *exchange);

#endif
