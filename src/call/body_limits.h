/* SPDX-License-Identifier: MIT
 *
 * The largest body that a request may have, from the column `body` of call/routes.def. The gateway
 * needs the limit while the request still arrives, before the service sees it; plain CGI needs it
 * before there is a service. So these functions depend on nothing but their arguments.
 */
#ifndef CALL_BODY_LIMITS_H
#define CALL_BODY_LIMITS_H

#include <stddef.h>

#include "base/text.h"

struct body_limits {
    size_t normal_bytes;
    size_t state_bytes;      /* of the routes that take a whole state; ignored below normal_bytes */
    struct text admin_token; /* a body above normal_bytes needs it; empty: it needs none */
};

/* Returns the largest limit of all routes, in bytes. */
size_t body_limits_max(const struct body_limits *limits);

/* Returns the limit of a request in bytes, by its method, its target (raw, or PATH_INFO) and its
 * Authorization value; each may be absent. The mount and the tenant are not known yet, so a path
 * belongs to a route if it ends with the route's pattern. */
size_t body_limits_of(const struct body_limits *limits, struct text method, struct text target,
                      struct text authorization);

#endif
