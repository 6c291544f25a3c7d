/* SPDX-License-Identifier: MIT
 *
 * Frames that are received, and the answers to control frames, are wslay's. Its context is made
 * when the first byte comes, because most guests only listen. What the socket sends are frames of
 * its own, and both are appended to `out` frame by frame, so they never mix. */
#include "gateway/guest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef HAVE_WEBSOCKET
#include <wslay/wslay.h>

enum {
    HEAD_MAX = 8 * 64,      /* bytes of the head */
    READ_BYTES = 16 * 1024, /* read at once */
    FEED_BYTES = 12 * 1024, /* read of a feed at once */
    OUT_MAX = 64 * 1024 * 1024,
    HEAD_US = 1000 * 1000, /* how long the head may take */
    PING_US = 20 * 1000 * 1000,
    PONG_US = 60 * 1000 * 1000, /* a client that is silent for so long is gone */
    CLOSE_US = 2000 * 1000,     /* how long a client may take to answer a close */
    DRAIN_US = 1000 * 1000,
    QUIET_US = 300 * 1000,    /* a client that sends nothing for this time has stopped sending */
    DISCARD_US = 2000 * 1000, /* how long input is discarded at most */
};

static void timer_passed(struct timer *timer);
static void settle(struct guest *guest);

/* --- life --- */

static void arm(struct guest *guest, int64_t after_us)
{
    const struct door_config *config = &guest->door->config;

    timers_arm(config->timers, &guest->timer, config->clock->mono_us + after_us);
}

void guest_open(struct door *door, int fd)
{
    struct guest *guest = calloc(1, sizeof(*guest));

    if (!guest) {
        close(fd);
        return;
    }
    *guest = (struct guest){.door = door,
                            .fd = fd,
                            .in = buffer_new(READ_BYTES),
                            .out = buffer_new(OUT_MAX),
                            .timer = {.fire = timer_passed},
                            .received_us = door->config.clock->mono_us};
    LIST_INSERT_HEAD(&door->guests, guest, link);
    arm(guest, HEAD_US);
    settle(guest);
}

static void free_socket(struct guest *guest)
{
    if (guest->socket)
        guest->socket->feed.free(&guest->socket->feed);
    guest->socket = NULL;
}

void guest_close(struct guest *guest)
{
    if (guest->dead)
        return;
    free_socket(guest);
    if (guest->context)
        wslay_event_context_free(guest->context);
    timers_disarm(guest->door->config.timers, &guest->timer);
    buffer_free(&guest->in);
    buffer_free(&guest->out);
    close(guest->fd);
    guest->dead = true;
    LIST_REMOVE(guest, link);
    LIST_INSERT_HEAD(&guest->door->dead, guest, link);
}

/* Updates what epoll watches for. While something is to be sent, nothing is read: a client that
 * does not take its echoes may send no more. */
static void settle(struct guest *guest)
{
    bool is_sending = guest->out.length > guest->out_sent || guest->has_more;
    uint32_t events = is_sending ? EPOLLOUT : EPOLLIN;
    struct epoll_event event = {.events = events, .data.ptr = guest};

    if (guest->dead || guest->events == events)
        return;
    int action = guest->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (epoll_ctl(guest->door->epoll, action, guest->fd, &event) < 0)
        guest_close(guest);
    else
        guest->events = events;
}

/* --- out --- */

/* Shuts our side down, and waits for the client's end: a socket that is closed with unread bytes in
 * it loses what was sent last, the close frame. */
static void drain(struct guest *guest)
{
    guest->state = GUEST_DRAINING;
    shutdown(guest->fd, SHUT_WR);
    arm(guest, DRAIN_US);
}

/* Discards what the client still sends. If our side ended while it sends, a front end would reset
 * the client's connection, and the close frame would be lost. */
static void begin_discarding(struct guest *guest)
{
    guest->state = GUEST_DISCARDING;
    guest->received_us = guest->door->config.clock->mono_us;
    arm(guest, QUIET_US);
}

static void discard(struct guest *guest)
{
    buffer_clear(&guest->in);
    if (guest->state != GUEST_DISCARDING)
        return;
    if (guest->door->config.clock->mono_us - guest->received_us < DISCARD_US)
        arm(guest, QUIET_US);
    else
        drain(guest);
}

/* Goes on after our close frame is sent, unless the client's is awaited. */
static void go_on_after_close(struct guest *guest)
{
    if (guest->state != GUEST_LEAVING || !guest->context)
        return;
    if (wslay_event_get_close_received(guest->context))
        drain(guest);
    else if (!wslay_event_get_read_enabled(guest->context))
        begin_discarding(guest);
}

