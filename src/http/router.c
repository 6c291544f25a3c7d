/* SPDX-License-Identifier: MIT */
#include "http/router.h"

#include <stdlib.h>

#include "base/check.h"

enum { NO_ROUTE = ~0u };

struct pattern {
    const char *source;
    struct text segments[ROUTER_SEGMENTS_MAX]; /* words, and names of parameters without braces */
    bool is_parameter[ROUTER_SEGMENTS_MAX];
    size_t count;
    unsigned routes[HTTP_METHOD__MAX]; /* by method; NO_ROUTE: the path does not have it */
    unsigned allow_methods;
};

struct router {
    struct pattern *patterns;
    size_t count;
};

struct router *router_new(void)
{
    return calloc(1, sizeof(struct router));
}

void router_free(struct router **router)
{
    if (*router)
        free((*router)->patterns);
    free(*router);
    *router = NULL;
}

static void parse_pattern(const char *source, struct pattern *pattern)
{
    struct text rest = text_of(source), segment;

    *pattern = (struct pattern){.source = source, .allow_methods = 1u << HTTP_OPTIONS};
    for (int method = 0; method < HTTP_METHOD__MAX; method++)
        pattern->routes[method] = NO_ROUTE;
    while (rest.length > 0 && text_cut(&rest, '/', &segment)) {
        CHECK(segment.length > 0 && pattern->count < ROUTER_SEGMENTS_MAX);
        bool is_parameter = segment.at[0] == '{';
        if (is_parameter) {
            CHECK(segment.length > 2 && segment.at[segment.length - 1] == '}');
            segment = (struct text){segment.at + 1, segment.length - 2};
        }
        pattern->is_parameter[pattern->count] = is_parameter;
        pattern->segments[pattern->count++] = segment;
    }
}

static struct pattern *find_pattern(struct router *router, const char *source)
{
    for (size_t i = 0; i < router->count; i++)
        if (text_equal(text_of(router->patterns[i].source), text_of(source)))
            return &router->patterns[i];
    return NULL;
}

enum err router_add(struct router *router, enum http_method method, const char *source,
                    unsigned route)
{
    struct pattern *pattern = find_pattern(router, source);

    if (!pattern) {
        struct pattern *grown = realloc(router->patterns,
                                        (router->count + 1) * sizeof(*router->patterns));
        if (!grown)
            return ERR_NO_MEMORY;
        router->patterns = grown;
        pattern = &grown[router->count++];
        parse_pattern(source, pattern);
    }
    CHECK(pattern->routes[method] == NO_ROUTE);
    pattern->routes[method] = route;
    pattern->allow_methods |= 1u << method;
    if (method == HTTP_GET) {
        pattern->routes[HTTP_HEAD] = route;
        pattern->allow_methods |= 1u << HTTP_HEAD;
    }
    return OK;
}

static bool matches(const struct pattern *pattern, const struct text *segments, size_t count)
{
    if (pattern->count != count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!pattern->is_parameter[i] && !text_equal(pattern->segments[i], segments[i]))
            return false;
    return true;
}

static void take_parameters(const struct pattern *pattern, const struct text *segments,
                            struct router_match *match)
{
    for (size_t i = 0; i < pattern->count; i++) {
        if (!pattern->is_parameter[i])
            continue;
        CHECK(match->parameters_count < ROUTER_PARAMETERS_MAX);
        match->parameters[match->parameters_count++] =
            (struct router_parameter){pattern->segments[i], segments[i]};
    }
}

enum err router_match(const struct router *router, enum http_method method,
                      const struct text *segments, size_t count, struct router_match *match)
{
    *match = (struct router_match){0};
    for (size_t i = 0; i < router->count; i++) {
        const struct pattern *pattern = &router->patterns[i];
        if (!matches(pattern, segments, count))
            continue;
        take_parameters(pattern, segments, match);
        match->allow_methods = pattern->allow_methods;
        match->route = pattern->routes[method];
        return match->route == NO_ROUTE ? ERR_METHOD_NOT_ALLOWED : OK;
    }
    return ERR_NOT_FOUND;
}

struct text router_parameter(const struct router_match *match, struct text name)
{
    for (size_t i = 0; i < match->parameters_count; i++)
        if (text_equal(match->parameters[i].name, name))
            return match->parameters[i].value;
    return (struct text){0};
}
