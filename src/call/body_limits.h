/* SPDX-License-Identifier: MIT
 *
 * How long the body of a request may be, by the column of call/routes.def. A gateway asks it of a
 * request that is still arriving, before there is an exchange and, as a CGI program, before there
 * is a service. Pure.
 */
#ifndef CALL_BODY_LIMITS_H
#define CALL_BODY_LIMITS_H

#include <stddef.h>

#include "base/text.h"

struct body_limits {
    size_t normal_bytes;
    size_t state_bytes;      /* of the routes that take a whole state; no limit if lower */
    struct text admin_token; /* only who sends it may send more than normal; empty: everybody */
};

/* The longest that any body may be, in bytes. */
size_t body_limits_max(const struct body_limits *limits);

/* The limit of a request in bytes, by its method, its target (raw, or PATH_INFO) and its value of
 * Authorization; each may be absent. A path is the route's if it ends with the route's pattern:
 * mount and tenant are not looked at. */
size_t body_limits_of(const struct body_limits *limits, struct text method, struct text target,
                      struct text authorization);

#endif
