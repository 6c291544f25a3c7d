/* SPDX-License-Identifier: MIT
 *
 * Private to the gateway: the descriptors that systemd hands over at a start (sd_listen_fds(3)).
 * First the listening sockets, then the connections that an earlier worker has stored
 * (handover.h).
 */
#ifndef GATEWAY_HANDED_H
#define GATEWAY_HANDED_H

#include <stdbool.h>

#include "base/text.h"

/* The name of each connection of the front end. */
#define HANDED_CONNECTION "connection"

struct handed {
    int fd;
    struct text name; /* borrowed from the environment; absent if systemd has given none */
    int end;          /* the rest is private */
    struct text names;
};

/* Returns a walk over the descriptors, which begins before the first one. There are none if the
 * variables LISTEN_PID and LISTEN_FDS are missing or meant for another process. */
struct handed handed_begin(void);

/* Moves on to the next descriptor. Returns false if there is no other. */
bool handed_next(struct handed *handed);

#endif