/* Sends what the socket takes. epoll reports when it takes more. */
static void flush(struct guest *guest)
{
    struct buffer *out = &guest->out;

    if (out->failed) {
        guest_close(guest);
        return;
    }
    while (!guest->dead && guest->out_sent < out->length) {
        ssize_t sent = send(guest->fd, out->bytes + guest->out_sent, out->length - guest->out_sent,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0)
            guest->out_sent += (size_t)sent;
        else if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        else if (errno != EINTR)
            guest_close(guest);
    }
    if (guest->dead)
        return;
    buffer_free(out);
    guest->out_sent = 0;
    go_on_after_close(guest);
}

/* Appends a close frame to what is to be sent. */
static void begin_close(struct guest *guest, unsigned code)
{
    const char status[] = {(char)(code >> 8), (char)(code & 0xFF)};

    if (guest->state != GUEST_TALKING)
        return;
    guest->state = GUEST_LEAVING;
    free_socket(guest);
    guest->has_more = false;
    socket_put(&guest->out, SOCKET_CLOSE, (struct text){status, sizeof(status)});
    arm(guest, CLOSE_US);
}

/* Reads a part of the feed, if all before it is sent. */
static void read_feed(struct guest *guest)
{
    if (guest->dead || !guest->socket || guest->out.length > guest->out_sent) {
        guest->has_more = guest->has_more && guest->socket;
        return;
    }
    struct feed *feed = &guest->socket->feed;
    enum feed_state state = feed->read(feed, &guest->out, FEED_BYTES);

    guest->has_more = state == FEED_HAS_MORE;
    if (state == FEED_ENDED)
        begin_close(guest, guest->socket->close ? guest->socket->close : SOCKET_CLOSE_NORMAL);
    flush(guest);
}

static void feed_is_ready(struct feed *feed)
{
    struct guest *guest = feed->reader;

    guest->has_more = true;
    read_feed(guest);
    settle(guest);
}

void guest_end(struct guest *guest)
{
    if (guest->state != GUEST_TALKING) {
        guest_close(guest);
        return;
    }
    struct feed *feed = &guest->socket->feed;
    while (feed->read(feed, &guest->out, FEED_BYTES) == FEED_HAS_MORE)
        ;
    begin_close(guest, SOCKET_CLOSE_GOING_AWAY);
    flush(guest);
    settle(guest);
}

/* --- frames --- */

static ssize_t give_received(wslay_event_context_ptr context, uint8_t *to, size_t count, int flags,
                             void *user)
{
    struct guest *guest = user;
    size_t given = guest->in.length < count ? guest->in.length : count;

    (void)flags;
    if (given == 0) {
        wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(to, guest->in.bytes, given);
    buffer_drop(&guest->in, given);
    return (ssize_t)given;
}

static ssize_t take_sent(wslay_event_context_ptr context, const uint8_t *bytes, size_t count,
                         int flags, void *user)
{
    struct guest *guest = user;

    (void)context;
    (void)flags;
    buffer_put(&guest->out, bytes, count);
    return (ssize_t)count;
}

static void take_message(wslay_event_context_ptr context,
                         const struct wslay_event_on_msg_recv_arg *message, void *user)
{
    struct guest *guest = user;
    struct socket *socket = guest->socket;
    struct text text = {(const char *)message->msg, message->msg_length};

    (void)context;
    guest->received_us = guest->door->config.clock->mono_us;
    if (message->opcode == WSLAY_CONNECTION_CLOSE && message->msg_length == 1)
        guest->has_half_code = true;
    if (!socket || !socket->take || wslay_is_ctrl_frame(message->opcode))
        return;
    socket->take(socket, message->opcode == WSLAY_TEXT_FRAME ? SOCKET_TEXT : SOCKET_BINARY, text);
    guest->has_more = true; /* it may answer */
}

static bool make_context(struct guest *guest)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = give_received,
        .send_callback = take_sent,
        .on_msg_recv_callback = take_message,
    };

    if (guest->context)
        return true;
    if (wslay_event_context_server_init(&guest->context, &callbacks, guest) != 0) {
        guest->context = NULL;
        return false;
    }
    wslay_event_config_set_max_recv_msg_length(guest->context, guest->socket->message_bytes_max);
    return true;
}

/* Lets wslay take the bytes that have come, and answer them. */
static void take_frames(struct guest *guest)
{
    if (guest->state == GUEST_LEAVING && !guest->context) {
        buffer_clear(&guest->in);
        drain(guest); /* whatever it says, both sides have ended */
        return;
    }
    if (!make_context(guest)) {
        begin_close(guest, SOCKET_CLOSE_FAILURE);
        flush(guest);
        return;
    }
    int failure = wslay_event_recv(guest->context);
    if (failure == WSLAY_ERR_CALLBACK_FAILURE || guest->has_half_code) {
        /* a frame that is none, or half a code: wslay would close without a code */
        begin_close(guest, SOCKET_CLOSE_PROTOCOL);
        flush(guest);
        return;
    }
    bool has_ended = wslay_event_get_close_received(guest->context) ||
                     !wslay_event_get_read_enabled(guest->context);
    if (guest->state == GUEST_TALKING && wslay_event_want_write(guest->context))
        failure = wslay_event_send(guest->context) || failure;
    if (failure == WSLAY_ERR_NOMEM) {
        begin_close(guest, SOCKET_CLOSE_FAILURE);
    } else if (has_ended && guest->state == GUEST_TALKING) {
        guest->state = GUEST_LEAVING; /* wslay has written our close frame */
        free_socket(guest);
        guest->has_more = false;
        arm(guest, CLOSE_US);
    }
    flush(guest);
    read_feed(guest);
}

