/* SPDX-License-Identifier: MIT
 *
 * The FastCGI front of the service: one loop, one thread, nothing in it blocks
 * (docs/architecture.md, "A turn").
 */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/timer.h"
#include "gateway/listener.h"
#include "http/tickets.h"
#include "service/service.h"

struct gateway_config {
    struct listener_config listener;
    struct body_limits bodies;   /* a longer body is counted and dropped; admin_token is borrowed */
    size_t requests_max;         /* open at once: begun and not answered completely */
    struct listener_config live; /* the socket for WebSockets; its address may be NULL: none */
    const char *worker_name;     /* part of the path to that socket; borrowed */
    struct tickets *tickets;     /* borrowed */
    int64_t receive_timeout_us;  /* from a request's first byte to its last */
    int64_t send_timeout_us;     /* how long the front end may take none of an answer */
};

struct gateway;

/* Opens the listening socket. Timers, clock and log are borrowed for the gateway's life. The
 * service is made with gateway_answer, and is given to gateway_run. Returns OK, ERR_NO_MEMORY, or
 * an error of listener_open or decoder_new with its sentence. */
enum err gateway_open(const struct gateway_config *config, struct timers *timers,
                      struct clock *clock, struct log *log, struct gateway **out,
                      struct problem *problem);

/* Returns true if there is a socket for WebSockets. */
bool gateway_has_door(const struct gateway *gateway);

/* The service's `answer`. */
service_answer gateway_answer;

/* Serves until SIGTERM or SIGINT. Then answers what has arrived, for at most one second; another
 * signal ends it at once. SIGHUP reopens the log. The signals must be blocked
 * (gateway_prepare_process). Returns OK, or ERR_INTERNAL with a sentence if the loop itself fails.
 */
enum err gateway_run(struct gateway *gateway, struct service *service, struct problem *problem);

/* Blocks the signals that the loop reads itself, and raises the limit of descriptors to its
 * maximum. Call it before anything else. */
void gateway_prepare_process(void);

/* Closes every socket, frees, and nulls the pointer; NULL is legal. */
void gateway_close(struct gateway **gateway);

#endif
