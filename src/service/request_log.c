/* SPDX-License-Identifier: MIT */
#include "service/request_log.h"

#include "http/uri.h"
#include "service/answer.h"
#include "service/faulting.h"

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

/* `text` is where the pod's id is put, for as long as the fields are used. */
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

/* A change that has happened is one, whatever a fault rule has had its client told. */
static enum log_mark mark_of(const struct exchange *exchange)
{
    if (exchange->err || exchange->part == EXCHANGE_BROKEN)
        return LOG_FAILURE;
    if (exchange->is_presented && exchange->route->changes && exchange->request.method != HTTP_HEAD)
        return LOG_CHANGE;
    return exchange->hit && faulting_loses_answer(exchange) && !faulting_scripts(exchange)
               ? LOG_FAILURE
               : LOG_SHOW;
}

/* Why an answer did not end as it should have. */
static struct text fate_of(const struct exchange *exchange)
{
    if (exchange->part == EXCHANGE_BROKEN)
        return TEXT("broken-off");
    return exchange->state == EXCHANGE_READY ? (struct text){0} : TEXT("client-gone");
}

/* An answer that its lost turn has broken off is a failure of the worker too. */
static enum log_level level_of(const struct exchange *exchange)
{
    bool is_whole = fate_of(exchange).length == 0;

    if (err_is_own_failure(exchange->err) ||
        (exchange->part == EXCHANGE_BROKEN && exchange->tenant->turn_lost))
        return LOG_ERROR;
    return exchange->err || !is_whole || exchange->fault_ids.at ? LOG_WARNING : LOG_INFO;
}

void request_log_write(const struct service *service, const struct exchange *exchange)
{
    enum log_mark mark = mark_of(exchange);
    enum log_level level = level_of(exchange);
    struct fields fields = {.count = 0};
    char pod_id[POD_NAME_TEXT_MAX];

    if (!log_takes(service->log, level))
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
        add_text(&fields, "error", problem_sentence(&exchange->problem, exchange->err));
    }
    if (exchange->err == ERR_INTERNAL && exchange->tenant)
        add_text(&fields, "cause", text_of(pool_state_error(exchange->tenant->state)));
    log_event(service->log, level, mark,
              exchange->route ? operation_name(exchange->route->operation) : "request", fields.at,
              fields.count);
}
