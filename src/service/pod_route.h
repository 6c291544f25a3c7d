/* SPDX-License-Identifier: MIT
 *
 * Private to the service: requests to a pod's own ports. In the path form they are below
 * `_pod/{pod}/{port}/` of the mount. In the host form the front end finds pod and port in the
 * host's name, and passes them as POOL_MANAGER_POD and POOL_MANAGER_POD_PORT.
 */
#ifndef SERVICE_POD_ROUTE_H
#define SERVICE_POD_ROUTE_H

#include "service/internal.h"

/* Returns true if the front end passes POOL_MANAGER_POD, and puts the pod's address into the call.
 * The variable may be empty: then the host's name contains no pod, and tenancy_of_pod refuses the
 * request. */
bool pod_route_is_host(struct exchange *exchange);

/* Reads a path below the mount. Sets `is` to whether it is a pod's; if so, puts the pod's address
 * into the call. Returns OK, ERR_BAD_ENCODING, ERR_NOT_FOUND, ERR_NO_MEMORY. */
enum err pod_route_read_path(struct exchange *exchange, struct text path, bool *is);

/* Finds the pod of the call, which must run, and the route at its port. Answers OPTIONS itself, and
 * then leaves the route NULL. Returns OK, ERR_BAD_NAME, ERR_POD_NOT_FOUND, ERR_POD_FREE,
 * ERR_POD_PENDING, ERR_POD_FAILED, what routing_match returns, ERR_NO_TOKEN, ERR_BAD_TOKEN. */
enum err pod_route_find_route(struct exchange *exchange);

/* Loads the pod again, for a request with a route that has waited. Returns OK, or the errors about
 * the pod that pod_route_find_route returns. */
enum err pod_route_find_pod(struct exchange *exchange);

/* Returns a router of the routes of the pods' ports; NULL without memory. */
struct router *pod_route_router(void);

#endif
