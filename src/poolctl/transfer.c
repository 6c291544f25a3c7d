/* SPDX-License-Identifier: MIT */
#include "poolctl/transfer.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/duration.h"
#include "poolctl/complain.h"
#include "poolctl/hosts.h"

struct transfer {
    CURL *curl;
    struct buffer base;         /* the URL with the tenant, and a slash at its end */
    struct curl_slist *headers; /* for requests without a body */
    struct curl_slist *json;    /* for requests with a body */
    struct curl_slist *stream;  /* for requests of a stream of events */
    const char *ca_file;        /* or NULL */
    bool is_loopback;
    char reason[CURL_ERROR_SIZE]; /* curl's message about the last exchange */
};

/* One exchange: the context of curl's callbacks. */
struct exchange {
    CURL *curl;
    const struct transfer_request *request;
    struct transfer_answer *answer;
    int error;     /* errno of the file that failed, ours or the answer's; 0: none */
    bool is_full;  /* the answer's body is too long, or memory ran out for it */
    bool is_begun; /* the first bytes of a JSON object went to the request's `to` */
};

void transfer_put_encoded(struct buffer *buffer, const char *text)
{
    char *encoded = curl_easy_escape(NULL, text, (int)strnlen(text, TRANSFER_URL_MAX_BYTES));

    if (encoded)
        buffer_put_text(buffer, text_of(encoded));
    else
        buffer->failed = buffer->no_memory = true;
    curl_free(encoded);
}

void transfer_put_base(struct buffer *buffer, const struct transfer_config *config)
{
    buffer_put_text(buffer, text_trim_end(text_of(config->base_url), '/'));
    if (config->tenant) {
        buffer_put_text(buffer, TEXT("/~"));
        transfer_put_encoded(buffer, config->tenant);
    }
    buffer_put_char(buffer, '/');
}

static bool add_header(struct curl_slist **list, const char *header)
{
    struct curl_slist *longer = curl_slist_append(*list, header);

    if (longer)
        *list = longer;
    return longer;
}

static bool add_token(struct transfer *transfer, const char *token)
{
    char *header = NULL;
    bool good = asprintf(&header, "Authorization: Bearer %s", token) >= 0 &&
                add_header(&transfer->headers, header) && add_header(&transfer->json, header) &&
                add_header(&transfer->stream, header);

    free(header);
    return good;
}

/* Makes the headers of both kinds of requests. Without the empty Content-Type, curl would declare a
 * POST without a body as a form. */
static bool make_headers(struct transfer *transfer, const char *token)
{
    return (!token || add_token(transfer, token)) &&
           add_header(&transfer->headers, "Content-Type:") &&
           add_header(&transfer->json, "Content-Type: application/json") &&
           add_header(&transfer->stream, "Accept: text/event-stream");
}

int transfer_open(const struct transfer_config *config, struct transfer **out)
{
    struct transfer *transfer = calloc(1, sizeof(*transfer));

    *out = transfer;
    if (!transfer || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return complain_no_memory();
    transfer->curl = curl_easy_init();
    transfer->ca_file = config->ca_file;
    transfer->is_loopback = host_is_loopback(config->base_url);
    if (!transfer->curl || !make_headers(transfer, config->token))
        return complain_no_memory();
    transfer->base = buffer_new(TRANSFER_URL_MAX_BYTES);
    transfer_put_base(&transfer->base, config);
    if (transfer->base.failed)
        return complain_failed(&transfer->base, EX_USAGE, "the URL is too long");
    return EX_OK;
}

void transfer_close(struct transfer **transfer)
{
    if (!*transfer)
        return;
    curl_easy_cleanup((*transfer)->curl);
    curl_slist_free_all((*transfer)->headers);
    curl_slist_free_all((*transfer)->json);
    curl_slist_free_all((*transfer)->stream);
    buffer_free(&(*transfer)->base);
    free(*transfer);
    *transfer = NULL;
    curl_global_cleanup();
}

static bool write_file(struct exchange *exchange, FILE *to, const char *bytes, size_t count)
{
    if (fwrite(bytes, 1, count, to) != count) {
        exchange->error = errno;
        return false;
    }
    if (count > 0)
        exchange->answer->last_byte = bytes[count - 1];
    return true;
}

/* Writes a piece of a success to the request's `to`. Returns false for an answer that does not
 * begin as a JSON object, and if writing fails. */
static bool pass_on(struct exchange *exchange, const char *bytes, size_t count)
{
    exchange->is_begun = exchange->is_begun || (count > 0 && bytes[0] == '{');
    return exchange->is_begun && write_file(exchange, exchange->request->to, bytes, count);
}

/* curl's callback for a piece of the answer's body. Any result but `count` ends the transfer. */
static size_t take_answer(char *bytes, size_t one, size_t count, void *context)
{
    struct exchange *exchange = context;
    const struct transfer_request *request = exchange->request;
    struct buffer *body = &exchange->answer->body;
    long status = 0;

    (void)one; /* always 1 */
    curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status < 300 && request->take)
        return request->take(request->context, (struct text){bytes, count}) ? count : 0;
    if (status < 300 && request->to)
        return pass_on(exchange, bytes, count) ? count : 0;
    if (status >= 300 && request->copy_to && !write_file(exchange, request->copy_to, bytes, count))
        return 0;
    buffer_put(body, bytes, count);
    exchange->is_full = body->failed;
    return body->failed ? 0 : count;
}