/* --- the head --- */

/* Returns the ticket in the head, or NULL if it is not the front end's head. */
static struct ticket *find_ticket(struct guest *guest, size_t head_length)
{
    struct text head = {guest->in.bytes, head_length};
    struct text expected = text_of(guest->door->head);

    if (!text_starts_with(head, expected) ||
        head.length < expected.length + TICKET_TEXT_BYTES + 1 ||
        head.at[expected.length + TICKET_TEXT_BYTES] != ' ')
        return NULL;
    return tickets_take(guest->door->config.tickets,
                        (struct text){head.at + expected.length, TICKET_TEXT_BYTES});
}

static void accept_ticket(struct guest *guest, struct ticket *ticket)
{
    buffer_printf(&guest->out,
                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                  "Upgrade\r\nSec-WebSocket-Accept: %s\r\n%s\r\n",
                  ticket->accept,
                  ticket->has_protocol ? "Sec-WebSocket-Protocol: " HANDSHAKE_PROTOCOL "\r\n" : "");
    guest->socket = ticket->socket;
    guest->socket->feed.reader = guest;
    guest->socket->feed.ready = feed_is_ready;
    guest->state = GUEST_TALKING;
    guest->received_us = guest->door->config.clock->mono_us;
    guest->has_more = true;
    free(ticket);
    arm(guest, PING_US);
    flush(guest);
    read_feed(guest);
}

static void take_head(struct guest *guest)
{
    static const char end[] = "\r\n\r\n";
    const char *found = memmem(guest->in.bytes, guest->in.length, end, sizeof(end) - 1);

    if (!found && guest->in.length < HEAD_MAX)
        return;
    size_t length = found ? (size_t)(found - guest->in.bytes) + sizeof(end) - 1 : 0;
    struct ticket *ticket = found && length <= HEAD_MAX ? find_ticket(guest, length) : NULL;
    if (!ticket) {
        guest_close(guest);
        return;
    }
    buffer_drop(&guest->in, length);
    accept_ticket(guest, ticket);
}

/* --- in --- */

/* Reads what has come. Returns false if nothing has, or if the connection was closed. */
static bool receive(struct guest *guest)
{
    struct buffer *in = &guest->in;
    size_t room = guest->state == GUEST_ARRIVING ? HEAD_MAX : READ_BYTES;

    if (!buffer_reserve(in, room - in->length)) {
        guest_close(guest);
        return false;
    }
    ssize_t got = recv(guest->fd, in->bytes + in->length, room - in->length, MSG_DONTWAIT);
    if (got > 0) {
        in->length += (size_t)got;
        return true;
    }
    if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        guest_close(guest);
    return false;
}

void guest_handle(struct guest *guest, uint32_t events)
{
    if (!guest->dead && (events & EPOLLOUT)) {
        flush(guest);
        read_feed(guest);
    }
    if (!guest->dead && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && receive(guest)) {
        if (guest->state == GUEST_ARRIVING)
            take_head(guest);
        if (guest->state == GUEST_DRAINING || guest->state == GUEST_DISCARDING)
            discard(guest);
        else if (!guest->dead && guest->state != GUEST_ARRIVING && guest->in.length > 0)
            take_frames(guest);
    }
    if (guest->dead)
        return;
    buffer_trim(&guest->in, 0);
    settle(guest);
}

/* --- the clock --- */

static void timer_passed(struct timer *timer)
{
    struct guest *guest = TIMER_OWNER(timer, struct guest, timer);
    int64_t silent_us = guest->door->config.clock->mono_us - guest->received_us;

    if (guest->state == GUEST_DISCARDING) {
        drain(guest);
        return;
    }
    if (guest->state != GUEST_TALKING || silent_us >= PONG_US) {
        guest_close(guest);
        return;
    }
    if (guest->out.length == guest->out_sent)
        socket_put(&guest->out, SOCKET_PING, TEXT(""));
    arm(guest, PING_US);
    flush(guest);
    settle(guest);
}
#else
/* Built without WebSockets: no ticket is ever made, so nobody is expected. */
void guest_open(struct door *door, int fd)
{
    (void)door;
    close(fd);
}

void guest_handle(struct guest *guest, uint32_t events)
{
    (void)guest;
    (void)events;
}

void guest_end(struct guest *guest)
{
    (void)guest;
}

void guest_close(struct guest *guest)
{
    (void)guest;
}
#endif
