/* SPDX-License-Identifier: MIT */
#include "call/body_limits.h"

#include "http/message.h"

static const struct {
    const char *method, *path_end;
} state_routes[] = {
#define BODY_NORMAL(method, pattern)
#define BODY_STATE(method, pattern) {method, "/" pattern},
#define ROUTE(method, pattern, operation, handle, effect, access, body, ...) \
    BODY_##body(#method, pattern)
#include "call/routes.def"
#undef ROUTE
};

static bool ends_with(struct text text, struct text end)
{
    return text.length >= end.length && text_equal(text_from(text, text.length - end.length), end);
}

static bool takes_state(struct text method, struct text target)
{
    struct text path;

    if (!text_cut(&target, '?', &path))
        return false;
    for (size_t i = 0; i < sizeof(state_routes) / sizeof(state_routes[0]); i++)
        if (text_equal(method, text_of(state_routes[i].method)) &&
            ends_with(path, text_of(state_routes[i].path_end)))
            return true;
    return false;
}

size_t body_limits_max(const struct body_limits *limits)
{
    return limits->state_bytes > limits->normal_bytes ? limits->state_bytes : limits->normal_bytes;
}

size_t body_limits_of(const struct body_limits *limits, struct text method, struct text target,
                      struct text authorization)
{
    struct text token = limits->admin_token;
    bool may = token.length == 0 || text_equal(http_bearer_token(authorization), token);

    return may && takes_state(method, target) ? body_limits_max(limits) : limits->normal_bytes;
}
