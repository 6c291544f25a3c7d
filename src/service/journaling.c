/* SPDX-License-Identifier: MIT */
#include "service/journaling.h"

#include "http/uri.h"

static struct text path_of(struct text target)
{
    struct text path, query;

    uri_cut(target, &path, &query);
    return path;
}

static struct pod_name pod_of(const struct call_facts *facts)
{
    return (struct pod_name){.number = facts->pod, .pool = facts->pod_pool, .tenant = TEXT("")};
}

/* The workspace of a claim, which is in its query: known from its arrival on, also while it waits.
 */
static struct text workspace_of(const struct call *call, const char *operation)
{
    struct text workspace;

    if (!text_equal(text_of(operation), TEXT("claim")) ||
        uri_query_value(call->query, TEXT("workspaceId"), call->arena, &workspace))
        return (struct text){0};
    return workspace;
}

void journaling_begin(struct exchange *exchange, const struct call *call)
{
    struct journal *journal = &exchange->tenant->journal;
    struct pod_name pod = {0};

    if (service_route_is_control(exchange->route) || journal->max == 0)
        return;
    struct text name = call->pod_name.at ? call->pod_name
                                         : router_parameter(&call->match, TEXT("pod"));
    if (name.at && !pod_name_of_tenant(name, text_of(exchange->tenant->name), &pod))
        pod = (struct pod_name){0};
    const struct journal_arrival arrival = {
        .at_ms = exchange->tenant->clock.wall_ms,
        .request_id = request_variable(&exchange->request, TEXT("REQUEST_ID")),
        .method = exchange->request.method_name,
        .path = path_of(call->target),
        .operation = exchange->route->operation,
        .about = {.pool = router_parameter(&call->match, TEXT("pool")),
                  .pod = pod,
                  .workspace = workspace_of(call, exchange->route->operation)},
    };
    exchange->ticket = journal_begin(journal, &arrival);
}

void journaling_end(struct exchange *exchange, bool delivered)
{
    const struct call_facts *facts = &exchange->facts;

    if (exchange->ticket == 0)
        return;
    const struct journal_outcome outcome = {
        .status = exchange->response.status ? exchange->response.status
                                            : err_status(ERR_CLIENT_GONE),
        .duration_us = clock_mono_now_us() - exchange->began_us,
        .about = {.pool = facts->pool, .pod = pod_of(facts), .workspace = facts->workspace},
        .fault = exchange->fault_ids,
        .delivered = delivered,
    };
    journal_end(&exchange->tenant->journal, exchange->ticket, &outcome);
}

void journaling_broken(struct exchange *exchange)
{
    if (exchange->ticket)
        journal_undelivered(&exchange->tenant->journal, exchange->ticket);
}

void journaling_note_claim(struct exchange *exchange, bool lost)
{
    struct tenant *tenant = exchange->tenant;

    if (!exchange->claimed)
        return;
    if (!lost) {
        if (tenant->leaks.count > 0)
            leaks_settle(&tenant->leaks, exchange->facts.pod);
        return;
    }
    const struct leak leak = {
        .pod = pod_of(&exchange->facts),
        .since_ms = exchange->facts.pod_since_ms,
        .at_ms = tenant->clock.wall_ms,
        .seq = journal_seq(&tenant->journal, exchange->ticket),
        .request_id = request_variable(&exchange->request, TEXT("REQUEST_ID")),
        .workspace = exchange->facts.workspace,
    };
    leaks_add(&tenant->leaks, &leak);
}
