/* SPDX-License-Identifier: MIT
 *
 * Private to the service: requests to a pod's own ports, in the path form (`_pod/{pod}/{port}/…`
 * below the mount) and in the host form, where the front end has taken the pod and the port out of
 * the host's name.
 */
#ifndef SERVICE_POD_ROUTE_H
#define SERVICE_POD_ROUTE_H

#include "service/internal.h"

/* True where the front end passes POOL_MANAGER_POD: the request's host is a pod's, whose address is
 * then in the call. An empty one, of a host that the front end's server took without a pod in its
 * name, is no pod's, but it is none of the API's either. */
bool pod_route_is_host(struct exchange *exchange);

/* Reads a path below the mount; `is` tells whether it is a pod's, whose address is then in the
 * call. Returns OK, ERR_BAD_ENCODING, ERR_NOT_FOUND, ERR_NO_MEMORY. */
enum err pod_route_read_path(struct exchange *exchange, struct text path, bool *is);

/* Finds the pod, which has to run, and the route at its port; find_route does the rest. Returns OK,
 * ERR_BAD_NAME, ERR_POD_NOT_FOUND, ERR_POD_FREE, ERR_POD_PENDING, ERR_POD_FAILED, what
 * routing_match returns, ERR_NO_TOKEN, ERR_BAD_TOKEN. */
enum err pod_route_find_route(struct exchange *exchange);

/* Loads the pod anew, for a request that has its route and has waited. Returns what
 * pod_route_find_route does about the pod. */
enum err pod_route_find_pod(struct exchange *exchange);

/* The router of the pods' ports; NULL without memory. */
struct router *pod_route_router(void);

#endif
