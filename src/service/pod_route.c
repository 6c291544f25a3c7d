/* SPDX-License-Identifier: MIT */
#include "service/pod_route.h"

#include "http/uri.h"
#include "service/origin.h"
#include "service/routing.h"
#include "service/upgrade_check.h"

/* The first segment of each route's pattern is the number of its port. */
#define PORT_NONE "0"
#define PORT_FRONTEND "3000"
#define PORT_GOOSE "15551"
#define PORT_CONTROL "15552"

enum { PORT_MAX = 65535, PORT_UNKNOWN = -1 };

enum { ANY_METHODS = (1u << HTTP_OTHER) - 1 };

static const struct service_route routes[] = {
#define ROUTE_PASSWORD ROUTE_TOKEN
#define POD_ROUTE(port, method, pattern, handle, effect, access) \
    {HTTP_##method,  PORT_##port pattern, OPERATION_POD, handle, \
     ROUTE_##effect, ROUTE_##access,      NULL},
#include "call/pod_routes.def"
#undef POD_ROUTE
};

/* The route of `/_echo`: at every port, for any method and any path below it. */
static const struct service_route echo = {HTTP_GET,     "_echo",    OPERATION_POD, handle_pod_echo,
                                          ROUTE_SOCKET, ROUTE_OPEN, NULL};

/* The route of any other request to a port, so that a fault rule may answer it. */
static const struct service_route unrouted = {
    HTTP_GET, "", OPERATION_POD, handle_pod_unrouted, ROUTE_SHOW, ROUTE_OPEN, NULL};

struct router *pod_route_router(void)
{
    return routing_new_router(routes, sizeof(routes) / sizeof(routes[0]));
}

static bool read_port(struct text text, int *port)
{
    uint64_t number;

    if (!text_to_number(text, PORT_MAX, &number) || number == 0)
        return false;
    *port = (int)number;
    return true;
}

bool pod_route_is_host(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    struct call *call = exchange->call;
    struct text pod_text = request_variable(request, TEXT("POOL_MANAGER_POD"));

    if (!pod_text.at)
        return false;
    call_take_pod_name(call, pod_text);
    struct text port = request_variable(request, TEXT("POOL_MANAGER_POD_PORT"));
    call->target = request_variable(request, TEXT("REQUEST_URI"));
    uri_cut(call->target, &call->path, &call->query);
    call->pod_path = call->path;
    call->pod_port = POD_PORT_NONE;
    if (port.length > 0 && !read_port(port, &call->pod_port))
        call->pod_port = PORT_UNKNOWN;
    return true;
}

enum err pod_route_read_path(struct exchange *exchange, struct text path, bool *is)
{
    struct call *call = exchange->call;
    const struct text prefix = TEXT("/_pod/");
    struct text decoded[URI_SEGMENTS_MAX], pod, port;
    size_t count;

    *is = false;
    if (!text_starts_with(path, prefix))
        return OK;
    struct text rest = text_from(path, prefix.length);
    text_cut(&rest, '/', &pod);
    struct text raw = {pod.at - 1, pod.length + 1}; /* with its slash */
    enum err err = (call->is_decoded ? uri_split_decoded : uri_split)(raw, call->arena, decoded,
                                                                      &count);
    if (err || count != 1)
        return err;
    *is = true;
    call_take_pod_name(call, decoded[0]);
    call->pod_port = POD_PORT_NONE;
    call->pod_path = rest.at ? (struct text){rest.at - 1, rest.length + 1} : TEXT("/");
    if (text_cut(&rest, '/', &port) && read_port(port, &call->pod_port))
        call->pod_path = rest.at ? (struct text){rest.at - 1, rest.length + 1} : TEXT("/");
    return OK;
}

/* Refuses a pod that does not answer now: a pod must run, and be claimed unless the settings let
 * free pods answer. */
static enum err check_answers(struct exchange *exchange)
{
    struct call *call = exchange->call;
    const struct pod *pod = call->pod;
    struct settings effective, own;
    enum err err;

    if (pod->state == POD_FAILED)
        return problem_set(exchange->problem, ERR_POD_FAILED, "pod %.*s has failed",
                           TEXT_ARGS(call->pod_text));
    if (pod->state != POD_RUNNING)
        return problem_set(exchange->problem, ERR_POD_PENDING,
                           "pod %.*s is %s and does not answer yet", TEXT_ARGS(call->pod_text),
                           pod_state_name(pod->state));
    if (pod->usage == POD_USED)
        return OK;
    err = pool_state_get_settings(call->state, pod->pool_name, &effective, &own);
    if (err || effective.values[SETTING_FREE_PODS] == FREE_PODS_ANSWER)
        return err;
    return problem_set(exchange->problem, ERR_POD_FREE,
                       "pod %.*s is free, and free pods do not answer (freePods)",
                       TEXT_ARGS(call->pod_text));
}

enum err pod_route_find_pod(struct exchange *exchange)
{
    struct call *call = exchange->call;
    enum err err = routing_check_name(exchange, TEXT("pod"), call->pod_text);

    if (!err && !(call->pod = arena_alloc(call->arena, sizeof(*call->pod))))
        err = ERR_NO_MEMORY;
    if (!err)
        err = pool_state_get_pod(call->state, call->pod_name, call->arena, call->pod);
    if (err == ERR_POD_NOT_FOUND)
        return routing_refuse_pod(exchange, call->pod_text);
    if (!err)
        err = check_answers(exchange);
    if (!err)
        call_note_pod(call, call->pod);
    return err;
}

static bool is_echo(struct text path)
{
    const struct text echo_path = TEXT("/_echo");

    return text_starts_with(path, echo_path) &&
           (path.length == echo_path.length || path.at[echo_path.length] == '/');
}

static enum err check_password(struct exchange *exchange)
{
    const struct call *call = exchange->call;
    struct text given = request_variable(call->request, TEXT("HTTP_AUTHORIZATION"));
    struct text token = http_bearer_token(given);
    bool takes_basic = exchange->route->access == ROUTE_BASIC;

    if (exchange->route->access == ROUTE_OPEN || call->request->method == HTTP_OPTIONS)
        return OK;
    if (!token.at && takes_basic)
        token = http_basic_password(given, call->arena);
    if (token.at && text_equal(token, call->api->defaults.pod_password))
        return OK;
    if (takes_basic)
        response_add_header(&exchange->response, "WWW-Authenticate",
                            TEXT("Basic realm=\"Goose Web Interface\""));
    return given.length == 0 ? routing_refuse_no_token(exchange) : ERR_BAD_TOKEN;
}

/* Takes a request that no route matches: answers OPTIONS; a fault rule may answer any other. */
static enum err take_unrouted(struct exchange *exchange, enum err err)
{
    if (err != ERR_NOT_FOUND && err != ERR_METHOD_NOT_ALLOWED)
        return err;
    if (exchange->request.method == HTTP_OPTIONS) {
        routing_answer_options(exchange, ANY_METHODS);
        return OK;
    }
    exchange->call->pod_unrouted = err;
    exchange->route = &unrouted;
    return OK;
}

/* The ports of pods are open to any page, except for WebSockets, which a page could use without
 * CORS. */
static enum err check_upgrade(struct exchange *exchange)
{
    enum err err = upgrade_check(exchange);

    return err ? err : origin_check_upgrade(exchange);
}

static enum err find_echo_route(struct exchange *exchange)
{
    if (exchange->request.method == HTTP_OPTIONS) {
        routing_answer_options(exchange, ANY_METHODS);
        return OK;
    }
    exchange->route = &echo;
    return check_upgrade(exchange);
}

static enum err find_port_route(struct exchange *exchange)
{
    struct call *call = exchange->call;
    struct text segments[URI_SEGMENTS_MAX + 1];
    size_t count;

    segments[0] = arena_printf(call->arena, "%d", call->pod_port);
    if (!segments[0].at)
        return ERR_NO_MEMORY;
    enum err err = (call->is_decoded ? uri_split_site_decoded : uri_split_site)(
        call->pod_path, call->arena, segments + 1, &count);
    if (err)
        return err;
    err = routing_match(exchange, exchange->service->pod_router, routes, segments, count + 1);
    bool is_routed = !err;
    if (err && (err = take_unrouted(exchange, err)))
        return err;
    if (!exchange->route || (err = check_upgrade(exchange)))
        return err;
    return is_routed ? check_password(exchange) : OK;
}

enum err pod_route_find_route(struct exchange *exchange)
{
    const struct call *call = exchange->call;
    enum err err = pod_route_find_pod(exchange);

    if (err)
        return err;
    if (call->pod_port == PORT_UNKNOWN)
        return problem_set(exchange->problem, ERR_NOT_FOUND,
                           "the front end passes a POOL_MANAGER_POD_PORT that is not a port");
    return is_echo(call->pod_path) ? find_echo_route(exchange) : find_port_route(exchange);
}
