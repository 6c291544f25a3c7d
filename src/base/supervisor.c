/* SPDX-License-Identifier: MIT */
#include "base/supervisor.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"

/* Fills in the address of a socket that is named by a path, or by '@' and an abstract name. Returns
 * its length, or 0 with errno set if the name has another form or is too long. An abstract name
 * ends with its last byte, without a NUL. */
static socklen_t read_address(const char *name, struct sockaddr_un *address)
{
    size_t length = strlen(name);

    if (name[0] != '/' && name[0] != '@') {
        errno = EAFNOSUPPORT;
        return 0;
    }
    if (length >= sizeof(address->sun_path)) {
        errno = ENAMETOOLONG;
        return 0;
    }
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, name, length);
    if (name[0] == '@')
        address->sun_path[0] = '\0';
    else
        length++; /* the closing NUL */
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static bool send_state(int fd, const struct sockaddr_un *address, socklen_t size, const char *state)
{
    const struct timeval patience = {.tv_usec = SUPERVISOR_PATIENCE_MS * 1000};
    size_t length = strlen(state);

    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
           sendto(fd, state, length, MSG_NOSIGNAL, (const struct sockaddr *)address, size) ==
               (ssize_t)length;
}

bool supervisor_notify(const char *state)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;

    if (!name)
        return true;
    socklen_t size = read_address(name, &address);
    int fd = size > 0 ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0)
        return false;
    bool sent = send_state(fd, &address, size, state);
    int error = errno;
    close(fd);
    errno = error;
    return sent;
}

bool supervisor_notify_status(struct text sentence)
{
    char state[sizeof("STATUS=") + PROBLEM_TEXT_MAX];

    snprintf(state, sizeof(state), "STATUS=%.*s", TEXT_ARGS(sentence));
    for (char *c = state; *c; c++) /* a newline would begin another assignment */
        if ((unsigned char)*c < ' ' || *c == '\x7F')
            *c = ' ';
    return supervisor_notify(state);
}
