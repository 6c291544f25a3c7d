/* SPDX-License-Identifier: MIT */
#include "service/routing.h"

#include "model/name.h"

/* Bytes of the longest Allow header, and of the longest list of request headers that OPTIONS
 * repeats. */
enum { ALLOW_MAX = 64, ASKED_HEADERS_MAX = 8192 };

static const struct service_route api_routes[] = {
#define KEYS(...)                       \
    (const char *const[])               \
    {                                   \
        __VA_ARGS__ __VA_OPT__(, ) NULL \
    }
#define ROUTE(method, pattern, operation, handle, effect, access, body, ...) \
    {HTTP_##method,  pattern,        OPERATION_##operation, handle,          \
     ROUTE_##effect, ROUTE_##access, KEYS(__VA_ARGS__)},
#include "call/routes.def"
#undef ROUTE
#undef KEYS
};

const struct service_route *routing_api_routes(size_t *count)
{
    *count = sizeof(api_routes) / sizeof(api_routes[0]);
    return api_routes;
}

struct router *routing_new_router(const struct service_route *routes, size_t count)
{
    struct router *router = router_new();

    for (unsigned i = 0; router && i < count; i++)
        if (router_add(router, routes[i].method, routes[i].pattern, i))
            router_free(&router);
    return router;
}

enum err routing_check_name(struct exchange *exchange, struct text what, struct text name)
{
    const char *wrong = name.length > POOL_NAME_MAX ? "is longer than 128 bytes" : name_fault(name);

    return wrong ? problem_set(exchange->problem, ERR_BAD_NAME, "{%.*s} in the path %s",
                               TEXT_ARGS(what), wrong)
                 : OK;
}

enum err routing_refuse_pod(struct exchange *exchange, struct text name)
{
    enum err err = routing_check_name(exchange, TEXT("pod"), name);

    return err ? err
               : problem_set(exchange->problem, ERR_POD_NOT_FOUND, "there is no pod %.*s",
                             TEXT_ARGS(name));
}

static void add_allow(struct response *response, unsigned methods)
{
    struct buffer names = buffer_new(ALLOW_MAX);

    for (int method = 0; method < HTTP_OTHER; method++) {
        if (!(methods >> method & 1))
            continue;
        if (names.length > 0)
            buffer_put_text(&names, TEXT(", "));
        buffer_put_text(&names, text_of(http_method_name((enum http_method)method)));
    }
    response_add_header(response, "Allow", buffer_text(&names));
    buffer_free(&names);
}

enum err routing_refuse_no_token(struct exchange *exchange)
{
    problem_set(exchange->problem, ERR_NO_TOKEN, "%s", err_sentence(ERR_NO_TOKEN));
    problem_set_members(exchange->problem,
                        TEXT("\"hint\":\"no Authorization header arrived; if the client sent one, "
                             "the front end dropped it (Apache: CGIPassAuth On; HAProxy: "
                             "pass-header Authorization)\""));
    return ERR_NO_TOKEN;
}

/* Answers a browser's preflight and any other OPTIONS in the same way. */
void routing_answer_options(struct exchange *exchange, unsigned methods)
{
    struct response *response = &exchange->response;
    struct text headers = request_variable(&exchange->request,
                                           TEXT("HTTP_ACCESS_CONTROL_REQUEST_HEADERS"));

    response->status = 204;
    add_allow(response, methods);
    response_add_header(response, "Access-Control-Allow-Methods",
                        TEXT("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    /* the headers are named one by one: "*" would not cover Authorization */
    if (headers.length > 0 && headers.length <= ASKED_HEADERS_MAX)
        response_add_header(response, "Access-Control-Allow-Headers", headers);
    response_add_header(response, "Access-Control-Max-Age", TEXT("86400"));
}

enum err routing_match(struct exchange *exchange, const struct router *router,
                       const struct service_route *routes, const struct text *segments,
                       size_t count)
{
    struct router_match *match = &exchange->call->match;
    enum http_method method = exchange->request.method;
    enum err err = router_match(router, method, segments, count, match);

    if (err == ERR_METHOD_NOT_ALLOWED && method == HTTP_OPTIONS) {
        routing_answer_options(exchange, match->allow_methods);
        return OK;
    }
    if (err == ERR_METHOD_NOT_ALLOWED)
        add_allow(&exchange->response, match->allow_methods);
    if (!err)
        exchange->route = &routes[match->route];
    return err;
}
