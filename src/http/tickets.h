/* SPDX-License-Identifier: MIT
 *
 * Tickets to the door of the WebSockets. FastCGI can't carry a WebSocket: so its handshake comes as
 * a request like any other, and the answer sends the front end to the door with a ticket, which is
 * random, valid for TICKETS_VALID_US, and used once (docs/architecture.md, "A WebSocket").
 */
#ifndef HTTP_TICKETS_H
#define HTTP_TICKETS_H

#include <sys/queue.h>

#include "base/clock.h"
#include "base/timer.h"
#include "http/handshake.h"
#include "http/socket.h"

/* The location of nginx/live.conf that leads to the doors of the workers. Behind it are the name of
 * a worker, a slash and a ticket. */
#define TICKETS_LOCATION "/__pool-manager-mock-live/"

enum {
    TICKETS_VALID_US = 10 * 1000 * 1000,
    TICKET_TEXT_BYTES = 32, /* 128 random bits in hexadecimal */
};

/* What the ticket admits. */
struct ticket {
    char text[TICKET_TEXT_BYTES + 1];
    char accept[HANDSHAKE_ACCEPT_BYTES + 1]; /* Sec-WebSocket-Accept */
    bool has_protocol;                       /* the client offered HANDSHAKE_PROTOCOL */
    struct socket *socket;
    int64_t until_us; /* private, like `link` */
    TAILQ_ENTRY(ticket) link;
};

/* The tickets that nobody has used yet. */
struct tickets {
    struct timers *timers;
    const struct clock *clock; /* real time */
    struct timer expiry;
    TAILQ_HEAD(, ticket) waiting; /* the oldest first */
};

void tickets_init(struct tickets *tickets, struct timers *timers, const struct clock *clock);

/* Ends all tickets, and frees their sockets. */
void tickets_end(struct tickets *tickets);

/* Makes a ticket for the socket, which it takes even on failure. Returns NULL without memory. The
 * ticket is borrowed until the next turn. */
const struct ticket *tickets_add(struct tickets *tickets, const struct request *request,
                                 struct socket *socket);

/* Takes out the ticket with that text. Returns NULL if there is none. The caller frees it with
 * free(), and owns its socket. */
struct ticket *tickets_take(struct tickets *tickets, struct text text);

#endif
