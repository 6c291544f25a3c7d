/* SPDX-License-Identifier: MIT
 *
 * The socket that the front end connects to: one that this process opens, or one that its parent
 * hands over.
 */
#ifndef GATEWAY_LISTENER_H
#define GATEWAY_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

enum { LISTENER_BACKLOG = 4096 };

/* The name of the socket for WebSockets. */
#define LISTENER_LIVE "live"

struct listener_config {
    /* "unix:/path", "host:port" (a numeric one too: "[::1]:9000"), or "inherit" */
    const char *address;
    /* of a unix socket that this process opens; whoever can open it has full control */
    mode_t socket_mode;
    const char *socket_group; /* of the same; NULL: unchanged */
    const char *option;       /* that names the address, for sentences: "--listen" */
    /* the name that systemd gives to the socket (FileDescriptorName); NULL: the first socket that
     * has no such name */
    const char *name;
};

struct listener {
    int fd;
    bool is_unix;
    char path[108]; /* of a unix socket that this process opened; "" otherwise */
};

/* Opens, binds and listens, or takes the socket that was handed over: the first one of systemd
 * (LISTEN_FDS, LISTEN_PID), otherwise standard input if it is a listening socket (spawn-fcgi). The
 * socket is non-blocking and closed on exec. If the socket has a `name` and nothing was handed over
 * with it, `out` has the descriptor -1. Returns OK; ERR_BAD_REQUEST with a sentence if the
 * address or the group is wrong; ERR_INTERNAL with a sentence if nothing was handed over, or the
 * socket can't be opened: another process uses it, the path is not a socket, no permission. */
enum err listener_open(const struct listener_config *config, struct listener *out,
                       struct problem *problem);

/* Checks without opening a socket: the form of the address, and that the group exists. Returns OK,
 * or ERR_BAD_REQUEST with a sentence. */
enum err listener_check(const struct listener_config *config, struct problem *problem);

/* Returns true for a listening socket. */
bool listener_is_listening(int fd);

/* How long to accept nothing after listener_lacks_means. */
enum { LISTENER_RETRY_US = 100 * 1000 };

/* Returns true if the errno of accept4 says that a descriptor or memory is missing. The connection
 * then stays in the queue, and the socket readable. */
bool listener_lacks_means(int error);

/* Closes the socket, and unlinks its path if this process opened it. May be called again. */
void listener_close(struct listener *listener);

#endif
