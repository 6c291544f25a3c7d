/* SPDX-License-Identifier: MIT
 *
 * The lower bound for the worker's costs: a program with the same kind of loop (one thread, epoll,
 * kept connections, non-blocking sockets, libfcgi decoding each request from a memory file) that
 * gives the same answer to every request. It has no routes, state, log or limits, and it trusts its
 * front end completely: for `make bench` only.
 *
 * Usage: constant SOCKET ANSWER. It makes the unix socket SOCKET and listens there. The file ANSWER
 * holds a CGI answer, head and body. SIGTERM ends it. */
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

enum {
    BACKLOG = 4096,
    EVENTS_MAX = 256,              /* in a turn */
    REQUEST_BYTES_MAX = 16 * 1024, /* a longer request ends the connection */
    ANSWER_BYTES_MAX = 16 * 1024,
    HEADER_BYTES = 8,
    TYPE_END_REQUEST = 3,
    TYPE_STDIN = 5,
    TYPE_STDOUT = 6,
};

struct connection {
    int fd;
    size_t length; /* the bytes of the request that have arrived */
    size_t walked; /* the length of the whole records among them */
    unsigned char bytes[REQUEST_BYTES_MAX];
};

/* The answer to every request: a STDOUT record, the empty one, END_REQUEST. */
struct answer {
    size_t length;
    size_t headers[3]; /* the offsets of the records */
    unsigned char bytes[ANSWER_BYTES_MAX + 4 * HEADER_BYTES];
};

static int epoll, listener, file;
static struct answer answer;

static void die(const char *what)
{
    perror(what);
    exit(EX_OSERR);
}

/* Writes a record's header. Its content is written separately. */
static void put_header(int record, unsigned char type, size_t content, size_t padding)
{
    const unsigned char header[HEADER_BYTES] = {
        1,
        type,
        0,
        1,
        (unsigned char)(content >> 8),
        (unsigned char)content,
        (unsigned char)padding,
    };

    answer.headers[record] = answer.length;
    memcpy(answer.bytes + answer.length, header, HEADER_BYTES);
    answer.length += HEADER_BYTES;
}

static void read_answer(const char *path)
{
    int from = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t content = from < 0 ? -1 : read(from, answer.bytes + HEADER_BYTES, ANSWER_BYTES_MAX);

    if (content <= 0)
        die(path);
    close(from);
    size_t padding = -(size_t)content & 7;
    put_header(0, TYPE_STDOUT, (size_t)content, padding);
    answer.length += (size_t)content + padding;
    put_header(1, TYPE_STDOUT, 0, 0);
    put_header(2, TYPE_END_REQUEST, 8, 0);
    answer.length += 8;
}

static void watch(int fd, void *tag)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = tag};

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll_ctl");
}

static void open_listener(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(listener, BACKLOG) < 0)
        die(path);
    watch(listener, NULL);
}

static void accept_all(void)
{
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct connection *connection = malloc(sizeof(*connection));
        if (!connection)
            die("malloc");
        connection->fd = fd;
        connection->length = connection->walked = 0;
        watch(fd, connection);
    }
}

/* True if the whole request has arrived: its last record is an empty STDIN. */
static bool is_whole(struct connection *connection)
{
    while (connection->length - connection->walked >= HEADER_BYTES) {
        const unsigned char *header = connection->bytes + connection->walked;
        size_t content = (size_t)header[4] << 8 | header[5];
        size_t total = HEADER_BYTES + content + header[6];
        if (connection->length - connection->walked < total)
            return false;
        connection->walked += total;
        if (header[1] == TYPE_STDIN && content == 0)
            return true;
    }
    return false;
}

/* Returns false if the request has no target. */
static bool decode(const unsigned char *bytes, size_t length)
{
    FCGX_Request request = {.ipcFd = file, .keepConnection = 1, .listen_sock = -1};

    if (pwrite(file, bytes, length, 0) != (ssize_t)length || lseek(file, 0, SEEK_SET) != 0 ||
        FCGX_Accept_r(&request) != 0)
        die("a request can't be decoded");
    bool has_target = FCGX_GetParam("REQUEST_URI", request.envp) != NULL;
    FCGX_Free(&request, 0);
    return has_target;
}

/* Sends the answer with the request's id. The front end always has room for the short answer. */
static bool send_answer(const struct connection *connection)
{
    for (int record = 0; record < 3; record++)
        memcpy(answer.bytes + answer.headers[record] + 2, connection->bytes + 2, 2);
    return send(connection->fd, answer.bytes, answer.length, MSG_DONTWAIT | MSG_NOSIGNAL) ==
           (ssize_t)answer.length;
}

/* Returns false if the connection has ended. */
static bool serve(struct connection *c)
{
    ssize_t got = recv(c->fd, c->bytes + c->length, sizeof(c->bytes) - c->length, MSG_DONTWAIT);

    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    c->length += (size_t)got;
    if (!is_whole(c))
        return true;
    bool is_open = decode(c->bytes, c->walked) && send_answer(c);
    c->length = c->walked = 0; /* nginx sends the next request only after the answer */
    return is_open;
}

static void take_turn(void)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(epoll, events, EVENTS_MAX, -1);

    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;
        if (!connection) {
            accept_all();
        } else if (!serve(connection)) {
            close(connection->fd);
            free(connection);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: constant SOCKET ANSWER\n", stderr);
        return EX_USAGE;
    }
    read_answer(argv[2]);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    file = memfd_create("request", MFD_CLOEXEC);
    if (FCGX_Init() != 0 || epoll < 0 || file < 0)
        die("constant");
    signal(SIGTERM, SIG_DFL); /* FCGX_Init has installed a handler that does not end the process */
    open_listener(argv[1]);
    for (;;)
        take_turn();
}
