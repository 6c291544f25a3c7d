/* SPDX-License-Identifier: MIT
 *
 * Private to the service: requests to a pod's own ports. In the path form they are below
 * `_pod/{pod}/{port}/` of the mount; in the host form the front end passes pod and port, which it
 * found in the host's name.
 */
#ifndef SERVICE_POD_ROUTE_H
#define SERVICE_POD_ROUTE_H

#include "service/internal.h"

/* Returns true if the front end passes POOL_MANAGER_POD: the host is a pod's, whose address is then
 * in the call. An empty POOL_MANAGER_POD is neither a pod's nor the API's: the front end's server
 * took a host without a pod in its name. */
bool pod_route_is_host(struct exchange *exchange);

/* Reads a path below the mount. Sets `is` to whether it is a pod's, whose address is then in the
 * call. Returns OK, ERR_BAD_ENCODING, ERR_NOT_FOUND, ERR_NO_MEMORY. */
enum err pod_route_read_path(struct exchange *exchange, struct text path, bool *is);

/* Finds the pod, which must run, and the route at its port; find_route does the rest. Returns OK,
 * ERR_BAD_NAME, ERR_POD_NOT_FOUND, ERR_POD_FREE, ERR_POD_PENDING, ERR_POD_FAILED, what
 * routing_match returns, ERR_NO_TOKEN, ERR_BAD_TOKEN. */
enum err pod_route_find_route(struct exchange *exchange);

/* Loads the pod again, for a request with a route that has waited. Returns what
 * pod_route_find_route does about the pod. */
enum err pod_route_find_pod(struct exchange *exchange);

/* Returns a router of the pods' ports; NULL without memory. */
struct router *pod_route_router(void);

#endif
