/* SPDX-License-Identifier: MIT */
#include "gateway/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/spare.h"

enum {
    READ_BYTES = 64 * 1024,       /* read at once */
    BEHIND_BYTES_MAX = 64 * 1024, /* read behind a request that is being served */
    OUT_BYTES_MAX = 128 * 1024 * 1024,
    CONTROL_RESERVE = 64,   /* requests read beyond --requests-max, for control routes */
    HALF_SENT_BYTES = 4096, /* a half-sent request or event keeps no more spare memory */
    HEAD_ROOM = 1024,       /* of a head, beside the headers of its response */
    FEED_BYTES = 12 * 1024, /* read of a feed at once; with another event it fits into 16 KiB */
};

/* HAProxy 2.6.12 crashes on a head in two records (haproxy/haproxy#2150). */
_Static_assert(RESPONSE_HEADERS_MAX + HEAD_ROOM <= RECORD_CONTENT_MAX, "a head is one record");

/* --- the idle queue, the work queue, the deadline, the watched events --- */

static void leave_idle(struct connection *c)
{
    if (c->is_idle)
        TAILQ_REMOVE(&c->gateway->idle, c, idle_link);
    c->is_idle = false;
}

static void join_idle(struct connection *c)
{
    if (c->is_idle)
        return;
    TAILQ_INSERT_TAIL(&c->gateway->idle, c, idle_link);
    c->idle_since_us = c->gateway->clock->mono_us;
    c->is_idle = true;
}

static void join_work(struct connection *c)
{
    if (!c->has_work)
        TAILQ_INSERT_TAIL(&c->gateway->work, c, work_link);
    c->has_work = true;
}

static void leave_work(struct connection *c)
{
    if (c->has_work)
        TAILQ_REMOVE(&c->gateway->work, c, work_link);
    c->has_work = false;
}

/* Returns true from a request until the end of its answer. */
static bool is_answering(const struct connection *c)
{
    return c->exchange || c->feed;
}

static bool is_receiving(const struct connection *c)
{
    return c->lingering || (!is_answering(c) && (c->intake.open || c->in.length > 0));
}

static void set_deadline(struct connection *c, int kind, int64_t patience_us)
{
    if (kind == DEADLINE_NONE) {
        timers_disarm(c->gateway->timers, &c->deadline);
    } else if ((int)c->deadline_kind != kind) {
        timers_arm(c->gateway->timers, &c->deadline, c->gateway->clock->mono_us + patience_us);
    }
    c->deadline_kind = kind;
}

static void deadline_passed(struct timer *timer)
{
    struct connection *c = TIMER_OWNER(timer, struct connection, deadline);

    log_say(c->gateway->log, LOG_WARNING, LOG_FAILURE, "connection-closed", "cause",
            c->lingering                           ? "the front end did not close it in time"
            : c->deadline_kind == DEADLINE_RECEIVE ? "a request did not arrive in time"
                                                   : "an answer was not taken in time");
    connection_close(c);
}

static void watch(struct connection *c, uint32_t events)
{
    if (c->events == events)
        return;
    struct epoll_event event = {.events = events, .data.ptr = c};
    int action = c->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (epoll_ctl(c->gateway->epoll, action, c->fd, &event) < 0)
        connection_close(c);
    else
        c->events = events;
}

static void show_as(struct connection *c, enum service_connection state)
{
    if (state != c->shown)
        service_count_connection(c->gateway->service, c->shown, state);
    c->shown = state;
}

/* Updates queues, counts, deadline and watched events, after anything has happened to the
 * connection. */
static void settle(struct connection *c)
{
    struct gateway *gateway = c->gateway;
    const struct gateway_config *config = &gateway->config;
    bool sending = c->out.length > c->out_sent, receiving = is_receiving(c);
    bool open = c->exchange || (c->intake.open && !c->feed);
    uint32_t events = EPOLLERR;

    if (c->dead)
        return;
    if (c->ended && !is_answering(c) && !sending && !c->has_work) {
        connection_close(c); /* every whole request is answered */
        return;
    }
    if (open != c->counted)
        gateway->open_requests += open ? 1 : (size_t)-1;
    c->counted = open;
    if (sending)
        set_deadline(c, DEADLINE_SEND, config->send_timeout_us);
    else if (receiving)
        set_deadline(c, DEADLINE_RECEIVE, config->receive_timeout_us);
    else
        set_deadline(c, DEADLINE_NONE, 0);
    spare_give_back(&c->in, &gateway->spare_in);
    if (c->in.length < HALF_SENT_BYTES)
        buffer_shrink(&c->in, HALF_SENT_BYTES);
    bool is_idle = !is_answering(c) && !open && !sending && !receiving;
    if (is_idle)
        join_idle(c);
    else
        leave_idle(c);
    show_as(c, c->feed ? CONNECTION_STREAM : is_idle ? CONNECTION_IDLE : CONNECTION_BUSY);
    bool has_room = !is_answering(c) || c->in.length < BEHIND_BYTES_MAX;
    if (!c->ended)
        events |= EPOLLRDHUP | (has_room ? EPOLLIN : 0);
    if (sending)
        events |= EPOLLOUT;
    watch(c, events);
}

