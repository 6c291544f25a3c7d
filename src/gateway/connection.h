/* SPDX-License-Identifier: MIT
 *
 * Private to the gateway: the gateway's own struct, and one connection of the front end, with its
 * bytes in and out and the request that is served on it.
 */
#ifndef GATEWAY_CONNECTION_H
#define GATEWAY_CONNECTION_H

#include <sys/queue.h>

#include "base/buffer.h"
#include "gateway/decode.h"
#include "gateway/door.h"
#include "gateway/gateway.h"
#include "gateway/intake.h"

struct connection;

struct connection {
    struct gateway *gateway;
    int fd;
    bool is_unix;
    bool dead;       /* closed; freed at the end of the turn */
    bool ended;      /* the front end sends no more */
    bool closing;    /* close when the answer is out */
    bool body_open;  /* the record that ends the last request's body has not come */
    bool lingering;  /* everything is sent; waits for the front end to close */
    bool wants_pull; /* its exchange or its feed has more, to be taken when there is room */
    bool counted;    /* in open_requests */
    enum service_connection shown; /* in the metrics */
    bool over_limit;               /* the request that is arriving exceeds --requests-max */
    bool has_work;                 /* is in the queue of work */
    bool is_idle;                  /* is in the queue of idle connections */
    uint32_t events;               /* what epoll watches for */
    struct buffer in, out;
    size_t out_sent;
    struct intake intake;
    struct exchange *exchange; /* the request that is served; NULL between requests */
    struct feed *feed;         /* owned; what the last request left to be read; NULL: nothing */
    /* when the rest of a request must have arrived, or some of an answer been taken */
    struct timer deadline;
    enum { DEADLINE_NONE, DEADLINE_RECEIVE, DEADLINE_SEND } deadline_kind;
    int64_t idle_since_us;       /* by the monotonic clock */
    LIST_ENTRY(connection) link; /* in `connections` or in `dead` */
    TAILQ_ENTRY(connection) idle_link;
    TAILQ_ENTRY(connection) work_link;
};

TAILQ_HEAD(connection_queue, connection);

struct gateway {
    struct gateway_config config;
    struct intake_limits limits;
    struct listener listener;
    struct door *door; /* NULL: there is none */
    struct decoder *decoder;
    struct service *service;
    struct timers *timers;
    struct clock *clock;
    struct log *log;
    int epoll;
    int signals;
    bool accepting; /* the listener is watched */
    bool stopping;
    bool finished;
    struct timer resume_accepting, stop_deadline;
    size_t open_requests;
    LIST_HEAD(, connection) connections, dead;
    struct connection_queue idle;      /* longest idle first */
    struct connection_queue work;      /* first come, first served */
    struct buffer spare_in, spare_out; /* memory that connections pass on to each other */
};

/* Takes over a connected, non-blocking socket; closes it if there is no memory. */
void connection_open(struct gateway *gateway, int fd);

/* Handles the events that epoll reported. */
void connection_handle(struct connection *connection, uint32_t events);

/* Takes the first connection off the queue of work, which must not be empty, and continues it: with
 * the next piece of its answer, or the next request in its bytes. */
void connection_work_first(struct gateway *gateway);

/* Abandons the request and closes the connection. The gateway frees it later. */
void connection_close(struct connection *connection);

/* Reads and runs what has arrived, before a stop. */
void connection_drain(struct connection *connection);

/* Ends the feed of a connection that has one, once all that there is in it is read. Does nothing
 * while earlier bytes are still to be sent; so call it again. */
void connection_end_feed(struct connection *connection);

/* Returns true if nothing waits to be read: an idle connection can be closed without loss. */
bool connection_is_silent(const struct connection *connection);

/* Returns true while the connection holds part of a request, a request, or part of an answer. */
bool connection_is_busy(const struct connection *connection);

/* Returns true if the connection is between two requests: its next byte begins another one. */
bool connection_is_reusable(const struct connection *connection);

#endif
