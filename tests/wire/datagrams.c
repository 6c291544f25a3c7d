/* SPDX-License-Identifier: MIT
 *
 * Usage: datagrams PATH
 *
 * A supervisor for the wire tests, because Node.js has no unix datagrams. Makes a socket at PATH
 * and prints each datagram as a line, with "|" for its newlines. The first line is "listening". */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int bind_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(address.sun_path))
        return -1;
    strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    return bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ? fd : -1;
}

int main(int argc, char **argv)
{
    char datagram[4096];
    int fd = argc == 2 ? bind_to(argv[1]) : -1;

    if (fd < 0) {
        perror("datagrams");
        return 1;
    }
    puts("listening");
    for (;;) {
        fflush(stdout);
        ssize_t length = recv(fd, datagram, sizeof(datagram), 0);
        if (length < 0)
            return 1;
        for (ssize_t i = 0; i < length; i++)
            putchar(datagram[i] == '\n' ? '|' : datagram[i]);
        putchar('\n');
    }
}
