/* SPDX-License-Identifier: MIT */
#include "service/faulting.h"

#include "base/random.h"
#include "service/answer.h"
#include "service/event_origin.h"
#include "http/dribble.h"
#include "views/views.h"

enum { GARBAGE_BYTES_MIN = 64, GARBAGE_BYTES_MAX = 64 * 1024 };

/* The locations below this one are in nginx/faults.conf. */
#define FAULT_LOCATION "/__pool-manager-mock-fault/"

/* --- what rules match --- */

/* Writes both names of the pod. */
static enum err name_pod(struct arena *arena, const struct pod *pod, struct fault_request *request)
{
    struct buffer id = buffer_new(POD_NAME_TEXT_MAX), subdomain = buffer_new(POD_NAME_TEXT_MAX);

    pod_put_id(&id, pod);
    pod_put_subdomain(&subdomain, pod);
    request->pod_id = arena_copy(arena, buffer_text(&id));
    request->pod_subdomain = arena_copy(arena, buffer_text(&subdomain));
    bool failed = id.failed || subdomain.failed || !request->pod_id.at ||
                  !request->pod_subdomain.at;
    buffer_free(&id);
    buffer_free(&subdomain);
    return failed ? ERR_NO_MEMORY : OK;
}

/* Reads the pool's name from the body. Leaves it absent if the body is wrong: the handler refuses
 * that. */
static enum err read_pool_name(struct call *call, struct text *name)
{
    struct problem ignored;
    struct reader_node root;
    struct reader *reader = NULL;
    struct text text = {0};
    enum err err = reader_open(call->request->body, call->api->json_values_max, &reader, &ignored);

    if (err == ERR_NO_MEMORY)
        return err;
    if (!err && reader_root(reader, &root, &ignored) == OK &&
        reader_member_text(&root, "name", POOL_NAME_MAX, &text, &ignored) == OK && !text.at)
        reader_member_text(&root, "pool_name", POOL_NAME_MAX, &text, &ignored);
    *name = arena_copy(call->arena, text);
    reader_close(&reader);
    return text.at && !name->at ? ERR_NO_MEMORY : OK;
}

/* Finds the pod that the path names or whose port the request is for. Its number is 0 if there is
 * none. */
static enum err find_pod(struct call *call, struct pod *pod)
{
    if (call->pod_path.at) {
        *pod = *call->pod;
        return OK;
    }
    enum err err = call->pod_text.at
                       ? pool_state_get_pod(call->state, call->pod_name, call->arena, pod)
                       : ERR_POD_NOT_FOUND;

    if (err == ERR_POD_NOT_FOUND)
        pod->number = 0;
    return err == ERR_POD_NOT_FOUND ? OK : err;
}

/* Sets what is known before the handler: what the path and the query tell, and the pod as it is
 * now. */
static enum err look_before(struct exchange *exchange, struct fault_request *request)
{
    struct call *call = exchange->call;
    struct subject *about = &request->about;
    struct pod pod;
    enum err err = find_pod(call, &pod);

    if (err)
        return err;
    if (pod.number) {
        about->pool_name = about->pool_name.at ? about->pool_name : pod.pool_name;
        about->workspace = pod.claimed_by;
        return name_pod(call->arena, &pod, request);
    }
    if (about->operation == OPERATION_CLAIM)
        return claim_workspace(call->query, call->arena, &about->workspace) == ERR_NO_MEMORY
                   ? ERR_NO_MEMORY
                   : OK;
    return about->operation == OPERATION_CREATE_POOL ? read_pool_name(call, &about->pool_name) : OK;
}

/* Sets what is known after the handler: the subject of the request. */
static enum err look_after(struct exchange *exchange, struct fault_request *request)
{
    const struct subject *about = &exchange->about;
    const struct pod pod = {.number = about->pod_name.pod_number,
                            .pool_number = about->pod_name.pool_number,
                            .tenant = text_of(exchange->tenant->name)};

    return about->pod_is_found ? name_pod(&exchange->arena, &pod, request) : OK;
}

/* --- drawing --- */

/* Adds the rule's id to those that hit the request, for X-Mock-Fault, the journal and the log. */
static enum err note_id(struct exchange *exchange)
{
    const struct text before = exchange->fault_ids;

    exchange->fault_ids = arena_printf(&exchange->arena, "%.*s%s%.*s", TEXT_ARGS(before),
                                       before.at ? ", " : "", TEXT_ARGS(exchange->hit->id));
    return exchange->fault_ids.at ? OK : ERR_NO_MEMORY;
}

