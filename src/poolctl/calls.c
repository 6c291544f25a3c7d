/* SPDX-License-Identifier: MIT */
#include "poolctl/calls.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "poolctl/hosts.h"

struct started {
    CURL *curl;
    struct curl_slist *headers;
    struct buffer body; /* of the answer, up to its maximum */
    bool is_loopback_only, is_refused;
    void (*done)(void *context, const struct call_result *result);
    void *context;
    LIST_ENTRY(started) link;
};

struct calls {
    CURLM *multi;
    LIST_HEAD(, started) list;
};

struct calls *calls_new(void)
{
    struct calls *calls = calloc(1, sizeof(*calls));

    if (calls && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        calls->multi = curl_multi_init();
    if (!calls || calls->multi)
        return calls;
    free(calls);
    return NULL;
}

static void end(struct calls *calls, struct started *started)
{
    LIST_REMOVE(started, link);
    curl_multi_remove_handle(calls->multi, started->curl);
    curl_easy_cleanup(started->curl);
    curl_slist_free_all(started->headers);
    buffer_free(&started->body);
    free(started);
}

void calls_free(struct calls **calls)
{
    if (!*calls)
        return;
    while (!LIST_EMPTY(&(*calls)->list))
        end(*calls, LIST_FIRST(&(*calls)->list));
    curl_multi_cleanup((*calls)->multi);
    free(*calls);
    *calls = NULL;
    curl_global_cleanup();
}

/* curl's callback for a piece of the answer. The rest of an answer that is too long is dropped. */
static size_t take_answer(char *bytes, size_t one, size_t count, void *context)
{
    struct started *started = context;
    size_t room = started->body.max - started->body.length;

    (void)one; /* always 1 */
    buffer_put(&started->body, bytes, count < room ? count : room);
    return count;
}

/* curl's callback that opens the socket to an address: the last word about where a request goes. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct started *started = context;

    (void)purpose;
    if (started->is_loopback_only && !host_address_is_loopback(&address->addr)) {
        started->is_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool add_headers(struct started *started, const char *const *headers)
{
    for (; *headers; headers++) {
        struct curl_slist *longer = curl_slist_append(started->headers, *headers);
        if (!longer)
            return false;
        started->headers = longer;
    }
    return true;
}

static bool prepare(struct started *started, const struct call_request *request)
{
    CURL *curl = started->curl;

    curl_easy_setopt(curl, CURLOPT_PRIVATE, started);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "poolctl/" POOLCTL_VERSION);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, started->headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, started);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, started);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.length);
    if (request->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca_file);
    return curl_easy_setopt(curl, CURLOPT_URL, request->url) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, text_or_empty(request->body).at) ==
               CURLE_OK;
}

bool calls_start(struct calls *calls, const struct call_request *request)
{
    struct started *started = calloc(1, sizeof(*started));

    if (!started)
        return false;
    LIST_INSERT_HEAD(&calls->list, started, link);
    started->curl = curl_easy_init();
    started->body = buffer_new(request->answer_max);
    started->is_loopback_only = request->is_loopback_only;
    started->done = request->done;
    started->context = request->context;
    if (started->curl && add_headers(started, request->headers) && prepare(started, request) &&
        curl_multi_add_handle(calls->multi, started->curl) == CURLM_OK)
        return true;
    end(calls, started);
    return false;
}

void calls_cancel(struct calls *calls, const void *context)
{
    for (struct started *started = LIST_FIRST(&calls->list), *next; started; started = next) {
        next = LIST_NEXT(started, link);
        if (started->context == context)
            end(calls, started);
    }
}

static struct call_result result_of(struct started *started, CURLcode code)
{
    struct call_result result = {
        .body = started->body, .is_refused = code == CURLE_COULDNT_CONNECT && started->is_refused};
    curl_off_t retry_after_s = 0;
    long status = 0;

    if (code != CURLE_OK) {
        result.error = curl_easy_strerror(code);
        return result;
    }
    curl_easy_getinfo(started->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(started->curl, CURLINFO_RETRY_AFTER, &retry_after_s);
    result.status = (int)status;
    result.retry_after_s = retry_after_s;
    return result;
}

/* Ends the requests that are done. */
static void end_done(struct calls *calls)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(calls->multi, &left))) {
        struct started *started;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &started);
        struct call_result result = result_of(started, message->data.result);
        started->done(started->context, &result);
        end(calls, started);
    }
}

bool calls_run(struct calls *calls, int fd, int timeout_ms)
{
    struct curl_waitfd extra = {.fd = fd, .events = CURL_WAIT_POLLIN};
    int running;

    curl_multi_perform(calls->multi, &running);
    end_done(calls);
    curl_multi_poll(calls->multi, &extra, 1, timeout_ms, NULL);
    curl_multi_perform(calls->multi, &running);
    end_done(calls);
    return extra.revents != 0;
}
