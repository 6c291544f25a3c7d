/* SPDX-License-Identifier: MIT
 *
 * Usage: packet-client WORKER [OPTION...]
 *
 * Shows what a worker sends with each system call: starts it on a SOCK_SEQPACKET socket, where each
 * send is one packet. Each line of standard input is a request in hexadecimal digits, on a
 * connection that is not kept. Prints each packet of the answer as a line of hexadecimal digits,
 * and an empty line after the last. */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PACKET_MAX = 1 << 18 };

/* Listens at an address that the kernel chooses. */
static int listen_anywhere(struct sockaddr_un *address, socklen_t *length)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    *length = sizeof(*address);
    if (fd < 0 || bind(fd, (struct sockaddr *)address, sizeof(sa_family_t)) < 0 ||
        listen(fd, 8) < 0 || getsockname(fd, (struct sockaddr *)address, length) < 0)
        err(1, "the listening socket");
    return fd;
}

static pid_t start_worker(char **command, int listening)
{
    pid_t pid = fork();

    if (pid < 0)
        err(1, "fork");
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(listening, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        err(1, "dup2");
    execv(command[0], command);
    err(1, "%s", command[0]);
}

/* Sends the request. Decodes its digits in place. */
static void send_request(int fd, char *digits, size_t count)
{
    unsigned byte;

    for (size_t i = 0; i + 1 < count; i += 2) {
        if (sscanf(digits + i, "%2x", &byte) != 1)
            errx(65, "no hexadecimal digits");
        digits[i / 2] = (char)byte;
    }
    if (send(fd, digits, count / 2, MSG_NOSIGNAL) != (ssize_t)(count / 2))
        err(1, "the request");
}

static void print_packets(int fd)
{
    static unsigned char packet[PACKET_MAX];
    ssize_t count;

    while ((count = recv(fd, packet, sizeof(packet), 0)) > 0) {
        for (ssize_t i = 0; i < count; i++)
            printf("%02x", packet[i]);
        printf("\n");
    }
    printf("\n");
    fflush(stdout);
}

static void ask(const struct sockaddr_un *address, socklen_t length, char *digits, size_t count)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (const struct sockaddr *)address, length) < 0)
        err(1, "the connection");
    send_request(fd, digits, count);
    print_packets(fd);
    close(fd);
}

int main(int argc, char **argv)
{
    struct sockaddr_un address;
    socklen_t address_length;
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    int status;

    if (argc < 2)
        errx(64, "usage: packet-client WORKER [OPTION...]");
    int listening = listen_anywhere(&address, &address_length);
    pid_t worker = start_worker(argv + 1, listening);
    while ((length = getline(&line, &size, stdin)) > 1)
        ask(&address, address_length, line, (size_t)length - 1);
    free(line);
    kill(worker, SIGTERM);
    return waitpid(worker, &status, 0) == worker && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
