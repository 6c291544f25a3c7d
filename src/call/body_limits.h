/* SPDX-License-Identifier: MIT
 *
 * The longest body that a request may have, by the column of call/routes.def. A gateway reads it
 * while the request still arrives, before there is an exchange, and as a CGI program before there
 * is a service. Pure.
 */
#ifndef CALL_BODY_LIMITS_H
#define CALL_BODY_LIMITS_H

#include <stddef.h>

#include "base/text.h"

struct body_limits {
    size_t normal_bytes;
    size_t state_bytes;      /* of the routes that take a whole state; ignored if lower than
                              * normal_bytes */
    struct text admin_token; /* a body above normal_bytes needs it; empty: it needs none */
};

/* Returns the largest limit of all routes, in bytes. */
size_t body_limits_max(const struct body_limits *limits);

/* Returns the limit of a request in bytes, by its method, its target (raw, or PATH_INFO) and its
 * Authorization value; each may be absent. A path is the route's if it ends with the route's
 * pattern: the mount and the tenant are ignored. */
size_t body_limits_of(const struct body_limits *limits, struct text method, struct text target,
                      struct text authorization);

#endif
