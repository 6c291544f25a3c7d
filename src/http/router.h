/* SPDX-License-Identifier: MIT
 *
 * Finds the route of a path. A pattern is segments between slashes, each a word or a `{parameter}`
 * that takes any one segment; of two patterns that fit the one added first wins. Pure: it knows
 * ids, not handlers.
 */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include <stddef.h>

#include "base/err.h"
#include "base/text.h"
#include "http/message.h"

enum { ROUTER_SEGMENTS_MAX = 8, ROUTER_PARAMETERS_MAX = 4 };

struct router_parameter {
    struct text name;  /* without the braces */
    struct text value; /* the decoded segment */
};

struct router_match {
    unsigned route; /* the id it was added with, when router_match returns OK */
    /* bit 1 << method for each that the path takes, when it is known at all */
    unsigned allow_methods;
    struct router_parameter parameters[ROUTER_PARAMETERS_MAX];
    size_t parameters_count;
};

struct router;

/* An empty router, or NULL without memory. The caller frees it. */
struct router *router_new(void);
void router_free(struct router **router);

/* Adds a route. `pattern` is static ("pools/{pool}/status"; "" is the root) and well-formed. HEAD
 * comes with GET, and OPTIONS with every path. Returns OK or ERR_NO_MEMORY. */
enum err router_add(struct router *router, enum http_method method, const char *pattern,
                    unsigned route);

/* Returns OK, ERR_NOT_FOUND for an unknown path, or ERR_METHOD_NOT_ALLOWED for a known one that
 * does not take the method; the parameters are given in both of the other cases. HEAD finds GET's
 * route; OPTIONS is never found: it is the caller's to answer, from allow_methods. */
enum err router_match(const struct router *router, enum http_method method,
                      const struct text *segments, size_t count, struct router_match *match);

/* The value of a parameter of the matched pattern; absent if it has none of that name. */
struct text router_parameter(const struct router_match *match, struct text name);

#endif
