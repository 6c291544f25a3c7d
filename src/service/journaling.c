/* SPDX-License-Identifier: MIT */
#include "service/journaling.h"

#include "service/answer.h"

/* The workspace of a claim that has not run: what its query says. */
static struct text workspace_of(struct exchange *exchange)
{
    struct text workspace;

    if (exchange->about.operation != OPERATION_CLAIM ||
        claim_workspace(exchange->call.query, &exchange->arena, &workspace))
        return (struct text){0};
    return workspace;
}

void journaling_begin(struct exchange *exchange)
{
    const struct call *call = &exchange->call;
    struct journal *journal = &exchange->tenant->journal;
    struct journal_request *request = &exchange->journaled;

    if (!route_is_client(exchange->route) || journal->max == 0)
        return;
    *request = (struct journal_request){
        .at_ms = exchange->tenant->clock.wall_ms,
        .id = request_variable(&exchange->request, TEXT("REQUEST_ID")),
        .method = exchange->request.method_name,
        .path = call->path,
        .about = &exchange->about,
    };
    exchange->ticket = journal_begin(journal, request);
}

void journaling_learn(struct exchange *exchange)
{
    if (exchange->ticket != 0 && !exchange->about.workspace.at)
        exchange->about.workspace = workspace_of(exchange);
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
    const struct subject *about = &exchange->about;
    struct tenant *tenant = exchange->tenant;

    if (!exchange->claimed)
        return;
    if (!lost) {
        if (tenant->leaks.count > 0)
            leaks_settle(&tenant->leaks, about->pod_name.pod_number);
        return;
    }
    const struct leak leak = {
        .pod_name = about->pod_name,
        .since_ms = about->pod_since_ms,
        .at_ms = now_ms(exchange),
        .seq = journal_seq(&tenant->journal, exchange->ticket),
        .request_id = request_variable(&exchange->request, TEXT("REQUEST_ID")),
        .workspace = about->workspace,
    };
    leaks_add(&tenant->leaks, &leak);
}