/* Copies the texts of a hit, which are borrowed from the rule, into the exchange's arena. */
static enum err keep_texts(struct exchange *exchange, struct fault_hit *hit)
{
    struct text *texts[] = {&hit->id, &hit->error, &hit->headers, &hit->content};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct text copy = arena_copy(&exchange->arena, *texts[i]);
        if (texts[i]->at && !copy.at)
            return ERR_NO_MEMORY;
        *texts[i] = copy;
    }
    return OK;
}

static void note_event(struct exchange *exchange, enum fault_phase phase,
                       const struct subject *about)
{
    event_origin_begin(exchange);
    tenant_note(exchange->tenant, &(struct event){
                                      .type = EVENT_REQUEST_FAULTED,
                                      .pool_name = about->pool_name,
                                      .workspace = about->workspace,
                                      .rule = exchange->hit->id,
                                      .operation = operation_name(about->operation),
                                      .detail = fault_phase_words()[phase],
                                  });
    event_origin_end(exchange);
}

static enum err draw(struct exchange *exchange, enum fault_phase phase,
                     const struct fault_request *request)
{
    struct tenant *tenant = exchange->tenant;
    struct fault_hit *hit = arena_alloc(&exchange->arena, sizeof(*hit));

    if (!hit)
        return ERR_NO_MEMORY;
    if (!faults_draw(&tenant->faults, phase, request, tenant->clock.wall_ms, hit))
        return OK;
    exchange->hit = hit;
    exchange->service->metrics->faults[hit->answer.kind]++;
    enum err err = keep_texts(exchange, hit);
    if (err || (err = note_id(exchange)))
        return err;
    note_event(exchange, phase, &request->about);
    return OK;
}

static bool is_spared(const struct exchange *exchange)
{
    return !route_is_client(exchange->route) || exchange->tenant->faults.count == 0;
}

enum err faulting_draw(struct exchange *exchange, enum fault_phase phase)
{
    const struct call *call = exchange->call;
    struct fault_request request = {.about = exchange->about,
                                    .method = exchange->request.method_name,
                                    .path = call->pod_path,
                                    .port = call->pod_port};
    enum err err;

    exchange->hit = NULL;
    if (is_spared(exchange))
        return OK;
    err = phase == FAULT_BEFORE ? look_before(exchange, &request) : look_after(exchange, &request);
    return err ? err : draw(exchange, phase, &request);
}

bool faulting_hangs(const struct exchange *exchange)
{
    return exchange->hit && exchange->hit->answer.kind == FAULT_ANSWER_HANG;
}

/* --- answers --- */

/* Drops the response and adds the common headers again. */
static void begin_anew(struct exchange *exchange)
{
    struct response *response = &exchange->response;

    response_clear(response);
    response->body_unsent = exchange->request.method == HTTP_HEAD;
    answer_add_headers(exchange);
}

/* Answers with an error in the API's shape. */
static void show_fault(struct exchange *exchange, int status, int64_t retry_after_s,
                       struct text sentence)
{
    struct response *response = &exchange->response;

    begin_anew(exchange);
    response->status = status;
    response->content_type = "application/json";
    struct writer writer = writer_new(&response->body);
    view_error(&writer, sentence, err_code(ERR_FAULT), (struct text){0});
    if (retry_after_s > 0)
        buffer_printf(&response->headers, "Retry-After: %lld\r\n", (long long)retry_after_s);
}

/* Answers with the rule's own content. */
static void show_content(struct exchange *exchange)
{
    const struct fault_hit *hit = exchange->hit;
    struct response *response = &exchange->response;

    begin_anew(exchange);
    buffer_put_text(&response->body, hit->content);
    response->status = hit->answer.status;
    response->content_type = hit->content.length == 0 ? NULL
                             : hit->answer.content == FAULT_CONTENT_JSON
                                 ? "application/json"
                                 : "text/plain; charset=utf-8";
}

static void show_error(struct exchange *exchange, int status, int64_t retry_after_s)
{
    const struct fault_hit *hit = exchange->hit;
    struct problem problem;

    problem_set(&problem, ERR_FAULT, "fault rule %.*s answered this request", TEXT_ARGS(hit->id));
    show_fault(exchange, status, retry_after_s,
               hit->error.length > 0 ? hit->error : text_of(problem.text));
}

static void show_status(struct exchange *exchange)
{
    const struct fault_hit *hit = exchange->hit;
    struct response *response = &exchange->response;

    if (hit->answer.content == FAULT_CONTENT_ERROR)
        show_error(exchange, hit->answer.status, hit->answer.retry_after_s);
    else
        show_content(exchange);
    if (hit->answer.has_content_type)
        response->content_type = NULL;
    buffer_put_text(&response->headers, hit->headers);
}

