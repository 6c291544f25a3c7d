/* SPDX-License-Identifier: MIT */
#include "service/dispatch.h"

#include "http/uri.h"
#include "service/answering.h"
#include "service/faulting.h"
#include "service/front.h"
#include "service/journaling.h"
#include "service/origin.h"
#include "service/pod_dispatch.h"
#include "service/routing.h"
#include "service/tenancy.h"
#include "service/turn.h"

static enum err too_long(struct exchange *exchange, size_t max_bytes)
{
    return problem_set(&exchange->problem, ERR_PATH_TOO_LONG, "the path is longer than %zu bytes",
                       max_bytes);
}

static enum err outside(struct exchange *exchange, struct text mount)
{
    return problem_set(&exchange->problem, ERR_OUTSIDE_MOUNT,
                       "the path is outside this service, which is at %.*s/", TEXT_ARGS(mount));
}

/* Without REQUEST_URI: SCRIPT_NAME is the mount and PATH_INFO the rest, decoded (RFC 3875, section
 * 4.1.5). Some front ends put the mount into PATH_INFO too. */
static enum err find_decoded_path(struct service *service, struct exchange *exchange,
                                  struct call *call, struct text *path)
{
    const struct request *request = &exchange->request;
    struct text mount = request_variable(request, TEXT("POOL_MANAGER_MOUNT"));
    struct text script = request_variable(request, TEXT("SCRIPT_NAME"));

    call->is_decoded = true;
    call->path = call->target = request_variable(request, TEXT("PATH_INFO"));
    call->query = request_variable(request, TEXT("QUERY_STRING"));
    if (call->path.length == 0)
        return ERR_NO_REQUEST_URI;
    if (call->path.length > service->config.path_max_bytes)
        return too_long(exchange, service->config.path_max_bytes);
    if (!mount.at)
        mount = script.length > 0 ? script : service->config.mount;
    call->mount = text_trim_end(mount, '/');
    if (!uri_strip_mount(call->path, call->mount, path))
        *path = call->path;
    return OK;
}

/* The raw target, and where it is mounted. Only REQUEST_URI means the same behind every front
 * end. */
static enum err find_path(struct service *service, struct exchange *exchange, struct call *call,
                          struct text *path)
{
    const struct request *request = &exchange->request;
    struct text mount = request_variable(request, TEXT("POOL_MANAGER_MOUNT"));

    call->target = request_variable(request, TEXT("REQUEST_URI"));
    if (call->target.length == 0)
        return find_decoded_path(service, exchange, call, path);
    uri_cut(call->target, &call->path, &call->query);
    if (call->path.length > service->config.path_max_bytes)
        return too_long(exchange, service->config.path_max_bytes);
    if (!mount.at)
        mount = service->config.mount;
    call->mount = text_trim_end(mount, '/');
    return uri_strip_mount(call->path, call->mount, path) ? OK : outside(exchange, call->mount);
}

/* What `Authorization: Bearer` has to bear, where the route asks for it: a login's or user's token
 * or a pool's apiKey, and for a control route the admin token. */
static enum err check_token(struct service *service, struct exchange *exchange)
{
    enum route_access access = exchange->route->access;
    bool is_control = route_is_control(exchange->route);
    struct text admin_token = service->config.admin_token;

    if (access == ROUTE_OPEN || access == ROUTE_INDEX ||
        (access == ROUTE_TOKEN && !service->config.require_auth) ||
        (is_control && admin_token.length == 0))
        return OK;
    struct text given = request_variable(&exchange->request, TEXT("HTTP_AUTHORIZATION"));
    if (given.length == 0)
        return routing_refuse_no_token(exchange);
    struct text token = http_bearer_token(given);
    if (!token.at)
        return ERR_BAD_TOKEN;
    if (is_control)
        return text_equal(token, admin_token) ? OK : ERR_BAD_TOKEN;
    if (!exchange->tenant) /* one that is still to be made knows none */
        return ERR_BAD_TOKEN;
    return pool_state_know_token(exchange->tenant->state, token);
}

