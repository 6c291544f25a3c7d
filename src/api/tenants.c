/* SPDX-License-Identifier: MIT
 *
 * GET tenants, DELETE tenants/{name}: who shares this service. Nothing of one tenant shows in
 * another, so only the default tenant has these. */
#include "api/handler.h"

static enum err refuse_in_tenant(const struct call *call)
{
    return call->tenant == tenants_default(call->tenants) ? OK : ERR_NOT_FOUND;
}

static enum err show_tenant(struct writer *writer, struct tenant *tenant)
{
    struct pool_state_totals totals;
    enum err err = pool_state_totals(tenant->state, &totals);

    if (err)
        return err;
    writer_object(writer);
    writer_key(writer, "name");
    writer_text(writer, text_of(tenant->name));
    writer_key(writer, "pools");
    writer_number(writer, totals.pools);
    writer_key(writer, "pods");
    writer_number(writer, totals.pods);
    writer_end_object(writer);
    return OK;
}

enum err handle_tenants(struct call *call)
{
    enum err err = refuse_in_tenant(call);

    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "tenants");
    writer_array(&writer);
    for (struct tenant *tenant = tenants_first(call->tenants); tenant && !err;
         tenant = tenant->next)
        err = show_tenant(&writer, tenant);
    writer_end_array(&writer);
    return err ? err : call_end_answer(call, &writer);
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
    tenants_remove(call->tenants, tenant);
    struct writer writer = call_begin_message(call, 200, TEXT("Tenant deleted"));
    writer_key(&writer, "name");
    writer_text(&writer, name);
    return call_end_answer(call, &writer);
}
