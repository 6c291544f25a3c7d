/* SPDX-License-Identifier: MIT
 *
 * A FastCGI client for what `make bench` measures without nginx. The request is a file with the
 * bytes that nginx has sent for it. Each time it is sent it gets another REQUEST_ID, which no
 * earlier run has used: the worker would answer a repeated id with the first claim's pod.
 *
 * loader load SOCKET REQUEST CLIENTS MS
 *
 * CLIENTS kept connections send the request for MS milliseconds, each as soon as its last answer
 * has come. Prints {"requests", "seconds", "p50Us", "p99Us"}.
 *
 * loader start SOCKET REQUEST PROGRAM [ARGUMENT...]
 *
 * Starts the program with the listening socket SOCKET as standard input, as spawn-fcgi does, so
 * that the request is there from the start. Prints {"pid", "firstAnswerMs"}: the time from just
 * before the fork to the end of the answer. The program goes on until standard input ends.
 *
 * Every answer has to have the status 200. Otherwise the loader exits with a message. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS_MAX = 256,
    REQUEST_BYTES_MAX = 16 * 1024,
    ANSWER_BYTES_MAX = 16 * 1024,
    HEADER_BYTES = 8,
    TYPE_END_REQUEST = 3,
    ID_BYTES = 32,
    WAIT_MAX_US = 1000 * 1000, /* a longer wait is counted as this */
    CLIENTS_MAX = 100 * 1000,
    MS_MAX = 3600 * 1000,
    BASE_TEN = 10,
};

struct client {
    int fd;
    int64_t sent_us;
    size_t length; /* the bytes of the answer that have arrived */
    size_t walked; /* the length of the whole records among them */
    unsigned char answer[ANSWER_BYTES_MAX];
};

static unsigned char request[REQUEST_BYTES_MAX];
static size_t request_length;
static unsigned char *id; /* in the request; NULL: it has none */
static uint64_t run, sequence;
static uint32_t waits[WAIT_MAX_US + 1]; /* by length, in microseconds */

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
    va_list arguments;

    fputs("loader: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(EX_SOFTWARE);
}

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 * 1000 + now.tv_nsec / 1000;
}

static void read_request(const char *path)
{
    static const char name[] = "REQUEST_ID";
    int from = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = from < 0 ? -1 : read(from, request, sizeof(request));

    if (got <= 0 || got == (ssize_t)sizeof(request))
        die("%s can't be read, or is too long", path);
    close(from);
    request_length = (size_t)got;
    id = memmem(request, request_length, name, sizeof(name) - 1);
    if (id)
        id += sizeof(name) - 1;
    if (getrandom(&run, sizeof(run), 0) != (ssize_t)sizeof(run))
        die("no random number");
}

static int new_socket(const char *path, struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        die("socket: %s", strerror(errno));
    address->sun_family = AF_UNIX;
    snprintf(address->sun_path, sizeof(address->sun_path), "%s", path);
    return fd;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address;
    int fd = new_socket(path, &address);

    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        die("%s: %s", path, strerror(errno));
    return fd;
}

static int listen_on(const char *path)
{
    struct sockaddr_un address;
    int fd = new_socket(path, &address);

    unlink(path);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, SOMAXCONN) < 0)
        die("%s: %s", path, strerror(errno));
    return fd;
}

static void send_request(struct client *client)
{
    char fresh[ID_BYTES + 1];

    if (id) {
        snprintf(fresh, sizeof(fresh), "%016" PRIx64 "%016" PRIx64, run, sequence++);
        memcpy(id, fresh, ID_BYTES);
    }
    client->length = client->walked = 0;
    client->sent_us = now_us();
    if (send(client->fd, request, request_length, MSG_NOSIGNAL) != (ssize_t)request_length)
        die("the worker does not take a request: %s", strerror(errno));
}

static void check_status(const struct client *client)
{
    static const char expected[] = "Status: 200 ";

    if (!memmem(client->answer, client->length, expected, sizeof(expected) - 1))
        die("not a 200: %.*s", (int)client->length - HEADER_BYTES,
            (const char *)client->answer + HEADER_BYTES);
}

