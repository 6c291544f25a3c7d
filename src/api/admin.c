/* SPDX-License-Identifier: MIT
 *
 * The control routes, __admin/… */
#include "api/handler.h"

static int64_t armed_faults(const struct call *call)
{
    return (int64_t)faults_armed(&call->tenant->faults, call->clock->wall_ms);
}

/* Nothing of other tenants shows in one. */
static int64_t seen_tenants(const struct call *call)
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
    const struct {
        struct text quoted_key;
        int64_t value;
    } numbers[] = {
        {TEXT("\"uptimeMs\":"), (call->real->mono_us - call->api->started_us) / 1000},
        {TEXT("\"generation\":"), pool_state_generation(call->state)},
        {TEXT("\"tenants\":"), seen_tenants(call)},
        {TEXT("\"pools\":"), totals.pools},
        {TEXT("\"pods\":"), totals.pods},
        {TEXT("\"faultsArmed\":"), armed_faults(call)},
        {TEXT("\"parked\":"), (int64_t)call->tenant->parked},
    };
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "status");
    writer_text(&writer, TEXT("ok"));
    writer_key(&writer, "version");
    writer_text(&writer, text_of(call->api->version));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        writer_quoted_key(&writer, numbers[i].quoted_key);
        writer_number(&writer, numbers[i].value);
    }
    writer_key(&writer, "clock");
    writer_object(&writer);
    view_clock_members(&writer, call->clock->wall_ms, call->tenant->time.frozen);
    writer_end_object(&writer);
    return call_end_answer(call, &writer);
}

/* `?keep=faults,journal,settings` */
static enum err read_kept(struct call *call, struct tenant_kept *kept)
{
    struct text rest, word;
    enum err err = call_query(call, "keep", &rest);

    *kept = (struct tenant_kept){0};
    while (!err && rest.length > 0 && text_cut(&rest, ',', &word)) {
        if (text_equal(word, TEXT("faults")))
            kept->faults = true;
        else if (text_equal(word, TEXT("journal")))
            kept->journal = true;
        else if (text_equal(word, TEXT("settings")))
            kept->of_state |= POOL_STATE_KEEP_SETTINGS;
        else
            err = problem_set(call->problem, ERR_BAD_QUERY,
                              "keep: expected faults, journal or settings, separated by commas");
    }
    return err;
}

/* The answer is written first, for once the tenant is reset nothing may fail. */
enum err handle_reset(struct call *call)
{
    struct pool_state_totals dropped;
    struct tenant_kept kept;
    enum err err;

    if ((err = call_empty_body(call)) || (err = read_kept(call, &kept)) ||
        (err = pool_state_totals(call->state, &dropped)))
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "message");
    writer_text(&writer, TEXT("State reset"));
    writer_key(&writer, "dropped");
    writer_object(&writer);
    writer_key(&writer, "pools");
    writer_number(&writer, dropped.pools);
    writer_key(&writer, "pods");
    writer_number(&writer, dropped.pods);
    writer_end_object(&writer);
    writer_key(&writer, "generation");
    writer_number(&writer, pool_state_generation(call->state) + 1);
    err = call_end_answer(call, &writer);
    return err ? err : tenant_reset(call->tenant, call->real, kept);
}
