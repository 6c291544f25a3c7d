/* SPDX-License-Identifier: MIT
 *
 * Finds the route of a path. A pattern consists of segments between slashes. Each is a word, or a
 * `{parameter}` that matches any one segment. If two patterns match, the one added first wins, even
 * if only the other has the method. The router maps paths to numbers; it does not know handlers.
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
    unsigned route; /* the number given to router_add; valid if router_match returns OK */
    /* bit 1 << method for each method of the path; 0 if the path is not found */
    unsigned allow_methods;
    struct router_parameter parameters[ROUTER_PARAMETERS_MAX];
    size_t parameters_count;
};

struct router;

/* Returns an empty router, or NULL if out of memory. The caller frees it. router_free nulls the
 * pointer. */
struct router *router_new(void);
void router_free(struct router **router);

/* Adds a route. `pattern` is static and well-formed, such as "pools/{pool}/status"; "" is the root.
 * GET also adds HEAD, and every path allows OPTIONS. Returns OK or ERR_NO_MEMORY. */
enum err router_add(struct router *router, enum http_method method, const char *pattern,
                    unsigned route);

/* Finds the route of a path, given as decoded segments. Returns OK, ERR_NOT_FOUND if no pattern
 * matches, or ERR_METHOD_NOT_ALLOWED if the path does not have the method. Sets the parameters
 * unless it returns ERR_NOT_FOUND. HEAD finds the route of GET. OPTIONS is never found: the caller
 * answers it from allow_methods. */
enum err router_match(const struct router *router, enum http_method method,
                      const struct text *segments, size_t count, struct router_match *match);

/* Returns the value of a parameter of the matched pattern, or an absent text if it has no parameter
 * of that name. */
struct text router_parameter(const struct router_match *match, struct text name);

#endif
