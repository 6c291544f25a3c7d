/* SPDX-License-Identifier: MIT */
#include "gateway/cgi.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/listener.h"
#include "gateway/variables.h"

enum { HEAD_ROOM = 1024, TIMERS_MAX = 256, DROPPED_AT_ONCE = 64 * 1024 };

struct cgi {
    struct cgi_config config;
    struct timers *timers;
    struct clock *clock;
    struct arena arena; /* the request's */
    struct request request;
    struct service *service;   /* set while the request runs */
    struct exchange *exchange; /* NULL when all of the answer is in `out` */
    struct buffer out;
    bool wants_pull; /* the exchange has another piece */
    bool lost;       /* the server takes no more */
};

bool cgi_is_asked(void)
{
    return getenv("GATEWAY_INTERFACE") && !listener_is_listening(STDIN_FILENO);
}

/* Waits for the descriptor until a monotonic time. Returns false if it is not ready by then. */
static bool wait_until(int fd, short events, int64_t until_us)
{
    struct pollfd wanted = {.fd = fd, .events = events};

    for (;;) {
        int64_t left_ms = (until_us - clock_mono_now_us() + 999) / 1000;
        int timeout = left_ms <= 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
        int ready = poll(&wanted, 1, timeout);
        if (ready > 0)
            return true;
        if ((ready < 0 && errno != EINTR) || left_ms <= 0)
            return false;
    }
}

/* --- in --- */

/* Reads `count` bytes, or fewer if the input ends or stalls. Returns how many. */
static size_t read_bytes(char *to, size_t count, int64_t until_us)
{
    size_t have = 0;

    while (have < count && wait_until(STDIN_FILENO, POLLIN, until_us)) {
        ssize_t more = read(STDIN_FILENO, to + have, count - have);
        if (more < 0 && errno == EINTR)
            continue;
        if (more <= 0)
            break;
        have += (size_t)more;
    }
    return have;
}

/* Reads and drops a body that is too long. Returns its length. */
static uint64_t drop_bytes(uint64_t count, int64_t until_us)
{
    static char dropped[DROPPED_AT_ONCE];
    uint64_t have = 0;

    while (have < count) {
        size_t most = count - have < sizeof(dropped) ? (size_t)(count - have) : sizeof(dropped);
        size_t more = read_bytes(dropped, most, until_us);
        have += more;
        if (more < most)
            break;
    }
    return have;
}

static size_t body_max(const struct cgi *cgi)
{
    struct text method = request_variable(&cgi->request, TEXT("REQUEST_METHOD"));
    struct text target = request_variable(&cgi->request, TEXT("REQUEST_URI"));
    struct text authorization = request_variable(&cgi->request, TEXT("HTTP_AUTHORIZATION"));

    if (target.length == 0)
        target = request_variable(&cgi->request, TEXT("PATH_INFO"));
    return body_limits_of(&cgi->config.bodies, method, target, authorization);
}

/* Reads CONTENT_LENGTH bytes and no more (RFC 3875, section 4.2). */
static enum err read_body(struct cgi *cgi)
{
    struct request *request = &cgi->request;
    int64_t until_us = clock_mono_now_us() + cgi->config.receive_timeout_us;
    uint64_t length = 0;

    text_to_number(request_variable(request, TEXT("CONTENT_LENGTH")), UINT64_MAX / 2, &length);
    if (length > body_max(cgi)) {
        request->body_received = drop_bytes(length, until_us);
        return OK;
    }
    char *body = arena_alloc(&cgi->arena, (size_t)length + 1);
    if (!body)
        return ERR_NO_MEMORY;
    size_t have = read_bytes(body, (size_t)length, until_us);
    body[have] = '\0';
    request->body = (struct text){body, have};
    request->body_received = have;
    return OK;
}

enum err cgi_open(const struct cgi_config *config, struct timers *timers, struct clock *clock,
                  struct cgi **out)
{
    struct cgi *cgi = calloc(1, sizeof(*cgi));

