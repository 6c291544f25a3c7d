/* SPDX-License-Identifier: MIT
 *
 * Private to the service: finds the tenant and the route of a request from its target.
 */
#ifndef SERVICE_FIND_ROUTE_H
#define SERVICE_FIND_ROUTE_H

#include "service/internal.h"

/* Finds the tenant and the route, and checks that the client may use the route. The route stays
 * NULL if OPTIONS was answered. Returns OK, or the error that ends the request. */
enum err find_route(struct exchange *exchange);

/* Checks again what may have changed while a request with a route waited: its token, or the pod
 * whose port it is for. Returns OK, or the error that ends the request. */
enum err find_route_admit_again(struct exchange *exchange);

#endif
