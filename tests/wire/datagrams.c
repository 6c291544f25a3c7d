/* SPDX-License-Identifier: MIT
 *
 * Usage: datagrams PATH
 *
 * A supervisor for the wire tests, because Node.js has no unix datagrams. Makes a socket at PATH
 * and prints each datagram as a line, with "|" for its newlines, and " +2" at the end if it has two
 * descriptors, which are closed. The first line is "listening". */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { DESCRIPTORS_MAX = 253 }; /* in a message; the kernel's maximum */

static int bind_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(address.sun_path))
        return -1;
    strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    return bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ? fd : -1;
}

/* Closes the descriptors that have come with a message. Returns their number. */
static size_t close_attached(struct msghdr *message)
{
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    size_t count = header ? (header->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;

    for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(header) + i * sizeof(fd), sizeof(fd));
        close(fd);
    }
    return count;
}

/* Prints the next datagram. Returns false if there is none. */
static bool print_next(int fd)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
    } control;
    char datagram[4096];
    struct iovec text = {.iov_base = datagram, .iov_len = sizeof(datagram)};
    struct msghdr message = {.msg_iov = &text,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);

    if (length < 0)
        return false;
    for (ssize_t i = 0; i < length; i++)
        putchar(datagram[i] == '\n' ? '|' : datagram[i]);
    size_t attached = close_attached(&message);
    if (attached > 0)
        printf(" +%zu", attached);
    putchar('\n');
    fflush(stdout);
    return true;
}

int main(int argc, char **argv)
{
    int fd = argc == 2 ? bind_to(argv[1]) : -1;

    if (fd < 0) {
        perror("datagrams");
        return 1;
    }
    puts("listening");
    fflush(stdout);
    while (print_next(fd))
        ;
    return 1;
}
