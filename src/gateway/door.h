/* SPDX-License-Identifier: MIT
 *
 * The door of the WebSockets: a second socket to which the front end brings a client that has a
 * ticket (http/tickets.h). The front end itself writes the request's head there, so nothing of the
 * client's is in it: the head is compared, not parsed. What follows are frames (RFC 6455).
 *
 * The door has an epoll descriptor of its own, which the loop watches.
 */
#ifndef GATEWAY_DOOR_H
#define GATEWAY_DOOR_H

#include "base/clock.h"
#include "base/err.h"
#include "base/timer.h"
#include "gateway/listener.h"
#include "http/tickets.h"

struct door;

struct door_config {
    struct listener_config listener;
    const char *worker_name;
    struct tickets *tickets; /* borrowed, like the members below */
    struct timers *timers;
    const struct clock *clock;
};

/* Opens the door. `*out` stays NULL, with OK, if the listener is "inherit" and nothing was handed
 * over for it. Returns OK, ERR_NO_MEMORY, or an error of listener_open. */
enum err door_open(const struct door_config *config, struct door **out, struct problem *problem);

/* The descriptor that is readable while the door has work. */
int door_fd(const struct door *door);

/* Does the work that there is, a bounded part of it. */
void door_run(struct door *door);

/* Ends all WebSockets, after what there is to send now, and takes no more. */
void door_begin_stop(struct door *door);

/* Returns true if no connection is left. */
bool door_is_empty(const struct door *door);

/* Frees connections that have ended. Call it at the end of each turn. */
void door_free_dead(struct door *door);

/* Closes and frees everything, and nulls the pointer; NULL is legal. */
void door_close(struct door **door);

#endif
