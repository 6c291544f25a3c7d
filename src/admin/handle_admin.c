/* SPDX-License-Identifier: MIT
 *
 * GET __admin/health, GET __admin/ready and POST __admin/reset. */
#include "call/handler.h"

static int64_t armed_faults(const struct call *call)
{
    return (int64_t)faults_armed(&call->tenant->faults, call->clock->wall_ms);
}

/* Counts the tenants, for the default tenant only: a tenant sees no other. */
static int64_t count_visible_tenants(const struct call *call)
{
    bool is_default = call->tenant == tenants_default(call->tenants);

    return is_default ? (int64_t)tenants_count(call->tenants) : 0;
}

enum err handle_health(struct call *call)
{
    struct pool_state_totals totals;
    enum err err = pool_state_totals(call->state, &totals);

    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_member_text(&writer, "status", TEXT("ok"));
    writer_member_text(&writer, "version", text_of(call->api->version));
    writer_member_text(&writer, "worker", text_of(call->api->worker_name));
    writer_member_number(&writer, "uptimeMs", (call->real->mono_us - call->api->started_us) / 1000);
    writer_member_number(&writer, "generation", pool_state_generation(call->state));
    writer_member_number(&writer, "tenants", count_visible_tenants(call));
    writer_member_number(&writer, "pools", totals.pools);
    writer_member_number(&writer, "pods", totals.pods);
    writer_member_number(&writer, "faultsArmed", armed_faults(call));
    writer_member_number(&writer, "parked", (int64_t)call->tenant->parked);
    writer_member_object(&writer, "clock");
    view_clock_members(&writer, call->clock->wall_ms, call->tenant->time.frozen);
    writer_end_object(&writer);
    return call_end_answer(call, &writer);
}

/* Finds a state whose file can't be written: the tenant's, and for the default tenant any. NULL:
 * there is none. */
static const struct tenant *find_read_only(const struct call *call)
{
    const struct tenant *tenant = call->tenant;

    if (pool_state_is_read_only(tenant->state) || tenant != tenants_default(call->tenants))
        return pool_state_is_read_only(tenant->state) ? tenant : NULL;
    for (tenant = tenants_first(call->tenants); tenant; tenant = tenants_next(tenant))
        if (pool_state_is_read_only(tenant->state))
            return tenant;
    return NULL;
}

enum err handle_ready(struct call *call)
{
    const struct tenant *tenant = find_read_only(call);

    if (tenants_metrics(call->tenants)->stopping)
        return ERR_STOPPING;
    if (tenant)
        return problem_set(call->problem, ERR_STATE_FILE, "the state file of %s can't be written",
                           tenant->name[0] ? tenant->name : "the default tenant");
    struct writer writer = call_begin_answer(call, 200);
    writer_member_text(&writer, "status", TEXT("ready"));
    return call_end_answer(call, &writer);
}

/* Reads `?keep=`: what outlives the reset. */
static enum err read_kept(struct call *call, struct tenant_kept *kept)
{
    struct text rest, word;
    enum err err = call_query(call, "keep", &rest);

    *kept = (struct tenant_kept){0};
    while (!err && rest.length > 0 && text_cut(&rest, ',', &word)) {
        if (text_equal(word, TEXT("callbacks")))
            kept->callbacks = true;
        else if (text_equal(word, TEXT("faults")))
            kept->faults = true;
        else if (text_equal(word, TEXT("journal")))
            kept->journal = true;
        else if (text_equal(word, TEXT("settings")))
            kept->of_state |= POOL_STATE_KEEP_SETTINGS;
        else
            err = call_refuse_parameter(call, "keep", word,
                                        "expected callbacks, faults, journal or settings, "
                                        "separated by commas");
    }
    return err;
}

/* Writes the answer before the reset: after it nothing may fail. */
enum err handle_reset(struct call *call)
{
    struct pool_state_totals dropped;
    struct tenant_kept kept;
    enum err err;

    if ((err = call_empty_body(call)) || (err = read_kept(call, &kept)) ||
        (err = pool_state_totals(call->state, &dropped)))
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_member_text(&writer, "message", TEXT("State reset"));
    writer_member_object(&writer, "dropped");
    writer_member_number(&writer, "pools", dropped.pools);
    writer_member_number(&writer, "pods", dropped.pods);
    writer_end_object(&writer);
    writer_member_number(&writer, "generation", pool_state_generation(call->state) + 1);
    err = call_end_answer(call, &writer);
    return err ? err : tenant_reset(call->tenant, call->real, kept);
}
