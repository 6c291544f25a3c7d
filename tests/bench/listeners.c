/* SPDX-License-Identifier: MIT
 *
 * Many clients that listen to a stream of events, for what `make bench` measures without nginx.
 *
 * listeners listen SOCKET REQUESTS LENGTH COUNT
 *
 * COUNT connections send a request of LENGTH bytes and read whatever comes. REQUESTS is a file with
 * one for each of them, or one for all: the bytes that nginx has sent for it. Prints {"begun"} when
 * something has come on each, and goes on until standard input ends. Then prints {"bytes"}: what
 * has come since.
 *
 * listeners send COUNT BYTES ROUNDS
 *
 * The least that it can cost: sends BYTES bytes to COUNT sockets, which another process reads, and
 * does so ROUNDS times with pauses between. Prints {"cpuUs"}: the CPU time of one send. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS_MAX = 256,
    REQUESTS_BYTES_MAX = 1024 * 1024,
    READ_BYTES = 64 * 1024,
    COUNT_MAX = 100 * 1000,
    ROUNDS_MAX = 100 * 1000,
    PAUSE_NS = 25 * 1000 * 1000, /* longer than the worker's own pause between two passes */
    BASE_TEN = 10,
};

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
    va_list arguments;

    fputs("listeners: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(EX_SOFTWARE);
}

static long number_of(const char *text, long max)
{
    char *end;
    long number = strtol(text, &end, BASE_TEN);

    if (*end || number < 1 || number > max)
        die("%s is not a number from 1 to %ld", text, max);
    return number;
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void watch(int epoll, int fd, uint64_t tag)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = tag};

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
        die("epoll_ctl: %s", strerror(errno));
}

/* Reads what has come. Returns the number of bytes; 0 at the end. */
static size_t drain(int fd)
{
    static char bytes[READ_BYTES];
    ssize_t got = read(fd, bytes, sizeof(bytes));

    return got > 0 ? (size_t)got : 0;
}

/* --- listen --- */

static struct {
    int epoll;
    int *fds;
    bool *has_begun;
    long count, begun;
    uint64_t bytes;
} crowd;

static void open_one(long index, const char *path, const char *request, size_t length)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        die("%s: %s", path, strerror(errno));
    if (send(fd, request, length, MSG_NOSIGNAL) != (ssize_t)length)
        die("the worker takes no request: %s", strerror(errno));
    crowd.fds[index] = fd;
    watch(crowd.epoll, fd, (uint64_t)index);
}

static void open_crowd(const char *path, const char *requests_path, size_t length)
{
    static char requests[REQUESTS_BYTES_MAX];
    int from = open(requests_path, O_RDONLY | O_CLOEXEC);
    ssize_t total = from < 0 ? -1 : read(from, requests, sizeof(requests));

    if (total != (ssize_t)length && total != crowd.count * (ssize_t)length)
        die("%s has not one request for each, or for all", requests_path);
    close(from);
    crowd.epoll = epoll_create1(EPOLL_CLOEXEC);
    crowd.fds = calloc((size_t)crowd.count, sizeof(*crowd.fds));
    crowd.has_begun = calloc((size_t)crowd.count, sizeof(*crowd.has_begun));
    if (crowd.epoll < 0 || !crowd.fds || !crowd.has_begun)
        die("no memory");
    for (long i = 0; i < crowd.count; i++)
        open_one(i, path, requests + (size_t)i * length % (size_t)total, length);
}

/* Reads once. Returns false when standard input, which has the tag `count`, has ended. */
static bool read_crowd(void)
{
    struct epoll_event events[EVENTS_MAX];
    int ready = epoll_wait(crowd.epoll, events, EVENTS_MAX, -1);

    for (int i = 0; i < ready; i++) {
        uint64_t index = events[i].data.u64;
        if (index == (uint64_t)crowd.count)
            return false;
        size_t got = drain(crowd.fds[index]);
        if (got == 0)
            die("the worker has ended a stream");
        crowd.bytes += got;
        crowd.begun += !crowd.has_begun[index];
        crowd.has_begun[index] = true;
    }
    return true;
}

static int listen_to(char **arguments)
{
    long length = number_of(arguments[2], REQUESTS_BYTES_MAX);

    crowd.count = number_of(arguments[3], COUNT_MAX);
    open_crowd(arguments[0], arguments[1], (size_t)length);
    while (crowd.begun < crowd.count)
        read_crowd();
    crowd.bytes = 0;
    puts("{\"begun\":true}");
    fflush(stdout);
    watch(crowd.epoll, STDIN_FILENO, (uint64_t)crowd.count);
    while (read_crowd())
        ;
    printf("{\"bytes\":%llu}\n", (unsigned long long)crowd.bytes);
    return EX_OK;
}

/* --- send --- */

static void read_all(const int *fds, long count)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[EVENTS_MAX];
    long open = count;

    for (long i = 0; i < count; i++)
        watch(epoll, fds[i], (uint64_t)fds[i]);
    while (open > 0) {
        int ready = epoll_wait(epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < ready; i++) {
            if (drain((int)events[i].data.u64) > 0)
                continue;
            close((int)events[i].data.u64);
            open--;
        }
    }
    _exit(EX_OK);
}

static double cpu_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void close_all(const int *fds, long count)
{
    for (long i = 0; i < count; i++)
        close(fds[i]);
}

static int send_to_all(char **arguments)
{
    long count = number_of(arguments[0], COUNT_MAX), bytes = number_of(arguments[1], READ_BYTES);
    long rounds = number_of(arguments[2], ROUNDS_MAX);
    static char text[READ_BYTES];
    int *ours = calloc((size_t)count, sizeof(*ours)),
        *theirs = calloc((size_t)count, sizeof(*ours));
    int pair[2];

    for (long i = 0; i < count; i++) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
            die("socketpair: %s", strerror(errno));
        ours[i] = pair[0];
        theirs[i] = pair[1];
    }
    pid_t reader = fork();
    if (reader == 0) {
        close_all(ours, count);
        read_all(theirs, count);
    }
    close_all(theirs, count);
    double used_us = 0;
    for (long round = 0; round < rounds; round++) {
        double before = cpu_us();
        for (long i = 0; i < count; i++)
            if (send(ours[i], text, (size_t)bytes, MSG_NOSIGNAL | MSG_DONTWAIT) != bytes)
                die("a send was not taken: %s", strerror(errno));
        used_us += cpu_us() - before;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
    close_all(ours, count);
    free(ours);
    free(theirs);
    waitpid(reader, NULL, 0);
    printf("{\"cpuUs\":%.3f}\n", used_us / (double)rounds / (double)count);
    return EX_OK;
}

int main(int argc, char **argv)
{
    raise_descriptor_limit();
    if (argc == 6 && strcmp(argv[1], "listen") == 0)
        return listen_to(argv + 2);
    if (argc == 5 && strcmp(argv[1], "send") == 0)
        return send_to_all(argv + 2);
    fputs("usage: listeners listen SOCKET REQUESTS LENGTH COUNT\n"
          "       listeners send COUNT BYTES ROUNDS\n",
          stderr);
    return EX_USAGE;
}
