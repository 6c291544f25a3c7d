/* SPDX-License-Identifier: MIT */
#include "service/report.h"

#include "http/uri.h"
#include "service/answer.h"
#include "service/faulting.h"

/* --- the journal and the leaks --- */

/* Returns the workspace in the query of a claim that has not run; absent for other requests. */
static struct text workspace_of(struct exchange *exchange)
{
    struct text workspace;

    if (exchange->about.operation != OPERATION_CLAIM ||
        claim_workspace(exchange->call->query, &exchange->arena, &workspace))
        return (struct text){0};
    return workspace;
}

void report_begin(struct exchange *exchange)
{
    const struct call *call = exchange->call;
    struct journal *journal = &exchange->tenant->journal;
    struct journal_request *request = exchange->journaled;

    if (!route_is_client(exchange->route) || journal->max == 0)
        return;
    *request = (struct journal_request){
        .at_ms = exchange->tenant->clock.wall_ms,
        .id = request_variable(&exchange->request, TEXT("REQUEST_ID")),
        .method = exchange->request.method_name,
        .path = call->path,
        .about = &exchange->about,
    };
    uint64_t dropped = journal_dropped(journal);
    exchange->ticket = journal_begin(journal, request);
    exchange->service->metrics->journal_dropped += (int64_t)(journal_dropped(journal) - dropped);
}

void report_learn(struct exchange *exchange)
{
    if (exchange->ticket != 0 && !exchange->about.workspace.at)
        exchange->about.workspace = workspace_of(exchange);
}

void report_end(struct exchange *exchange, bool delivered)
{
    if (exchange->ticket == 0)
        return;
    const struct journal_outcome outcome = {
        .status = answer_status(exchange),
        .duration_us = exchange->duration_us,
        .fault = exchange->fault_ids,
        .delivered = delivered,
    };
    report_learn(exchange);
    journal_end(&exchange->tenant->journal, exchange->ticket, exchange->journaled, &outcome);
}

void report_broken(struct exchange *exchange)
{
    if (exchange->ticket)
        journal_undelivered(&exchange->tenant->journal, exchange->ticket);
}

/* Returns the time of the tenant's state. A client may leave outside the tenant's turn; its clock
 * is not up to date then. */
static int64_t now_ms(const struct exchange *exchange)
{
    const struct tenant *tenant = exchange->tenant;

    return tenant->in_turn ? tenant->clock.wall_ms
                           : state_clock_now_ms(&tenant->time, exchange->service->clock);
}

void report_claim(struct exchange *exchange, bool lost)
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

/* --- the metrics --- */

static size_t metric_operation(const struct exchange *exchange)
{
    const struct service_route *route = exchange->route;

    if (!route || route->access == ROUTE_INDEX)
        return METRIC_OPERATION_OTHER;
    return route->operation < OPERATION__CLIENTS ? (size_t)route->operation
                                                 : METRIC_OPERATION_CONTROL;
}

/* A pod counts if its claim was committed, whatever a fault rule made of the answer. */
static bool claim_has_ended(const struct exchange *exchange)
{
    enum metric_claim claim = exchange->about.claim;

    if (claim == METRIC_CLAIM_NONE || exchange->request.method != HTTP_GET)
        return false;
    return claim == METRIC_CLAIM_REJECTED || claim == METRIC_CLAIM_TIMEOUT
               ? exchange->err == ERR_EXHAUSTED
               : !exchange->err;
}

void report_count(const struct exchange *exchange)
{
    struct metrics *metrics = exchange->service->metrics;
    size_t operation = metric_operation(exchange);
    int status = answer_status(exchange);

    metrics->requests[operation][status / 100 - 1]++;
    if (!exchange->is_delayed)
        histogram_add(&metrics->durations[operation], exchange->duration_us);
    if (claim_has_ended(exchange))
        metrics->claims[exchange->about.claim]++;
}

/* --- the log --- */

enum { FIELDS_MAX = 14 };

struct fields {
    struct log_field at[FIELDS_MAX];
    size_t count;
};

static void add_text(struct fields *fields, const char *key, struct text text)
{
    if (text.at)
        fields->at[fields->count++] = (struct log_field){.key = key, .text = text};
}

