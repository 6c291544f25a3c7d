/* SPDX-License-Identifier: MIT */
#include "service/tenancy.h"

#include <string.h>
#include <strings.h>

#include "http/uri.h"
#include "model/pod.h"
#include "service/turn.h"

/* Makes the exchange join the tenant, with the state as it is in this turn. */
static void join(struct exchange *exchange, struct tenant *tenant)
{
    struct call *call = exchange->call;

    tenant_join(tenant);
    exchange->tenant = call->tenant = tenant;
    call->state = tenant->state;
    call->clock = &tenant->clock;
    tenancy_enter(exchange);
    exchange->generation = pool_state_generation(tenant->state);
}

void tenancy_enter(struct exchange *exchange)
{
    struct tenant *tenant = exchange->tenant;

    turn_enter(exchange->service, tenant);
    turn_join(exchange);
    exchange->call->view.now_ms = tenant->clock.wall_ms;
}

enum err tenancy_extend_mount(struct call *call, struct text tenant)
{
    if (tenant.length == 0)
        return OK;
    call->mount = arena_printf(call->arena, "%.*s/~%.*s", TEXT_ARGS(call->mount),
                               TEXT_ARGS(tenant));
    return call->mount.at ? OK : ERR_NO_MEMORY;
}

/* Reads X-Mock-Tenant. Refuses two names, because either could be meant: front ends pass the second
 * as another variable of that name, or after a comma. */
static enum err read_header(struct exchange *exchange, struct text *name)
{
    const struct text header = TEXT("HTTP_X_MOCK_TENANT");

    *name = request_variable(&exchange->request, header);
    if (request_repeats(&exchange->request, header))
        return problem_set(exchange->problem, ERR_BAD_NAME,
                           "the header X-Mock-Tenant came twice: send it once, with one name");
    if (name->length > 0 && memchr(name->at, ',', name->length))
        return problem_set(exchange->problem, ERR_BAD_NAME,
                           "X-Mock-Tenant: %.*s is not a tenant's name, or the header came twice",
                           TEXT_ARGS(*name));
    return OK;
}

/* Returns true if the path begins with a tenant. The tilde may be percent-encoded. */
static bool has_tenant(const struct call *call, struct text path)
{
    const struct text encoded = TEXT("/%7e");

    return text_starts_with(path, TEXT("/~")) ||
           (!call->is_decoded && path.length >= encoded.length &&
            strncasecmp(path.at, encoded.at, encoded.length) == 0);
}

/* Cuts the tenant's name off the front of the path. It may have escapes. */
static enum err cut_tenant(const struct call *call, struct text *path, struct text *name)
{
    struct text rest = text_from(*path, 1), raw, segments[URI_SEGMENTS_MAX];
    size_t count;

    text_cut(&rest, '/', &raw);
    raw = (struct text){raw.at - 1, raw.length + 1}; /* with its slash */
    enum err err = (call->is_decoded ? uri_split_decoded : uri_split)(raw, call->arena, segments,
                                                                      &count);
    if (err)
        return err;
    *name = text_from(segments[0], 1);
    *path = rest.at ? (struct text){rest.at - 1, rest.length + 1} : TEXT("");
    return OK;
}

enum err tenancy_of_path(struct exchange *exchange, struct text *path, struct text *fresh)
{
    struct call *call = exchange->call;
    bool in_path = has_tenant(call, *path);
    struct text name;

    *fresh = (struct text){0};
    enum err err = in_path ? cut_tenant(call, path, &name) : read_header(exchange, &name);
    if (err)
        return err;
    if (in_path && name.length == 0)
        return problem_set(exchange->problem, ERR_BAD_NAME, "the tenant in the path has no name");
    struct tenant *tenant = tenants_find(exchange->service->tenants, name);
    if (!tenant) {
        *fresh = name;
        return tenants_check_name(name, exchange->problem);
    }
    join(exchange, tenant);
    return tenancy_extend_mount(exchange->call, text_of(tenant->name));
}

static bool changes_nothing(const struct exchange *exchange)
{
    return exchange->request.method == HTTP_HEAD || route_follows(exchange->route) ||
           (route_is_control(exchange->route) && exchange->route->effect != ROUTE_CHANGE);
}

void tenancy_keep(struct exchange *exchange)
{
    if (exchange->tenant && !changes_nothing(exchange))
        exchange->tenant->is_passing = false;
}

enum err tenancy_begin(struct exchange *exchange, struct text fresh)
{
    struct service *service = exchange->service;
    struct tenant *tenant;
    struct problem problem = {0};
    enum err err = tenants_get(service->tenants, fresh, &tenant, &problem);

    if (err == ERR_TENANT_LIMIT)
        *exchange->problem = problem;
    else if (problem.err) /* not for the client: the sentence names a file */
        log_say(service->log, LOG_ERROR, LOG_FAILURE, "tenant-not-begun", "cause", problem.text);
    if (err)
        return err;
    tenant->is_passing = changes_nothing(exchange);
    join(exchange, tenant);
    return tenancy_extend_mount(exchange->call, text_of(tenant->name));
}

enum err tenancy_of_pod(struct exchange *exchange)
{
    const struct call *call = exchange->call;
    struct tenant *tenant = NULL;

    if (call->pod_text.length == 0)
        return problem_set(
            exchange->problem, ERR_POD_NOT_FOUND,
            "no pod is at this host: the front end passes an empty POOL_MANAGER_POD");
    if (call->pod_name.pod_number)
        tenant = tenants_find(exchange->service->tenants, call->pod_name.tenant);
    if (!tenant)
        return problem_set(exchange->problem, ERR_POD_NOT_FOUND, "there is no pod %.*s",
                           TEXT_ARGS(call->pod_text));
    join(exchange, tenant);
    return tenancy_extend_mount(exchange->call, text_of(tenant->name));
}
