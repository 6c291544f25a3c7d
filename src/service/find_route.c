/* SPDX-License-Identifier: MIT */
#include "service/find_route.h"

#include "http/handshake.h"
#include "http/uri.h"
#include "service/report.h"
#include "service/origin.h"
#include "call/pod_base.h"
#include "service/pod_route.h"
#include "service/routing.h"
#include "service/tenancy.h"
#include "service/upgrade_check.h"

static enum err check_length(struct exchange *exchange, struct text path)
{
    size_t max_bytes = exchange->service->config.path_max_bytes;

    return path.length <= max_bytes ? OK
                                    : problem_set(exchange->problem, ERR_PATH_TOO_LONG,
                                                  "the path is longer than %zu bytes", max_bytes);
}

static enum err outside(struct exchange *exchange, struct text mount)
{
    return problem_set(exchange->problem, ERR_OUTSIDE_MOUNT,
                       "the path is outside this service, which is at %.*s/", TEXT_ARGS(mount));
}

/* Finds the path of a request without REQUEST_URI: SCRIPT_NAME is the mount, and PATH_INFO the
 * rest, decoded (RFC 3875, section 4.1.5). Some front ends repeat the mount in PATH_INFO. */
static enum err find_decoded_path(struct exchange *exchange, struct text *path)
{
    const struct request *request = &exchange->request;
    struct call *call = exchange->call;
    struct text mount = request_variable(request, TEXT("POOL_MANAGER_MOUNT"));
    struct text script = request_variable(request, TEXT("SCRIPT_NAME"));

    call->is_decoded = true;
    call->path = call->target = request_variable(request, TEXT("PATH_INFO"));
    call->query = request_variable(request, TEXT("QUERY_STRING"));
    if (call->path.length == 0)
        return ERR_NO_REQUEST_URI;
    enum err err = check_length(exchange, call->path);
    if (err)
        return err;
    if (!mount.at)
        mount = script.length > 0 ? script : exchange->service->config.mount;
    call->mount = text_trim_end(mount, '/');
    if (!uri_strip_mount(call->path, call->mount, path))
        *path = call->path;
    return OK;
}

/* Finds the path below the mount. Uses the raw target, because only REQUEST_URI means the same
 * behind every front end. */
static enum err find_path(struct exchange *exchange, struct text *path)
{
    const struct request *request = &exchange->request;
    struct call *call = exchange->call;
    struct text mount = request_variable(request, TEXT("POOL_MANAGER_MOUNT"));

    call->target = request_variable(request, TEXT("REQUEST_URI"));
    if (call->target.length == 0)
        return find_decoded_path(exchange, path);
    uri_cut(call->target, &call->path, &call->query);
    enum err err = check_length(exchange, call->path);
    if (err)
        return err;
    if (!mount.at)
        mount = exchange->service->config.mount;
    call->mount = text_trim_end(mount, '/');
    return uri_strip_mount(call->path, call->mount, path) ? OK : outside(exchange, call->mount);
}

/* Checks the bearer token, if the route requires one: a user's token or a pool's apiKey, and for a
 * control route the admin token. */
static enum err check_token(struct exchange *exchange)
{
    const struct service *service = exchange->service;
    enum route_access access = exchange->route->access;
    bool is_control = route_is_control(exchange->route);
    struct text admin_token = service->config.admin_token;

    if (access == ROUTE_OPEN || access == ROUTE_INDEX ||
        (access == ROUTE_TOKEN && !service->config.require_auth) ||
        (is_control && admin_token.length == 0))
        return OK;
    struct text token = handshake_token(&exchange->request, &exchange->arena);
    if (!token.at && request_variable(&exchange->request, TEXT("HTTP_AUTHORIZATION")).length == 0)
        return routing_refuse_no_token(exchange);
    if (!token.at)
        return ERR_BAD_TOKEN;
    if (is_control)
        return text_equal(token, admin_token) ? OK : ERR_BAD_TOKEN;
    if (!exchange->tenant) /* a tenant without a state has no tokens */
        return ERR_BAD_TOKEN;
    return pool_state_know_token(exchange->tenant->state, token);
}

/* Removes the last slash of the roots of the API and of the control API, which may have one. */
static struct text without_slash(struct text path)
{
    bool is_root = text_equal(path, TEXT("/")) || text_equal(path, TEXT("/__admin/"));

    return is_root ? (struct text){path.at, path.length - 1} : path;
}

/* Finds the route of a path of the API below the mount. The route stays NULL if OPTIONS was
 * answered. */
static enum err find_api_route(struct exchange *exchange, struct text path)
{
    const struct service *service = exchange->service;
    struct call *call = exchange->call;
    struct text segments[URI_SEGMENTS_MAX];
    size_t count;
    enum err err;

