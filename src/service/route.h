/* SPDX-License-Identifier: MIT
 *
 * A row of a table of routes: which handler answers which requests.
 */
#ifndef SERVICE_ROUTE_H
#define SERVICE_ROUTE_H

#include <stdbool.h>

#include "call/handler.h"
#include "http/message.h"
#include "model/operation.h"

struct service_route {
    enum http_method method;
    const char *pattern;
    enum operation operation;
    handler *handle;
    enum route_effect {
        ROUTE_SHOW,
        ROUTE_CHANGE, /* success is logged as a change; a control route has its own transaction */
        ROUTE_FOLLOW, /* shows what happens from now on: makes no tenant; no client's work */
        ROUTE_LISTEN, /* the same, and can be a WebSocket */
        ROUTE_SOCKET, /* as ROUTE_SHOW, and can be a WebSocket */
    } effect;
    enum route_access {
        ROUTE_TOKEN, /* needs a token if require_auth is set */
        ROUTE_OPEN,  /* needs none */
        ROUTE_ADMIN, /* a control route: needs admin_token if that is set */
        ROUTE_STEER, /* the same, for things kept only in the process: refused with one_shot */
        ROUTE_BASIC, /* as ROUTE_TOKEN, by Bearer or Basic; only at a pod */
        ROUTE_INDEX, /* needs no token and no state, and makes no tenant */
    } access;
    const char *const *query_keys; /* its query parameters, ended by NULL, if route_is_strict */
};

static inline bool route_is_control(const struct service_route *route)
{
    return route->access == ROUTE_ADMIN || route->access == ROUTE_STEER;
}

static inline bool route_follows(const struct service_route *route)
{
    return route->effect == ROUTE_FOLLOW || route->effect == ROUTE_LISTEN;
}

static inline bool route_takes_socket(const struct service_route *route)
{
    return route->effect == ROUTE_LISTEN || route->effect == ROUTE_SOCKET;
}

/* Returns true for a route of clients: fault rules apply to it, and the journal records it. */
static inline bool route_is_client(const struct service_route *route)
{
    return !route_is_control(route) && route->access != ROUTE_INDEX && !route_follows(route);
}

/* Returns true if the route refuses query parameters that it does not know. */
static inline bool route_is_strict(const struct service_route *route)
{
    return route_is_control(route) || route_follows(route);
}

#endif
