/* SPDX-License-Identifier: MIT */
#include "base/supervisor.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/check.h"
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

/* The room of a control message with descriptors. */
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(SUPERVISOR_DESCRIPTORS_MAX * sizeof(int))];
};

static void attach(struct msghdr *message, union control *control, const int *fds, size_t count)
{
    message->msg_control = control;
    message->msg_controllen = CMSG_SPACE(count * sizeof(*fds));
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(*fds));
    memcpy(CMSG_DATA(header), fds, count * sizeof(*fds));
}

static bool send_message(int fd, const struct msghdr *message)
{
    const struct timeval patience = {.tv_usec = SUPERVISOR_PATIENCE_MS * 1000};

    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
           sendmsg(fd, message, MSG_NOSIGNAL) == (ssize_t)message->msg_iov->iov_len;
}

bool supervisor_notify_with(const char *state, const int *fds, size_t count)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    struct iovec text = {.iov_base = (void *)(uintptr_t)state, .iov_len = strlen(state)};
    struct msghdr message = {.msg_name = &address, .msg_iov = &text, .msg_iovlen = 1};
    union control control = {0};

    CHECK(count <= SUPERVISOR_DESCRIPTORS_MAX);
    if (!name)
        return true;
    message.msg_namelen = read_address(name, &address);
    int fd = message.msg_namelen > 0 ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
    if (fd < 0)
        return false;
    if (count > 0)
        attach(&message, &control, fds, count);
    bool sent = send_message(fd, &message);
    int error = errno;
    close(fd);
    errno = error;
    return sent;
}

bool supervisor_notify(const char *state)
{
    return supervisor_notify_with(state, NULL, 0);
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
