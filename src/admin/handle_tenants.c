/* SPDX-License-Identifier: MIT
 *
 * GET and DELETE __admin/tenants, DELETE __admin/tenants/{name}: the tenants of this service. Only
 * the default tenant has these routes: a tenant sees no other. */
#include "call/handler.h"
#include "base/glob.h"

static enum err refuse_in_tenant(const struct call *call)
{
    if (call->tenant == tenants_default(call->tenants))
        return OK;
    return problem_set(call->problem, ERR_NOT_FOUND,
                       "only the default tenant lists and deletes tenants: send neither "
                       "X-Mock-Tenant nor ~%s in the path",
                       call->tenant->name);
}

static enum err show_tenant(struct writer *writer, struct tenant *tenant)
{
    struct pool_state_totals totals;
    enum err err = pool_state_totals(tenant->state, &totals);

    if (err)
        return err;
    writer_object(writer);
    writer_member_text(writer, "name", text_of(tenant->name));
    writer_member_number(writer, "pools", totals.pools);
    writer_member_number(writer, "pods", totals.pods);
    writer_end_object(writer);
    return OK;
}

enum err handle_tenants(struct call *call)
{
    enum err err = refuse_in_tenant(call);

    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_member_array(&writer, "tenants");
    for (struct tenant *tenant = tenants_first(call->tenants); tenant && !err;
         tenant = tenants_next(tenant))
        err = show_tenant(&writer, tenant);
    writer_end_array(&writer);
    return err ? err : call_end_answer(call, &writer);
}

/* Removes the tenant; its last event is caused by the request of the call. */
static void remove_tenant(struct call *call, struct tenant *tenant)
{
    tenant->events.origin = call->tenant->events.origin;
    tenants_remove(call->tenants, tenant);
}

enum err handle_delete_tenant(struct call *call)
{
    struct text name = router_parameter(&call->match, TEXT("name"));
    struct tenant *tenant = tenants_find(call->tenants, name);
    enum err err;

    if ((err = refuse_in_tenant(call)) || (err = call_empty_body(call)))
        return err;
    if (!tenant || tenant == tenants_default(call->tenants))
        return ERR_TENANT_NOT_FOUND;
    struct writer writer = call_begin_message(call, 200, TEXT("Tenant deleted"));
    writer_member_text(&writer, "name", name);
    if (!(err = call_end_answer(call, &writer)))
        remove_tenant(call, tenant);
    return err;
}

/* Writes the names that match the pattern. Returns their number. */
static int64_t list_matching(struct call *call, struct writer *writer, struct text pattern)
{
    int64_t count = 0;

    writer_array(writer);
    for (struct tenant *tenant = tenants_first(call->tenants); tenant;
         tenant = tenants_next(tenant)) {
        if (!glob_matches(pattern, text_of(tenant->name)))
            continue;
        writer_text(writer, text_of(tenant->name));
        count++;
    }
    writer_end_array(writer);
    return count;
}

static void remove_matching(struct call *call, struct text pattern)
{
    for (struct tenant *tenant = tenants_first(call->tenants), *next; tenant; tenant = next) {
        next = tenants_next(tenant);
        if (glob_matches(pattern, text_of(tenant->name)))
            remove_tenant(call, tenant);
    }
}

/* Writes the answer before the first tenant ends: if the answer has no room, no tenant ends. */
enum err handle_delete_tenants(struct call *call)
{
    struct text pattern;
    enum err err;

    if ((err = refuse_in_tenant(call)) || (err = call_empty_body(call)) ||
        (err = call_query(call, "name", &pattern)))
        return err;
    if (pattern.length == 0)
        return problem_set(call->problem, ERR_BAD_QUERY,
                           "name: required; a tenant's name, or a pattern such as run-*");
    struct writer writer = call_begin_message(call, 200, TEXT("Tenants deleted"));
    writer_key(&writer, "names");
    int64_t count = list_matching(call, &writer, pattern);
    writer_member_number(&writer, "deleted", count);
    err = call_end_answer(call, &writer);
    if (!err)
        remove_matching(call, pattern);
    return err;
}