/* Writes the pod's id into `text`, which must live as long as the fields. */
static void add_pod(struct fields *fields, const struct subject *about,
                    char text[static POD_NAME_TEXT_MAX])
{
    const struct pod pod = {.number = about->pod_name.pod_number,
                            .pool_number = about->pod_name.pool_number};
    struct buffer id = buffer_on(text, POD_NAME_TEXT_MAX);

    if (!about->pod_is_found)
        return;
    pod_put_id(&id, &pod);
    add_text(fields, "pod", buffer_text(&id));
}

static struct text path_of(const struct exchange *exchange)
{
    static const struct text names[] = {TEXT("REQUEST_URI"), TEXT("PATH_INFO"),
                                        TEXT("DOCUMENT_URI"), TEXT("SCRIPT_NAME")};
    struct text target = {0}, path, query;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && target.length == 0; i++)
        target = request_variable(&exchange->request, names[i]);
    uri_cut(target, &path, &query);
    return path;
}

/* A change that was committed is marked as one, even if a fault rule changed its answer. */
static enum log_mark mark_of(const struct exchange *exchange)
{
    if (exchange->err || exchange->part == EXCHANGE_BROKEN)
        return LOG_FAILURE;
    if (exchange->is_presented && exchange->route->effect == ROUTE_CHANGE &&
        exchange->request.method != HTTP_HEAD)
        return LOG_CHANGE;
    return exchange->hit && faulting_loses_answer(exchange) && !faulting_scripts(exchange)
               ? LOG_FAILURE
               : LOG_SHOW;
}

/* Returns how the answer ended before it was complete; absent if it was completed. */
static struct text fate_of(const struct exchange *exchange)
{
    if (exchange->part == EXCHANGE_BROKEN)
        return TEXT("broken-off");
    return exchange->state == EXCHANGE_READY ? (struct text){0} : TEXT("client-gone");
}

/* Whether the request is one that a supervisor repeats all day. */
static bool is_probe(const struct exchange *exchange)
{
    const struct service_route *route = exchange->route;

    return route && (route->operation == OPERATION_HEALTH || route->operation == OPERATION_READY ||
                     route->operation == OPERATION_METRICS);
}

/* An answer that is broken off because its turn was lost is the worker's own failure. A probe that
 * succeeds is of no interest. */
static enum log_level level_of(const struct exchange *exchange)
{
    bool is_whole = fate_of(exchange).length == 0;

    if (err_is_own_failure(exchange->err) ||
        (exchange->part == EXCHANGE_BROKEN && exchange->tenant->turn_lost))
        return LOG_ERROR;
    if (exchange->err || !is_whole || exchange->fault_ids.at)
        return LOG_WARNING;
    return is_probe(exchange) ? LOG_DEBUG : LOG_INFO;
}

void report_log(const struct exchange *exchange)
{
    struct log *log = exchange->service->log;
    enum log_mark mark = mark_of(exchange);
    enum log_level level = level_of(exchange);
    struct fields fields = {.count = 0};
    char pod_id[POD_NAME_TEXT_MAX];

    if (!log_takes(log, level))
        return;
    add_text(&fields, "method", exchange->request.method_name);
    add_text(&fields, "path", path_of(exchange));
    fields.at[fields.count++] = (struct log_field){.key = "status",
                                                   .number = answer_status(exchange)};
    fields.at[fields.count++] =
        (struct log_field){.key = "durationMs",
                           .number = clock_mono_now_us() - exchange->began_us,
                           .thousandths = true};
    if (exchange->tenant && exchange->tenant->name[0])
        add_text(&fields, "tenant", text_of(exchange->tenant->name));
    add_text(&fields, "pool", exchange->about.pool_name);
    add_pod(&fields, &exchange->about, pod_id);
    add_text(&fields, "workspace", exchange->about.workspace);
    add_text(&fields, "fault", exchange->fault_ids);
    add_text(&fields, "fate", fate_of(exchange));
    if (exchange->err) {
        add_text(&fields, "code", text_of(err_code(exchange->err)));
        add_text(&fields, "error",
                 exchange->sentence.at ? exchange->sentence : text_of(err_sentence(exchange->err)));
    }
    if (exchange->err == ERR_INTERNAL && exchange->tenant)
        add_text(&fields, "cause", text_of(pool_state_error(exchange->tenant->state)));
    log_event(log, level, mark,
              exchange->route ? operation_name(exchange->route->operation) : "request", fields.at,
              fields.count);
}
