/* SPDX-License-Identifier: MIT
 *
 * The table that says which handler answers which requests.
 */
#ifndef SERVICE_ROUTE_H
#define SERVICE_ROUTE_H

#include <stdbool.h>

#include "call/handler.h"
#include "http/message.h"
#include "model/operation.h"

/* A row of the route table. */
struct service_route {
    enum http_method method;
    const char *pattern;
    enum operation operation;
    handler *handle;
    bool changes; /* its success is logged as a change; a control route's is committed by itself */
    enum route_access {
        ROUTE_TOKEN, /* asks for a token with require_auth */
        ROUTE_OPEN,  /* asks for none */
        ROUTE_ADMIN, /* a control route: asks for admin_token, if there is one */
        ROUTE_STEER, /* the same, of what the process keeps in its memory: none with one_shot */
        ROUTE_INDEX, /* asks for no token, needs no state and makes no tenant */
    } access;
    const char *const *query_keys; /* of a control route: its parameters, closed by a NULL */
};

static inline bool route_is_control(const struct service_route *route)
{
    return route->access == ROUTE_ADMIN || route->access == ROUTE_STEER;
}

/* True for a request of a client: it may meet a fault, and it is in the journal. */
static inline bool route_is_client(const struct service_route *route)
{
    return !route_is_control(route) && route->access != ROUTE_INDEX;
}

#endif