static enum err check_parameters(struct exchange *exchange, const struct router_match *match)
{
    enum err err = OK;

    for (size_t i = 0; i < match->parameters_count && !err; i++)
        err = routing_check_name(exchange, match->parameters[i].name, match->parameters[i].value);
    return err;
}

/* What arrived against what was announced. A front end that doesn't know says nothing, or -1. */
static enum err check_body(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    struct text announced = request_variable(request, TEXT("CONTENT_LENGTH"));
    uint64_t length;

    if (announced.length > 0 && !text_equal(announced, TEXT("-1"))) {
        if (!text_to_number(announced, UINT64_MAX / 2, &length))
            return problem_set(&exchange->problem, ERR_BAD_BODY_LENGTH,
                               "Content-Length is no number");
        if (length != request->body_received)
            return problem_set(&exchange->problem, ERR_BAD_BODY_LENGTH,
                               "the body has %llu bytes where Content-Length says %llu",
                               (unsigned long long)request->body_received,
                               (unsigned long long)length);
    }
    return request->body.at ? OK : ERR_BODY_TOO_LARGE;
}

static enum err run_handler(struct exchange *exchange, struct call *call)
{
    struct pool_state *state = call->state;
    uint64_t changes = pool_state_changes(state);
    enum err err = call_name_missing(call, exchange->route->handle(call));

    reader_close(&call->body);
    if (err && changes != pool_state_changes(state))
        pool_state_turn_fail(state); /* half a change is no change */
    return pool_state_explain(state, err ? err : call->refused, &exchange->problem);
}

/* What test control changes beside a state can't be undone with it. So its requests have a turn of
 * the state of their own: nobody else's change can cost them theirs. */
static enum err run_apart(struct service *service, struct exchange *exchange, struct call *call)
{
    turn_commit_early(service, call->tenant);
    turn_join(exchange);
    enum err err = run_handler(exchange, call);
    bool kept = turn_commit_early(service, call->tenant);
    return !err && !kept ? turn_error(call->tenant) : err;
}

/* HEAD is GET without its effect: it is run for show, undone, and only its head is sent. */
static enum err rehearse_handler(struct exchange *exchange, struct call *call)
{
    enum err err = pool_state_rehearsal_begin(call->state);

    if (err)
        return err;
    err = call_name_missing(call, exchange->route->handle(call));
    reader_close(&call->body);
    pool_state_rehearsal_end(call->state);
    return err ? err : call->refused;
}

/* The roots of the API and of the control API have a slash at their end, or none. */
static struct text without_slash(struct text path)
{
    bool is_root = text_equal(path, TEXT("/")) || text_equal(path, TEXT("/__admin/"));

    return is_root ? (struct text){path.at, path.length - 1} : path;
}

/* Finds the route of a path below the mount; none where OPTIONS has been answered. */
static enum err find_route(struct service *service, struct exchange *exchange, struct call *call,
                           struct text path)
{
    struct text segments[URI_SEGMENTS_MAX];
    size_t count;
    enum err err;

    if ((err = (call->is_decoded ? uri_split_decoded : uri_split)(
             without_slash(path), &exchange->arena, segments, &count)))
        return err;
    exchange->below_admin = count > 0 && text_equal(segments[0], TEXT("__admin"));
    bool is_index = count == 0 || (count == 1 && exchange->below_admin);
    if ((!is_index && (err = origin_check(exchange))) || (err = routing_check_upgrade(exchange)) ||
        (err = routing_match(exchange, call, service->router, service->config.routes, segments,
                             count)))
        return err;
    call_take_pod_name(call, router_parameter(&call->match, TEXT("pod")));
    return exchange->route ? check_token(service, exchange) : OK;
}

/* What the route is refused for, whatever the request says. */
static enum err check_admission(const struct service *service, const struct exchange *exchange)
{
    if (exchange->request.over_limit && !route_is_control(exchange->route))
        return ERR_BUSY;
    if (service->config.one_shot && exchange->route->access == ROUTE_STEER)
        return ERR_ONE_SHOT;
    return OK;
}

