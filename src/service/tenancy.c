/* SPDX-License-Identifier: MIT */
#include "service/tenancy.h"

#include <strings.h>

#include "base/check.h"
#include "model/pod.h"
#include "service/turn.h"

enum { MOUNT_MAX = 8192 }; /* bytes */

/* The exchange is the tenant's from now on, with the state as it is in this turn. */
static void join(struct service *service, struct exchange *exchange, struct tenant *tenant)
{
    /* One that has waited has its tenant still, or it would be stale. */
    CHECK(!exchange->tenant || exchange->tenant == tenant);
    turn_enter(service, tenant);
    if (!exchange->tenant) {
        tenant_join(tenant);
        exchange->tenant = tenant;
        exchange->generation = pool_state_generation(tenant->state);
    }
    turn_join(exchange);
}

static void enter(struct service *service, struct exchange *exchange, struct call *call,
                  struct tenant *tenant)
{
    join(service, exchange, tenant);
    call->tenant = tenant;
    call->state = tenant->state;
    call->clock = &tenant->clock;
    call->view.now_ms = tenant->clock.wall_ms;
}

/* Where the tenant's own paths begin, for the addresses of its pods. */
static enum err extend_mount(struct call *call)
{
    struct buffer mount = buffer_new(MOUNT_MAX);

    if (call->tenant->name[0] == '\0')
        return OK;
    buffer_put_text(&mount, call->mount);
    buffer_put_text(&mount, TEXT("/~"));
    buffer_put_text(&mount, text_of(call->tenant->name));
    call->mount = arena_copy(call->arena, buffer_text(&mount));
    bool failed = mount.failed || !call->mount.at;
    buffer_free(&mount);
    return failed ? ERR_NO_MEMORY : OK;
}

/* The tilde may come as it is or percent-encoded; names need no encoding, so they have none. */
static bool cut_tenant(struct text *path, struct text *name)
{
    const struct text plain = TEXT("/~");
    const size_t encoded_length = sizeof("/%7e") - 1;
    size_t prefix = text_starts_with(*path, plain) ? plain.length
                    : path->length >= encoded_length &&
                            strncasecmp(path->at, "/%7e", encoded_length) == 0
                        ? encoded_length
                        : 0;

    if (prefix == 0)
        return false;
    struct text rest = text_from(*path, prefix);
    text_cut(&rest, '/', name);
    *path = rest.at ? (struct text){rest.at - 1, rest.length + 1} : TEXT("");
    return true;
}

enum err tenancy_of_path(struct service *service, struct exchange *exchange, struct call *call,
                         struct text *path, struct text *fresh)
{
    struct text name;

    *fresh = (struct text){0};
    bool in_path = cut_tenant(path, &name);
    if (!in_path)
        name = request_variable(&exchange->request, TEXT("HTTP_X_MOCK_TENANT"));
    if (in_path && name.length == 0)
        return problem_set(&exchange->problem, ERR_BAD_NAME, "the tenant in the path has no name");
    struct tenant *tenant = tenants_find(service->tenants, name);
    if (!tenant) {
        *fresh = name;
        return tenants_check_name(name, &exchange->problem);
    }
    enter(service, exchange, call, tenant);
    return extend_mount(call);
}

enum err tenancy_begin(struct service *service, struct exchange *exchange, struct call *call,
                       struct text fresh)
{
    struct tenant *tenant;
    struct problem problem = {0};
    enum err err = tenants_get(service->tenants, fresh, &tenant, &problem);

    if (err == ERR_TENANT_LIMIT)
        exchange->problem = problem;
    else if (problem.err) /* its sentence names a file, which is no business of the client's */
        log_say(service->log, LOG_ERROR, LOG_FAILURE, "tenant-not-begun", "cause", problem.text);
    if (err)
        return err;
    enter(service, exchange, call, tenant);
    return extend_mount(call);
}

enum err tenancy_of_pod(struct service *service, struct exchange *exchange, struct call *call)
{
    struct pod_name name;
    struct tenant *tenant = NULL;

    if (pod_name_parse(call->pod_name, &name))
        tenant = tenants_find(service->tenants, name.tenant);
    if (!tenant)
        return problem_set(&exchange->problem, ERR_POD_NOT_FOUND, "there is no pod %.*s",
                           TEXT_ARGS(call->pod_name));
    enter(service, exchange, call, tenant);
    return extend_mount(call);
}
