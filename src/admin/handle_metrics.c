/* SPDX-License-Identifier: MIT
 *
 * GET __admin/metrics: the metrics of the process, with all its tenants. Counters and most gauges
 * are counted where something happens; the others are read here. */
#include "base/process.h"
#include "call/handler.h"

static enum err add_tenant(struct metrics *metrics, const struct tenant *tenant)
{
    struct pool_state_totals totals;
    struct pod_numbers pods;
    enum err err = pool_state_totals(tenant->state, &totals);

    if (err || (err = pool_state_count_pods(tenant->state, &pods)))
        return err;
    metrics->tenants++;
    metrics->pools += totals.pools;
    for (int usage = 0; usage < POD_USAGE__MAX; usage++)
        for (int state = 0; state < POD_STATE__MAX; state++)
            metrics->pods[usage][state] += pods.of[usage][state];
    metrics->leaks += (int64_t)tenant->leaks.count;
    metrics->read_only += pool_state_is_read_only(tenant->state);
    return OK;
}

static void add_process(struct metrics *metrics)
{
    struct process_facts facts = process_read();

    metrics->process_cpu_us = facts.cpu_us;
    metrics->process_resident_bytes = facts.resident_bytes;
    metrics->process_virtual_bytes = facts.virtual_bytes;
    metrics->process_descriptors = facts.descriptors;
    metrics->process_descriptors_max = facts.descriptors_max;
    metrics->process_start_us = facts.start_us;
}

/* Only at the root: a tenant sees no other. */
enum err handle_metrics(struct call *call)
{
    const struct tenant *tenant = tenants_default(call->tenants);
    struct metrics metrics = *tenants_metrics(call->tenants);
    enum err err;

    if (call->tenant != tenant)
        return problem_set(call->problem, ERR_NOT_FOUND,
                           "the metrics are those of all tenants: get __admin/metrics without one");
    err = add_tenant(&metrics, tenant);
    for (tenant = tenants_first(call->tenants); tenant && !err; tenant = tenants_next(tenant))
        err = add_tenant(&metrics, tenant);
    if (err)
        return err;
    metrics.start_us = call->api->started_ms * 1000;
    metrics.leases_expired = metrics.events[EVENT_LEASE_EXPIRED];
    metrics.claims[METRIC_CLAIM_QUEUED] = metrics.events[EVENT_CLAIM_QUEUED];
    metrics.log_dropped = (int64_t)log_dropped(call->api->log);
    add_process(&metrics);
    call->response->status = 200;
    call->response->content_type = "text/plain; version=0.0.4; charset=utf-8";
    view_metrics(&call->response->body, &metrics, call->api->version, call->api->worker_name);
    return call->response->body.failed ? ERR_NO_MEMORY : OK;
}