/* A request that is refused makes no tenant, and neither does one for an index. */
static enum err begin_tenant(struct service *service, struct exchange *exchange, struct call *call,
                             struct text fresh)
{
    enum err err = check_admission(service, exchange);

    if (err)
        return err;
    if (exchange->route->access == ROUTE_INDEX)
        return tenancy_extend_mount(call, fresh);
    return tenancy_begin(service, exchange, call, fresh);
}

static enum err find_any_route(struct service *service, struct exchange *exchange,
                               struct call *call)
{
    struct text path, fresh;
    bool is_pod;
    enum err err;

    if (pod_dispatch_is_host(&exchange->request, call)) {
        if (call->target.length == 0)
            return ERR_NO_REQUEST_URI;
        if (call->pod_path.length > service->config.path_max_bytes)
            return too_long(exchange, service->config.path_max_bytes);
        err = tenancy_of_pod(service, exchange, call);
        return err ? err : pod_dispatch_find_route(service, exchange, call);
    }
    if ((err = find_path(service, exchange, call, &path)) ||
        (err = tenancy_of_path(service, exchange, call, &path, &fresh)) ||
        (err = pod_dispatch_read_path(path, &exchange->arena, call, &is_pod)))
        return err;
    if (is_pod)
        return fresh.at ? routing_refuse_pod(exchange, call->pod_text)
                        : pod_dispatch_find_route(service, exchange, call);
    if ((err = find_route(service, exchange, call, path)) || !exchange->route ||
        (fresh.at && (err = begin_tenant(service, exchange, call, fresh))))
        return err;
    return front_of_call(call, &call->view.front);
}

static enum err route_and_run(struct service *service, struct exchange *exchange)
{
    struct call call = {
        .api = service->api,
        .tenants = service->tenants,
        .real = service->clock,
        .request = &exchange->request,
        .view = {.defaults = &service->api->defaults, .templates = &service->api->templates},
        .arena = &exchange->arena,
        .response = &exchange->response,
        .facts = &exchange->facts,
        .problem = &exchange->problem};
    enum err err;

    if (exchange->request.refused)
        return ERR_BUSY;
    if (exchange->request.malformed)
        return problem_set(&exchange->problem, ERR_BAD_REQUEST, "%s", exchange->request.malformed);
    if (exchange->request.method_name.length == 0)
        return ERR_NO_REQUEST_METHOD;
    err = find_any_route(service, exchange, &call);
    if (!err && exchange->route)
        tenancy_keep(exchange);
    if (exchange->stage == STAGE_ARRIVED && exchange->route && exchange->tenant)
        journaling_begin(exchange, &call);
    if (err || !exchange->route)
        return err;
    if ((err = check_admission(service, exchange)))
        return err;
    if (exchange->stage == STAGE_ARRIVED) {
        if ((err = faulting_draw_before(exchange, &call)))
            return err;
        if (exchange->hit) {
            exchange->stage = STAGE_DELAYED;
            return OK;
        }
    }
    exchange->stage = STAGE_RUN;
    if ((err = check_parameters(exchange, &call.match)))
        return err;
    if (!exchange->facts.pool.at)
        exchange->facts.pool = call_pool(&call);
    if ((err = check_body(exchange)))
        return err;
    if (route_is_control(exchange->route) &&
        (err = call_only_query(&call, exchange->route->query_keys)))
        return err;
    if (exchange->route->access == ROUTE_INDEX)
        return exchange->route->handle(&call);
    if (exchange->request.method == HTTP_HEAD)
        return rehearse_handler(exchange, &call);
    return route_is_control(exchange->route) && exchange->route->changes
               ? run_apart(service, exchange, &call)
               : run_handler(exchange, &call);
}

void dispatch_run(struct service *service, struct exchange *exchange)
{
    exchange->err = route_and_run(service, exchange);
    if (exchange->stage != STAGE_DELAYED || exchange->err)
        answering_finish(exchange);
}
