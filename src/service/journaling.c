/* SPDX-License-Identifier: MIT */
#include "service/journaling.h"

#include "service/answer.h"

static struct pod_name pod_of(const struct call_facts *facts)
{
    return (struct pod_name){
        .pod_number = facts->pod_number, .pool_number = facts->pool_number, .tenant = TEXT("")};
}

/* The workspace of a claim that has not run: what its query says. */
static struct text workspace_of(struct exchange *exchange)
{
    struct text workspace;

    if (exchange->route->operation != OPERATION_CLAIM ||
        claim_workspace(exchange->call.query, &exchange->arena, &workspace))
        return (struct text){0};
    return workspace;
}

void journaling_begin(struct exchange *exchange)
{
    const struct call *call = &exchange->call;
    struct journal *journal = &exchange->tenant->journal;
    struct journal_request *request = &exchange->journaled;
    bool is_of_tenant = pod_name_is_of(call->pod_name, text_of(exchange->tenant->name));

    if (!route_is_client(exchange->route) || journal->max == 0)
        return;
    *request = (struct journal_request){
        .at_ms = exchange->tenant->clock.wall_ms,
        .id = request_variable(&exchange->request, TEXT("REQUEST_ID")),
        .method = exchange->request.method_name,
        .path = call->path,
        .operation = exchange->route->operation,
        .about = {.pool_name = router_parameter(&call->match, TEXT("pool")),
                  .pod_name = is_of_tenant ? call->pod_name : (struct pod_name){0}},
    };
    exchange->ticket = journal_begin(journal, request);
}

void journaling_learn(struct exchange *exchange)
{
    const struct call_facts *facts = &exchange->facts;
    struct journal_subject *about = &exchange->journaled.about;

    if (exchange->ticket == 0)
        return;
    if (facts->pool_name.at)
        about->pool_name = facts->pool_name;
    if (facts->pod_number != 0)
        about->pod_name = pod_of(facts);
    about->workspace = facts->workspace.at ? facts->workspace : workspace_of(exchange);
}

void journaling_end(struct exchange *exchange, bool delivered)
{
    if (exchange->ticket == 0)
        return;
    const struct journal_outcome outcome = {
        .status = answer_status(exchange),
        .duration_us = clock_mono_now_us() - exchange->began_us,
        .fault = exchange->fault_ids,
        .delivered = delivered,
    };
    journaling_learn(exchange);
    journal_end(&exchange->tenant->journal, exchange->ticket, &exchange->journaled, &outcome);
}

void journaling_broken(struct exchange *exchange)
{
    if (exchange->ticket)
        journal_undelivered(&exchange->tenant->journal, exchange->ticket);
}

/* The tenant's clock is not set outside its turns, where a client may go. */
static int64_t now_ms(const struct exchange *exchange)
{
    const struct tenant *tenant = exchange->tenant;

    return tenant->in_turn ? tenant->clock.wall_ms
                           : state_clock_now_ms(&tenant->time, exchange->service->clock);
}

void journaling_note_claim(struct exchange *exchange, bool lost)
{
    struct tenant *tenant = exchange->tenant;

    if (!exchange->claimed)
        return;
    if (!lost) {
        if (tenant->leaks.count > 0)
            leaks_settle(&tenant->leaks, exchange->facts.pod_number);
        return;
    }
    const struct leak leak = {
        .pod_name = pod_of(&exchange->facts),
        .since_ms = exchange->facts.pod_since_ms,
        .at_ms = now_ms(exchange),
        .seq = journal_seq(&tenant->journal, exchange->ticket),
        .request_id = request_variable(&exchange->request, TEXT("REQUEST_ID")),
        .workspace = exchange->facts.workspace,
    };
    leaks_add(&tenant->leaks, &leak);
}