/* --- life --- */

void connection_open(struct gateway *gateway, int fd)
{
    struct connection *c = calloc(1, sizeof(*c));

    if (!c) {
        close(fd);
        return;
    }
    *c = (struct connection){.gateway = gateway,
                             .fd = fd,
                             .is_unix = gateway->listener.is_unix,
                             .in = buffer_new(intake_buffer_max(&gateway->limits)),
                             .out = buffer_new(OUT_BYTES_MAX),
                             .intake = intake_new(&gateway->limits),
                             .deadline = {.fire = deadline_passed},
                             .shown = CONNECTION_NONE};
    LIST_INSERT_HEAD(&gateway->connections, c, link);
    settle(c);
}

static void free_feed(struct connection *c)
{
    if (c->feed)
        c->feed->free(c->feed);
    c->feed = NULL;
}

void connection_close(struct connection *c)
{
    struct gateway *gateway = c->gateway;

    if (c->dead)
        return;
    service_abandon(gateway->service, &c->exchange);
    free_feed(c);
    timers_disarm(gateway->timers, &c->deadline);
    leave_idle(c);
    leave_work(c);
    if (c->counted)
        gateway->open_requests--;
    show_as(c, CONNECTION_NONE);
    buffer_free(&c->in);
    buffer_free(&c->out);
    /* While systemd has a copy (handover.h), a closed descriptor would stay watched. */
    epoll_ctl(gateway->epoll, EPOLL_CTL_DEL, c->fd, NULL);
    close(c->fd);
    c->dead = true;
    LIST_REMOVE(c, link);
    LIST_INSERT_HEAD(&gateway->dead, c, link);
}

