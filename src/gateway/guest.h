/* SPDX-License-Identifier: MIT
 *
 * Private to the gateway: the struct of the door, and one connection at it (a guest): first the
 * head, then a WebSocket.
 */
#ifndef GATEWAY_GUEST_H
#define GATEWAY_GUEST_H

#include <sys/queue.h>

#include "base/buffer.h"
#include "gateway/door.h"

struct wslay_event_context;

enum { GUEST_HEAD_PREFIX_MAX = 80 };

struct door {
    struct door_config config;
    struct listener listener;
    int epoll;
    struct timer resume_accepting; /* armed while no descriptor is free */
    bool is_stopping;
    char head[GUEST_HEAD_PREFIX_MAX]; /* what the request line begins with, before the ticket */
    LIST_HEAD(, guest) guests, dead;
};

enum guest_state {
    GUEST_ARRIVING, /* its head is not complete */
    GUEST_TALKING,
    GUEST_LEAVING,    /* a close frame is sent or will be; the client's is awaited */
    GUEST_DISCARDING, /* a wrong frame has come; input is discarded until the client stops sending
                       */
    GUEST_DRAINING,   /* all is sent, and our side is shut down: waits for the end of the other */
};

struct guest {
    struct door *door;
    int fd;
    enum guest_state state;
    bool dead;          /* closed; freed at the end of the turn */
    bool has_half_code; /* the client has closed with one byte where a code has two */
    bool has_more;      /* the feed has more, to be read when all is sent */
    uint32_t events;    /* what epoll watches for */
    struct buffer in, out;
    size_t out_sent;
    struct socket *socket;               /* owned; NULL while arriving */
    struct wslay_event_context *context; /* NULL before the first byte of a frame has come */
    struct timer timer;                  /* a deadline, or the next ping */
    int64_t received_us; /* monotonic; the last message, or the beginning of the state */
    LIST_ENTRY(guest) link;
};

/* Takes over a connected, non-blocking socket; closes it if there is no memory. */
void guest_open(struct door *door, int fd);

/* Handles the events that epoll reported. */
void guest_handle(struct guest *guest, uint32_t events);

/* Ends the WebSocket because the worker stops, after what there is to send now. */
void guest_end(struct guest *guest);

/* Closes the connection at once. The door frees it later. */
void guest_close(struct guest *guest);

#endif
