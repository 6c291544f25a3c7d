/* SPDX-License-Identifier: MIT */
#include "service/answer.h"

#include "views/views.h"
#include "service/origin.h"

#define EXPOSED_HEADERS                                          \
    "Access-Control-Expose-Headers: Retry-After, X-Mock-Event, " \
    "X-Mock-Fault, X-Mock-Stale\r\n"

/* A claim is a GET, so no cache may keep an answer. Vary is sent only if the answer depends on the
 * origin. */
void answer_add_headers(struct exchange *exchange)
{
    struct response *response = &exchange->response;
    bool is_any = text_equal(exchange->service->config.cors_origins, TEXT("*"));

    if (is_any && !exchange->below_admin) {
        buffer_put_text(&response->headers,
                        TEXT("Cache-Control: no-store\r\n"
                             "Access-Control-Allow-Origin: *\r\n" EXPOSED_HEADERS));
        return;
    }
    struct text origin = origin_allowed(exchange);
    buffer_put_text(&response->headers, is_any
                                            ? TEXT("Cache-Control: no-store\r\n")
                                            : TEXT("Cache-Control: no-store\r\nVary: Origin\r\n"));
    if (!origin.at)
        return;
    response_add_header(response, "Access-Control-Allow-Origin", origin);
    buffer_put_text(&response->headers, TEXT(EXPOSED_HEADERS));
}

/* Writes the error into the response, and keeps its sentence for the log line. Headers that were
 * added for it stay. */
static void show_error(struct exchange *exchange, enum err err)
{
    static const struct problem none;
    const struct problem *problem = exchange->problem ? exchange->problem : &none;
    struct response *response = &exchange->response;
    struct text sentence = problem_sentence(problem, err);

    buffer_clear(&response->body);
    response->status = problem_status(problem, err);
    response->content_type = "application/json";
    struct writer writer = writer_new(&response->body);
    view_error(&writer, sentence, err_code(err), problem_members(problem, err));
    exchange->sentence = arena_copy(&exchange->arena, sentence);
    int retry_after_s = problem_retry_after_s(problem, err);
    if (retry_after_s > 0)
        buffer_printf(&response->headers, "Retry-After: %d\r\n", retry_after_s);
    if (err == ERR_STALE)
        response_add_header(response, "X-Mock-Stale", TEXT("1"));
}

/* Adds the position of the state that the answer shows. A client that lists pods and then asks for
 * the events after it misses no change. */
static void add_position(struct exchange *exchange)
{
    const struct tenant *tenant = exchange->tenant;
    struct buffer *headers = &exchange->response.headers;

    if (!tenant || tenant->events.max == 0)
        return;
    buffer_put_text(headers, TEXT("X-Mock-Event: "));
    buffer_put(headers, tenant->events.epoch, EVENTS_EPOCH_BYTES);
    buffer_put_char(headers, '.');
    buffer_put_number(headers, (int64_t)events_newest(&tenant->events));
    buffer_put_text(headers, TEXT("\r\n"));
}

/* Leaves out the body. An answer in pieces has an unknown length, so it becomes empty. */
static void withhold_body(struct response *response)
{
    response->body_unsent = true;
    if (!response->continuation)
        return;
    response_end_continuation(response);
    buffer_clear(&response->body);
    if (response->status == 0) /* GET would have waited */
        response->status = 200;
}

void answer_finish(struct exchange *exchange)
{
    struct response *response = &exchange->response;

    if (exchange->err) {
        response_end_continuation(response);
        response_end_feed(response);
        show_error(exchange, exchange->err);
    } else {
        add_position(exchange);
    }
    answer_add_headers(exchange);
    if (exchange->request.method == HTTP_HEAD)
        withhold_body(response);
}

void answer_write_no_memory(struct buffer *out)
{
    const struct problem none = {0};
    struct response response = response_new();

    response.status = err_status(ERR_NO_MEMORY);
    response.content_type = "application/json";
    response_add_header(&response, "Cache-Control", TEXT("no-store"));
    buffer_printf(&response.headers, "Retry-After: %d\r\n", err_retry_after_s(ERR_NO_MEMORY));
    struct writer writer = writer_new(&response.body);
    view_error(&writer, problem_sentence(&none, ERR_NO_MEMORY), err_code(ERR_NO_MEMORY),
               (struct text){0});
    response_write_head(&response, true, out);
    buffer_put_text(out, buffer_text(&response.body));
    out->failed |= response.headers.failed || response.body.failed;
    response_free(&response);
}

void answer_fail(struct exchange *exchange, enum err err)
{
    response_clear(&exchange->response);
    exchange->err = err;
    exchange->claimed = false;
    answer_finish(exchange);
}

void answer_give_up(struct exchange *exchange, enum err err)
{
    if (exchange->head_given) {
        exchange_ready(exchange, EXCHANGE_BROKEN);
        return;
    }
    answer_fail(exchange, err);
    exchange_ready(exchange, EXCHANGE_WHOLE);
}

int answer_status(const struct exchange *exchange)
{
    int status = exchange->response.status;

    return status ? status : err_status(ERR_CLIENT_GONE);
}