bool connection_is_silent(const struct connection *c)
{
    char byte;

    return recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

bool connection_is_busy(const struct connection *c)
{
    return is_answering(c) || c->intake.open || c->in.length > 0 || c->out.length > c->out_sent;
}

bool connection_is_reusable(const struct connection *c)
{
    return !connection_is_busy(c) && !c->body_open;
}

/* --- out --- */

/* Closes the connection after everything was sent. A front end that is still sending a body would
 * take a closed socket for a failure and lose the answer, so for it only our side is shut down. */
static void close_when_sent(struct connection *c)
{
    if (!c->body_open || c->ended || shutdown(c->fd, SHUT_WR) < 0)
        connection_close(c);
    else
        c->lingering = true;
}

/* Sends what the socket takes. epoll reports when it takes more. */
static void flush(struct connection *c)
{
    while (c->out_sent < c->out.length) {
        ssize_t sent = send(c->fd, c->out.bytes + c->out_sent, c->out.length - c->out_sent,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (sent < 0) {
            connection_close(c);
            return;
        }
        c->out_sent += (size_t)sent;
        c->deadline_kind = DEADLINE_NONE; /* progress: settle() sets the deadline again */
    }
    buffer_clear(&c->out);
    c->out_sent = 0;
    spare_give_back(&c->out, &c->gateway->spare_out);
    if (c->closing)
        close_when_sent(c);
    else if (c->wants_pull || (c->in.length > 0 && !is_answering(c)))
        join_work(c);
}

/* Writes a response as records. The first one begins with the head, and also has the body if that
 * fits. */
static void put_response(struct connection *c, const struct response *response, bool whole,
                         bool first)
{
    struct buffer *out = &c->out;
    struct text body = response->body_unsent ? TEXT("") : buffer_text(&response->body);

    if (first) {
        size_t opened = record_open_stdout(out, c->intake.id), head = out->length;
        response_write_head(response, whole, out);
        if (body.length <= RECORD_CONTENT_MAX - (out->length - head)) {
            buffer_put_text(out, body);
            body = TEXT("");
        }
        record_close(out, opened);
    }
    record_put_stdout(out, c->intake.id, body.at, body.length);
}

static void feed_is_ready(struct feed *feed);

static void take_feed(struct connection *c)
{
    c->feed = exchange_take_feed(c->exchange);
    c->feed->reader = c;
    c->feed->ready = feed_is_ready;
}

/* Drops the records that have arrived after a body that CONTENT_LENGTH ended. */
static void drop_rest(struct connection *c)
{
    if (c->body_open && intake_drop_rest(&c->in, c->intake.id))
        c->body_open = false;
}

/* Makes the connection ready for another request. */
static void end_answer(struct connection *c)
{
    drop_rest(c);
    c->closing = c->closing || !c->intake.keep;
    intake_restart(&c->intake);
}

/* Sends what was written, or closes the connection if there was no memory for all of it. */
static void send_written(struct connection *c)
{
    if (c->out.failed) {
        connection_close(c);
        return;
    }
    flush(c);
    settle(c);
}

void gateway_answer(void *owner, struct exchange *exchange, bool first)
{
    struct connection *c = owner;
    enum exchange_part part = exchange_part(exchange);

    spare_borrow(&c->out, &c->gateway->spare_out);
    if (part != EXCHANGE_BROKEN)
        put_response(c, exchange_response(exchange), part == EXCHANGE_WHOLE, first);
    else if (exchange_response(exchange)->passed_at_once)
        record_put_break(&c->out);
    if (part == EXCHANGE_WHOLE || part == EXCHANGE_LAST)
        record_put_end(&c->out, c->intake.id);
    c->wants_pull = part == EXCHANGE_PIECE || part == EXCHANGE_FEED;
    c->closing = c->closing || part == EXCHANGE_BROKEN;
    if (part == EXCHANGE_FEED)
        take_feed(c);
    if (part != EXCHANGE_PIECE)
        service_finish(c->gateway->service, &c->exchange);
    if (part != EXCHANGE_PIECE && part != EXCHANGE_FEED)
        end_answer(c);
    send_written(c);
}

/* --- feeds --- */

/* Reads the feed into a record. Ends the answer after the feed's last bytes, or, if it `is_last`,
 * after all that there is. */
static void read_feed(struct connection *c, bool is_last)
{
    struct buffer *out = &c->out;

    spare_borrow(out, &c->gateway->spare_out);
    size_t before = out->length, opened = record_open_stdout(out, c->intake.id);
    size_t content = out->length;
    enum feed_state state = c->feed->read(c->feed, out, FEED_BYTES);

    if (out->length > content)
        record_close(out, opened);
    else
        out->length = before;
    c->wants_pull = state == FEED_HAS_MORE;
    if (state == FEED_ENDED || (is_last && state == FEED_WAITS)) {
        record_put_end(out, c->intake.id);
        free_feed(c);
        end_answer(c);
    }
    send_written(c);
    buffer_shrink(out, HALF_SENT_BYTES);
}

static void feed_is_ready(struct feed *feed)
{
    struct connection *c = feed->reader;

    if (c->out.length > c->out_sent)
        c->wants_pull = true; /* read it after what is being sent */
    else
        read_feed(c, false);
}

void connection_end_feed(struct connection *c)
{
    if (c->feed && c->out.length == c->out_sent)
        read_feed(c, true);
}

/* --- in --- */

static void drop_walked(struct connection *c)
{
    buffer_drop(&c->in, c->intake.walked);
    c->intake.walked = 0;
}

/* Answers a request for which there is no memory, with the answer that was prepared for that. Part
 * of its body may be missing, so the connection ends. */
static void refuse_without_memory(struct connection *c)
{
    struct text answer = service_no_memory_answer(c->gateway->service);

    buffer_clear(&c->in);
    record_put_stdout(&c->out, c->intake.id, answer.at, answer.length);
    record_put_end(&c->out, c->intake.id);
    c->body_open = !c->intake.ended;
    c->closing = true;
    intake_restart(&c->intake);
    if (c->out.failed)
        connection_close(c);
    else
        flush(c);
}

static const char *find_malformed(const struct pairs *pairs)
{
    return pairs->has_nul        ? "a header or the path has a NUL in it"
           : pairs->has_bad_name ? "a FastCGI parameter has no name, or a name with a '=' in it"
                                 : NULL;
}

static enum err decode(const struct connection *c, struct exchange *exchange)
{
    const struct intake *intake = &c->intake;
    struct request *request = exchange_request(exchange);
    struct text bytes = {c->in.bytes, intake->walked};
    size_t body_kept = intake->body_dropped ? 0 : (size_t)intake->body_bytes;
    enum err err = OK;

    request->refused = intake->refused;
    request->over_limit = c->over_limit;
    request->malformed = find_malformed(&intake->pairs);
    if (!intake->refused)
        err = decoder_read(c->gateway->decoder, bytes, body_kept, exchange_arena(exchange),
                           request);
    request->body_received = intake->body_bytes;
    if (intake->body_dropped)
        request->body = (struct text){0};
    return err;
}

/* Gives the whole request at the front of `in` to the service. */
static void submit(struct connection *c)
{
    struct service *service = c->gateway->service;
    struct exchange *exchange = service_exchange(service, c);

    if (!exchange) {
        refuse_without_memory(c);
        return;
    }
    c->exchange = exchange;
    c->body_open = !c->intake.ended;
    enum err err = decode(c, exchange);
    drop_walked(c);
    if (err)
        service_refuse(service, exchange, err);
    else
        service_submit(service, exchange);
}

static void close_hostile(struct connection *c)
{
    log_say(c->gateway->log, LOG_WARNING, LOG_FAILURE, "connection-closed", "cause",
            "its bytes are not FastCGI");
    connection_close(c);
}

static void abandon(struct connection *c)
{
    c->closing = c->closing || !c->intake.keep;
    c->body_open = false;
    service_abandon(c->gateway->service, &c->exchange);
    free_feed(c);
    buffer_drop(&c->in, c->intake.walked);
    intake_restart(&c->intake);
    c->wants_pull = false;
}

/* Walks over the bytes up to the next whole request, and submits it. */
static void walk(struct connection *c)
{
    struct gateway *gateway = c->gateway;
    enum intake_event event = INTAKE_ABORTED;

    if (is_answering(c)) {
        drop_rest(c);
        if (!intake_take_abort(&c->in, c->intake.id))
            return;
        record_put_refusal(&c->out, c->intake.id, RECORD_COMPLETE);
        abandon(c);
    }
    while (event == INTAKE_ABORTED && !c->closing) {
        size_t limit = gateway->config.requests_max;
        size_t busy = gateway->open_requests - service_parked(gateway->service);
        bool refuse = !c->counted && busy >= limit + CONTROL_RESERVE;
        if (!c->intake.open)
            c->over_limit = !c->counted && busy >= limit;
        event = intake_walk(&c->intake, &c->in, &c->out, refuse);
        if (event == INTAKE_ABORTED)
            abandon(c);
    }
    if (event == INTAKE_HOSTILE)
        close_hostile(c);
    else if (event == INTAKE_CLOSE)
        c->closing = true;
    else if (event == INTAKE_REQUEST)
        submit(c);
    if (!c->dead && (c->out.length > c->out_sent || c->closing) && !is_answering(c))
        flush(c);
}

/* Reads what has arrived, READ_BYTES at most. Returns false if nothing has. */
static bool receive(struct connection *c)
{
    struct buffer *in = &c->in;

    spare_borrow(in, &c->gateway->spare_in);
    if (!buffer_reserve(in, READ_BYTES)) {
        if (c->intake.open && !is_answering(c))
            refuse_without_memory(c);
        else
            connection_close(c);
        return false;
    }
    ssize_t received = recv(c->fd, in->bytes + in->length, READ_BYTES, MSG_DONTWAIT);
    if (received > 0) {
        in->length += (size_t)received;
        return true;
    }
    if (received == 0)
        c->ended = true;
    else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        connection_close(c);
    return false;
}

/* Takes new bytes; drops them if the connection is about to close. */
static void take(struct connection *c)
{
    if (c->closing && !is_answering(c))
        buffer_clear(&c->in);
    else
        walk(c);
}

/* Handles the end of what the front end sends. Whole requests are still answered. Over TCP, a front
 * end that has only stopped sending can't be told from one that has gone, so the current request is
 * abandoned. */
static void handle_end(struct connection *c)
{
    if (is_answering(c) && !c->is_unix)
        connection_close(c);
}

void connection_handle(struct connection *c, uint32_t events)
{
    if (events & (EPOLLHUP | EPOLLERR)) {
        /* nobody would read an answer */
        connection_close(c);
        return;
    }
    if (events & EPOLLOUT)
        flush(c);
    if (!c->dead && !c->ended && (events & (EPOLLIN | EPOLLRDHUP)) && receive(c))
        take(c);
    if (!c->dead && c->ended)
        handle_end(c);
    settle(c);
}

void connection_work_first(struct gateway *gateway)
{
    struct connection *c = TAILQ_FIRST(&gateway->work);

    leave_work(c);
    if (c->wants_pull) {
        c->wants_pull = false;
        if (c->feed)
            read_feed(c, false);
        else
            service_pull(gateway->service, c->exchange);
    } else if (!is_answering(c) && c->in.length > 0) {
        walk(c);
    }
    settle(c);
}

void connection_drain(struct connection *c)
{
    while (!c->dead && !c->ended && !is_answering(c) && receive(c))
        take(c);
    settle(c);
}