/* Reads what has arrived. Returns true at the end of the answer. */
static bool take_answer(struct client *c)
{
    ssize_t got = recv(c->fd, c->answer + c->length, sizeof(c->answer) - c->length, 0);

    if (got <= 0)
        die("the worker has closed a connection, or the answer is too long");
    c->length += (size_t)got;
    while (c->length - c->walked >= HEADER_BYTES) {
        const unsigned char *header = c->answer + c->walked;
        size_t total = HEADER_BYTES + ((size_t)header[4] << 8 | header[5]) + header[6];
        if (c->length - c->walked < total)
            return false;
        c->walked += total;
        if (header[1] == TYPE_END_REQUEST) {
            check_status(c);
            return true;
        }
    }
    return false;
}

static uint32_t wait_at(uint64_t requests, unsigned percent)
{
    uint64_t seen = 0;

    for (uint32_t us = 0; us < WAIT_MAX_US; us++)
        if ((seen += waits[us]) * 100 >= requests * percent)
            return us;
    return WAIT_MAX_US;
}

static struct client *open_clients(const char *socket, int count, int epoll)
{
    struct client *clients = calloc((size_t)count, sizeof(*clients));

    if (!clients)
        die("no memory");
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};
        clients[i].fd = connect_to(socket);
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &event) < 0)
            die("epoll_ctl: %s", strerror(errno));
    }
    return clients;
}

static void load(const char *socket, int count, int64_t ms)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC), open = count;
    struct client *clients = open_clients(socket, count, epoll);
    int64_t begin = now_us(), now = begin;
    uint64_t requests = 0;

    for (int i = 0; i < count; i++)
        send_request(&clients[i]);
    while (open > 0) { /* until the last answer has come */
        struct epoll_event events[EVENTS_MAX];
        int got = epoll_wait(epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < got; i++) {
            struct client *client = events[i].data.ptr;
            if (!take_answer(client))
                continue;
            now = now_us();
            int64_t wait = now - client->sent_us;
            waits[wait < WAIT_MAX_US ? wait : WAIT_MAX_US]++;
            requests++;
            if (now - begin < ms * 1000)
                send_request(client);
            else
                open--;
        }
    }
    printf("{\"requests\":%" PRIu64 ",\"seconds\":%.6f,\"p50Us\":%" PRIu32 ",\"p99Us\":%" PRIu32
           "}\n",
           requests, (double)(now - begin) / 1e6, wait_at(requests, 50), wait_at(requests, 99));
    free(clients);
}

static pid_t start_program(char **arguments, int listener)
{
    pid_t pid = fork();

    if (pid < 0)
        die("fork: %s", strerror(errno));
    if (pid > 0) {
        close(listener); /* if the program ends, the connection then breaks */
        return pid;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* it ends with the loader, whatever happens */
    dup2(listener, STDIN_FILENO);
    execv(arguments[0], arguments);
    die("%s: %s", arguments[0], strerror(errno));
}

static void start(const char *socket, char **arguments)
{
    struct client client = {0};
    int listener = listen_on(socket);
    int64_t begin = now_us();
    pid_t pid;
    char byte;

    client.fd = connect_to(socket);
    send_request(&client);
    pid = start_program(arguments, listener);
    while (!take_answer(&client))
        ;
    printf("{\"pid\":%d,\"firstAnswerMs\":%.3f}\n", (int)pid, (double)(now_us() - begin) / 1e3);
    fflush(stdout);
    close(client.fd);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    unlink(socket);
}

static int64_t read_count(const char *text, int64_t max)
{
    char *end;
    int64_t value = strtoll(text, &end, BASE_TEN);

    if (*end || value < 1 || value > max)
        die("%s is not a number from 1 to %" PRId64, text, max);
    return value;
}

int main(int argc, char **argv)
{
    if (argc >= 5 && strcmp(argv[1], "start") == 0) {
        read_request(argv[3]);
        start(argv[2], argv + 4);
    } else if (argc == 6 && strcmp(argv[1], "load") == 0) {
        read_request(argv[3]);
        load(argv[2], (int)read_count(argv[4], CLIENTS_MAX), read_count(argv[5], MS_MAX));
    } else {
        fputs("usage: loader load SOCKET REQUEST CLIENTS MS\n"
              "       loader start SOCKET REQUEST PROGRAM [ARGUMENT...]\n",
              stderr);
        return EX_USAGE;
    }
    return EX_OK;
}