/* Makes the front end end the client's connection: the worker has no connection to the client. */
static void end_connection(struct exchange *exchange)
{
    struct response *response = &exchange->response;
    bool is_reset = exchange->hit->answer.connection == FAULT_CONNECTION_RESET;

    if (request_variable(&exchange->request, TEXT("POOL_MANAGER_FAULTS")).length == 0) {
        show_fault(exchange, err_status(ERR_FAULT), 0,
                   TEXT("the front end can't end the connection: its server does not include "
                        "pool-manager-mock/faults.conf"));
        return;
    }
    response_end_continuation(response);
    buffer_clear(&response->body);
    response->status = 200;
    response->content_type = NULL;
    response_add_header(response, "X-Accel-Redirect",
                        is_reset ? TEXT(FAULT_LOCATION "reset") : TEXT(FAULT_LOCATION "close"));
}

/* Breaks off an answer in pieces after its first piece. */
static enum continuation_step break_off(struct continuation *continuation,
                                        struct response *response)
{
    (void)continuation;
    (void)response;
    return CONTINUATION_BROKEN;
}

static void free_nothing(struct continuation *continuation)
{
    (void)continuation;
}

/* Cuts the body, but lets the head announce all of it. An answer in pieces ends after a part of its
 * first piece. */
static void truncate(struct exchange *exchange)
{
    static struct continuation broken = {.step = break_off, .free = free_nothing};
    struct response *response = &exchange->response;
    size_t whole = response->body.length;
    size_t kept = (size_t)((double)whole * exchange->hit->answer.truncate);

    response->body.length = kept;
    if (!response->continuation) {
        response->withheld_bytes = whole - kept;
        /* nginx would take a cut answer in its buffers for a whole one */
        response_pass_at_once(response);
        return;
    }
    response_end_continuation(response);
    response->continuation = &broken;
}

/* Replaces the body with bytes that are not JSON, as many as it has, within the limits. */
static void put_garbage(struct exchange *exchange)
{
    struct response *response = &exchange->response;
    struct random random = {.state = exchange->hit->noise_seed};
    size_t length = response->body.length;

    if (length < GARBAGE_BYTES_MIN)
        length = GARBAGE_BYTES_MIN;
    if (length > GARBAGE_BYTES_MAX)
        length = GARBAGE_BYTES_MAX;
    response_end_continuation(response);
    buffer_clear(&response->body);
    buffer_put_char(&response->body, '\xff'); /* not UTF-8, so not JSON */
    while (response->body.length < length && !response->body.failed)
        buffer_put_char(&response->body, (char)random_bits(&random));
}

/* Answers a request that has not run with an error, so that there is a body to damage. */
static void put_substitute(struct exchange *exchange)
{
    if (exchange->response.status == 0)
        show_error(exchange, err_status(ERR_FAULT), 0);
}

bool faulting_loses_answer(const struct exchange *exchange)
{
    enum fault_answer_kind kind = exchange->hit->answer.kind;

    return kind != FAULT_ANSWER_NONE && kind != FAULT_ANSWER_DRIBBLE;
}

bool faulting_scripts(const struct exchange *exchange)
{
    const struct fault_answer *answer = &exchange->hit->answer;

    return answer->kind == FAULT_ANSWER_STATUS && answer->status < FAULT_STATUS_MIN;
}

bool faulting_ends_connection(const struct exchange *exchange)
{
    return exchange->hit && exchange->hit->answer.kind == FAULT_ANSWER_CONNECTION;
}

enum err faulting_apply(struct exchange *exchange, enum exchange_part *part)
{
    struct response *response = &exchange->response;
    const struct fault_answer *answer = &exchange->hit->answer;
    enum err err = OK;

    switch (answer->kind) {
    case FAULT_ANSWER_STATUS:
        show_status(exchange);
        break;
    case FAULT_ANSWER_CONNECTION:
        end_connection(exchange);
        break;
    case FAULT_ANSWER_TRUNCATE:
        put_substitute(exchange);
        if (!response->body_unsent)
            truncate(exchange);
        break;
    case FAULT_ANSWER_GARBAGE:
        put_substitute(exchange);
        response->status = 200;
        put_garbage(exchange);
        break;
    case FAULT_ANSWER_DRIBBLE:
        put_substitute(exchange);
        if (!response->body_unsent)
            err = dribble_begin(response, exchange->service->clock, answer->bytes_per_second);
        break;
    case FAULT_ANSWER_NONE:
    case FAULT_ANSWER_HANG: /* never gets here */
    case FAULT_ANSWER__MAX:
        break;
    }
    *part = response->continuation ? EXCHANGE_PIECE : EXCHANGE_WHOLE;
    return err;
}