    *out = NULL;
    if (!cgi)
        return ERR_NO_MEMORY;
    *cgi = (struct cgi){.config = *config,
                        .timers = timers,
                        .clock = clock,
                        .out = buffer_new(RESPONSE_HEADERS_MAX + RESPONSE_BODY_MAX + HEAD_ROOM)};
    enum err err = variables_copy(environ, &cgi->arena, &cgi->request);
    if (!err)
        err = read_body(cgi);
    if (err)
        cgi_close(&cgi);
    *out = cgi;
    return err;
}

/* --- out --- */

/* Writes what a ready descriptor takes without blocking: for a pipe, at most PIPE_BUF bytes. */
static ssize_t write_some(struct text bytes)
{
    ssize_t sent = send(STDOUT_FILENO, bytes.at, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (sent >= 0 || errno != ENOTSOCK)
        return sent;
    return write(STDOUT_FILENO, bytes.at, bytes.length < PIPE_BUF ? bytes.length : PIPE_BUF);
}

/* Writes the whole buffer, or sets `lost` if the server takes no more. */
static void flush(struct cgi *cgi)
{
    struct text left = buffer_text(&cgi->out);

    while (left.length > 0 && !cgi->lost) {
        int64_t until_us = clock_mono_now_us() + cgi->config.send_timeout_us;
        ssize_t sent = wait_until(STDOUT_FILENO, POLLOUT, until_us) ? write_some(left) : 0;
        if (sent > 0)
            left = text_from(left, (size_t)sent);
        else if (sent == 0 || (errno != EINTR && errno != EAGAIN))
            cgi->lost = true;
    }
    buffer_clear(&cgi->out);
}

void cgi_answer(void *owner, struct exchange *exchange, bool first)
{
    struct cgi *cgi = owner;
    const struct response *response = exchange_response(exchange);
    enum exchange_part part = exchange_part(exchange);

    if (part != EXCHANGE_BROKEN && first)
        response_write_head(response, part == EXCHANGE_WHOLE, &cgi->out);
    if (part != EXCHANGE_BROKEN && !response->body_unsent)
        buffer_put_text(&cgi->out, buffer_text(&response->body));
    cgi->lost = cgi->lost || cgi->out.failed; /* without memory for all of it, send none */
    cgi->wants_pull = part == EXCHANGE_PIECE;
    if (part != EXCHANGE_PIECE)
        service_finish(cgi->service, &cgi->exchange);
}

/* --- the loop --- */

/* Waits for the next timer, or pulls the next piece. */
static void go_on(struct cgi *cgi)
{
    if (!cgi->wants_pull && wait_until(STDOUT_FILENO, 0, timers_next_due_us(cgi->timers))) {
        cgi->lost = true; /* asked for no event, poll reports only that the server has gone */
        return;
    }
    clock_tick(cgi->clock);
    if (cgi->wants_pull)
        service_pull(cgi->service, cgi->exchange);
    timers_run(cgi->timers, cgi->clock->mono_us, TIMERS_MAX);
}

void cgi_run(struct cgi *cgi, struct service *service, enum err err)
{
    clock_tick(cgi->clock); /* reading the body and opening the state took time */
    cgi->service = service;
    cgi->exchange = service_exchange(service, cgi);
    if (!cgi->exchange) {
        buffer_put_text(&cgi->out, service_no_memory_answer(service));
        return;
    }
    *exchange_request(cgi->exchange) = cgi->request;
    if (err)
        service_refuse(service, cgi->exchange, err);
    else
        service_submit(service, cgi->exchange);
    service_turn_end(service);
    while (cgi->exchange) {
        flush(cgi);
        if (cgi->lost)
            service_abandon(service, &cgi->exchange);
        else
            go_on(cgi);
        service_turn_end(service);
    }
}

bool cgi_close(struct cgi **cgi)
{
    struct cgi *closing = *cgi;

    if (!closing)
        return true;
    flush(closing);
    bool written = !closing->lost;
    buffer_free(&closing->out);
    arena_free(&closing->arena);
    free(closing);
    *cgi = NULL;
    return written;
}
