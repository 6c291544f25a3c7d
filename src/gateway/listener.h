/* SPDX-License-Identifier: MIT
 *
 * The socket that the front end connects to: our own, or one that whoever started us has opened.
 */
#ifndef GATEWAY_LISTENER_H
#define GATEWAY_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

enum { LISTENER_BACKLOG = 4096 };

struct listener_config {
    /* "unix:/path", "host:port" (a numeric one too: "[::1]:9000"), or "inherit" */
    const char *address;
    /* of a unix socket of our own: who may connect is who may ask for anything */
    mode_t socket_mode;
    const char *socket_group; /* of it; NULL leaves it */
};

struct listener {
    int fd;
    bool is_unix;
    char path[108]; /* of a unix socket of our own, to be unlinked; else "" */
};

/* Opens, binds and listens, or takes what was handed over: systemd's first socket (LISTEN_FDS,
 * LISTEN_PID), else a listening standard input (spawn-fcgi). The socket is non-blocking and closed
 * on exec. Returns OK; ERR_BAD_REQUEST with a sentence for an address or group that can't be right,
 * or where nothing was handed over; ERR_INTERNAL with a sentence for one that can't be had: in use
 * by another process, a path that is no socket, no permission. */
enum err listener_open(const struct listener_config *config, struct listener *out,
                       struct problem *problem);

/* Checks what can be told without a socket: the address's form, and that the group exists. Returns
 * OK, or ERR_BAD_REQUEST with a sentence. */
enum err listener_check(const struct listener_config *config, struct problem *problem);

/* True for a socket that takes connections. */
bool listener_is_listening(int fd);

/* Stops listening: closes, and unlinks a path of our own. Twice is legal. */
void listener_close(struct listener *listener);

#endif