/* curl's callback for a piece of the request's body. */
static size_t give_body(char *bytes, size_t one, size_t count, void *context)
{
    struct exchange *exchange = context;
    size_t got = fread(bytes, one, count, exchange->request->from);

    if (got == 0 && ferror(exchange->request->from)) {
        exchange->error = errno;
        return CURL_READFUNC_ABORT;
    }
    return got;
}

/* Returns the number of bytes from a regular file's position to its end, and -1 for any other file.
 */
static curl_off_t length_of(FILE *from)
{
    struct stat facts;
    off_t at = ftello(from);

    if (fstat(fileno(from), &facts) != 0 || !S_ISREG(facts.st_mode) || at < 0)
        return -1;
    return facts.st_size > at ? facts.st_size - at : 0;
}

static void set_body(CURL *curl, struct exchange *exchange)
{
    const struct transfer_request *request = exchange->request;

    if (request->from) {
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
        curl_easy_setopt(curl, CURLOPT_READDATA, exchange);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, length_of(request->from));
    } else if (request->body.at || strcmp(request->method, "POST") == 0) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.at ? request->body.at : "");
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

/* libcurl 7.88 uses 32 bits for a time, so longer ones become 24 days. */
static long curl_timeout_ms(int64_t ms)
{
    return ms < INT32_MAX ? (long)ms : INT32_MAX;
}

static bool prepare(struct transfer *transfer, struct exchange *exchange, const char *url)
{
    const struct transfer_request *request = exchange->request;
    bool has_body = request->from || request->body.at;
    CURL *curl = transfer->curl;
    CURLcode code;

    curl_easy_reset(curl);
    transfer->reason[0] = '\0';
    set_body(curl, exchange);
    code = curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L); /* a pool may be called ".." */
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER,
                     has_body        ? transfer->json
                     : request->take ? transfer->stream
                                     : transfer->headers);
    if (request->take) {
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)TRANSFER_SILENCE_MAX_S);
    }
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "poolctl/" POOLCTL_VERSION);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, curl_timeout_ms(request->timeout_ms));
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->reason);
    if (transfer->is_loopback)
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    if (transfer->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, transfer->ca_file);
    return code == CURLE_OK;
}

/* Complains about a transfer without a complete answer. Returns the exit status. */
static int explain(const struct transfer *transfer, const struct exchange *exchange, CURLcode code)
{
    struct text base = exchange->answer->base;
    const char *reason = transfer->reason[0] ? transfer->reason : curl_easy_strerror(code);
    char timeout[DURATION_TEXT_MAX];

    switch (code) {
    case CURLE_OUT_OF_MEMORY:
        return complain_no_memory();
    case CURLE_ABORTED_BY_CALLBACK:
        return complain(EX_NOINPUT, "the file can't be read: %s", strerror(exchange->error));
    case CURLE_WRITE_ERROR:
        if (exchange->error)
            return complain(EX_IOERR, "the answer can't be written: %s", strerror(exchange->error));
        if (exchange->is_full)
            return complain_failed(&exchange->answer->body, EX_PROTOCOL, "the answer is too long");
        return complain_foreign();
    case CURLE_SSL_CACERT_BADFILE:
        return complain(EX_NOINPUT, "--cacert %s: expected a readable file of certificates in PEM",
                        transfer->ca_file ? transfer->ca_file : "");
    case CURLE_OPERATION_TIMEDOUT:
        if (exchange->request->timeout_ms == 0) /* curl's own limit for connecting */
            break;
        duration_write(exchange->request->timeout_ms, timeout);
        return complain(EX_UNAVAILABLE, "%.*s: no answer within %s (--timeout)", TEXT_ARGS(base),
                        timeout);
    case CURLE_URL_MALFORMAT:
        return complain(EX_USAGE, "--url: %.*s: %s", TEXT_ARGS(base), reason);
    default:
        break;
    }
    return complain(EX_UNAVAILABLE, "%.*s: no answer: %s", TEXT_ARGS(base), reason);
}

/* True if there is a complete answer. A server may answer, and close, before it has read the whole
 * body; the answer counts then too. */
static bool is_answered(CURLcode code, long status)
{
    return code == CURLE_OK || (code == CURLE_SEND_ERROR && status >= 300);
}

int transfer_run(struct transfer *transfer, const struct transfer_request *request,
                 struct transfer_answer *answer)
{
    struct exchange exchange = {.curl = transfer->curl, .request = request, .answer = answer};
    struct buffer url = buffer_new(TRANSFER_URL_MAX_BYTES);
    CURLcode code = CURLE_OUT_OF_MEMORY;

    *answer = (struct transfer_answer){.body = buffer_new(TRANSFER_ANSWER_MAX_BYTES),
                                       .base = buffer_text(&transfer->base),
                                       .sent_path = request->from_path};
    answer->base.length--; /* without the slash at its end */
    buffer_put_text(&url, buffer_text(&transfer->base));
    buffer_put_text(&url, request->target);
    buffer_put_char(&url, '\0');
    if (url.failed) {
        int status = complain_failed(&url, EX_USAGE, "the URL is too long");
        buffer_free(&url);
        return status;
    }
    if (prepare(transfer, &exchange, url.bytes))
        code = curl_easy_perform(transfer->curl);
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    buffer_free(&url);
    if (code == CURLE_WRITE_ERROR && request->take)
        return EX_PROTOCOL; /* `take` has complained */
    if (!is_answered(code, answer->status))
        return request->is_quiet ? EX_UNAVAILABLE : explain(transfer, &exchange, code);
    return request->to && answer->status < 300 && !exchange.is_begun ? complain_foreign() : EX_OK;
}