    if ((err = (call->is_decoded ? uri_split_decoded : uri_split)(
             without_slash(path), &exchange->arena, segments, &count)))
        return err;
    exchange->below_admin = count > 0 && text_equal(segments[0], TEXT("__admin"));
    bool is_index = count == 0 || (count == 1 && exchange->below_admin);
    if ((!is_index && (err = origin_check(exchange))) ||
        (err = routing_match(exchange, service->router, service->config.routes, segments, count)))
        return err;
    call_take_pod_name(call, router_parameter(&call->match, TEXT("pod")));
    if (!exchange->route || (err = upgrade_check(exchange)))
        return err;
    return check_token(exchange);
}

/* Refuses a request that its route can't take in the present state of the worker. */
static enum err check_admission(const struct exchange *exchange)
{
    if (exchange->request.over_limit && !route_is_control(exchange->route))
        return ERR_BUSY;
    if (exchange->service->config.one_shot && exchange->route->access == ROUTE_STEER)
        return ERR_ONE_SHOT;
    return OK;
}

static enum err find_host_route(struct exchange *exchange)
{
    const struct call *call = exchange->call;
    enum err err;

    if (call->target.length == 0)
        return ERR_NO_REQUEST_URI;
    if ((err = check_length(exchange, call->pod_path)) || (err = tenancy_of_pod(exchange)))
        return err;
    return pod_route_find_route(exchange);
}

/* Finds the route of a path below the mount. `fresh` is the name of a tenant to make for it; absent
 * if it needs none. */
static enum err find_path_route(struct exchange *exchange, struct text *fresh)
{
    struct text path;
    bool is_pod;
    enum err err;

    if ((err = find_path(exchange, &path)) || (err = tenancy_of_path(exchange, &path, fresh)) ||
        (err = pod_route_read_path(exchange, path, &is_pod)))
        return err;
    if (!is_pod)
        return find_api_route(exchange, path);
    return fresh->at ? routing_refuse_pod(exchange, exchange->call->pod_text)
                     : pod_route_find_route(exchange);
}

/* Makes the tenant of that name, if it is to be made. The indexes make none, and what only follows
 * a tenant needs one. */
static enum err begin_tenant(struct exchange *exchange, struct text fresh)
{
    if (!fresh.at)
        return OK;
    if (route_follows(exchange->route))
        return problem_set(exchange->problem, ERR_TENANT_NOT_FOUND, "there is no tenant %.*s",
                           TEXT_ARGS(fresh));
    return exchange->route->access == ROUTE_INDEX ? tenancy_extend_mount(exchange->call, fresh)
                                                  : tenancy_begin(exchange, fresh);
}

/* Fills in the subject from the path. For a request to a pod's port the pod is known already. */
static void begin_subject(struct exchange *exchange)
{
    const struct call *call = exchange->call;
    struct subject *about = &exchange->about;

    about->operation = exchange->route->operation;
    if (!about->pool_name.at)
        about->pool_name = router_parameter(&call->match, TEXT("pool"));
    if (!about->pod_is_found && pod_name_is_of(call->pod_name, text_of(exchange->tenant->name)))
        about->pod_name = call->pod_name;
}

/* Admits a request that has its route and its tenant, or (`fresh`) the name of a tenant to make. */
static enum err admit(struct exchange *exchange, struct text fresh)
{
    struct call *call = exchange->call;
    enum err err = check_admission(exchange);

    if (err || (err = begin_tenant(exchange, fresh)))
        return err;
    tenancy_keep(exchange);
    bool shows_pods = !call->pod_path.at && exchange->route->access != ROUTE_INDEX;
    return shows_pods ? pod_base_of_call(call, &call->view.pod_base) : OK;
}

enum err find_route(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    struct text fresh = {0};

    if (request->refused)
        return ERR_BUSY;
    if (request->malformed)
        return problem_set(exchange->problem, ERR_BAD_REQUEST, "%s", request->malformed);
    if (request->method_name.length == 0)
        return ERR_NO_REQUEST_METHOD;
    enum err err = pod_route_is_host(exchange) ? find_host_route(exchange)
                                               : find_path_route(exchange, &fresh);
    if (!err && exchange->route)
        err = admit(exchange, fresh);
    if (exchange->route && exchange->tenant) {
        begin_subject(exchange);
        report_begin(exchange);
    }
    return call_name_path(exchange->call, err);
}

enum err find_route_admit_again(struct exchange *exchange)
{
    tenancy_enter(exchange);
    return exchange->call->pod_path.at ? pod_route_find_pod(exchange) : check_token(exchange);
}
