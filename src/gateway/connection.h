/* SPDX-License-Identifier: MIT
 *
 * Private to the gateway: one connection of the front end, its bytes in and out, and the request it
 * is busy with.
 */
#ifndef GATEWAY_CONNECTION_H
#define GATEWAY_CONNECTION_H

#include <sys/queue.h>

#include "base/buffer.h"
#include "gateway/decode.h"
#include "gateway/gateway.h"
#include "gateway/intake.h"

struct connection;

struct connection {
    struct gateway *gateway;
    int fd;
    bool is_unix;
    bool dead;       /* closed; freed when the batch of events is done */
    bool ended;      /* the client sends no more */
    bool closing;    /* close when the answer is out */
    bool body_open;  /* the record that ends the last request's body has not come */
    bool lingering;  /* all is sent, and it is closed when the front end closes */
    bool wants_pull; /* the exchange has a further piece when there is room */
    bool counted;    /* among the open requests */
    bool over_limit; /* the request on its way in began past their limit */
    bool has_work;   /* is in the queue of work */
    bool is_idle;    /* is in the queue of the idle */
    uint32_t events; /* what epoll watches for */
    struct buffer in, out;
    size_t out_sent;
    struct intake intake;
    struct exchange *exchange; /* the request that is served; NULL between requests */
    /* of a request that is on its way in, or an answer that is on its way out */
    struct timer deadline;
    enum { DEADLINE_NONE, DEADLINE_RECEIVE, DEADLINE_SEND } deadline_kind;
    int64_t idle_since_us;       /* by the monotonic clock */
    LIST_ENTRY(connection) link; /* among all, or among the dead */
    TAILQ_ENTRY(connection) idle_link;
    TAILQ_ENTRY(connection) work_link;
};

TAILQ_HEAD(connection_queue, connection);

struct gateway {
    struct gateway_config config;
    struct intake_limits limits;
    struct listener listener;
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
    struct connection_queue idle;      /* the longest idle first */
    struct connection_queue work;      /* first come, first served */
    struct buffer spare_in, spare_out; /* memory that goes from one connection to the next */
};

/* Takes over a connected, non-blocking socket; without memory it is closed. */
void connection_open(struct gateway *gateway, int fd);

/* What epoll has told of it. */
void connection_handle(struct connection *connection, uint32_t events);

/* Takes the first connection off the queue of work, which is not empty, and goes on with what has
 * nothing to wait for: a further request in its bytes, or a further piece of its answer. */
void connection_work_first(struct gateway *gateway);

/* Gives up its request and closes it; freed by gateway. */
void connection_close(struct connection *connection);

/* Reads what is there, before a stop. */
void connection_drain(struct connection *connection);

/* True if nothing waits to be read from it: with an idle one nothing is lost by closing it. */
bool connection_is_silent(const struct connection *connection);

/* True while it has bytes of a request, a request or an answer. */
bool connection_is_busy(const struct connection *connection);

#endif
