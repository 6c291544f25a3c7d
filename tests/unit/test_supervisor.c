/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/supervisor.h"

static char folder[32];
static char path[64];

static void make_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/pool-manager-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/notify", folder);
    assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
}

static void remove_folder(void)
{
    unsetenv("NOTIFY_SOCKET");
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

SUITE(.set_up = make_folder, .tear_down = remove_folder);

/* Opens a supervisor's socket. `size` is the size of the address. */
static int open_supervisor(const struct sockaddr_un *address, size_t size)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    assert_int_equal(bind(fd, (const struct sockaddr *)address, (socklen_t)size), 0);
    return fd;
}

static int open_supervisor_at_path(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    return open_supervisor(&address, sizeof(address));
}

static void assert_received(int fd, const char *expected)
{
    char datagram[1024];
    ssize_t length = recv(fd, datagram, sizeof(datagram), 0);

    assert_true(length >= 0);
    assert_text(((struct text){datagram, (size_t)length}), expected);
}

/* Asserts that a datagram with `count` descriptors arrives. Returns the first one, and closes the
 * others. */
static int receive_descriptors(int fd, const char *expected, size_t count)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(SUPERVISOR_DESCRIPTORS_MAX * sizeof(int))];
    } control;
    char datagram[256];
    struct iovec text = {.iov_base = datagram, .iov_len = sizeof(datagram)};
    struct msghdr message = {.msg_iov = &text,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    int fds[SUPERVISOR_DESCRIPTORS_MAX];
    ssize_t length = recvmsg(fd, &message, 0);

    assert_true(length >= 0);
    assert_text(((struct text){datagram, (size_t)length}), expected);
    assert_int_equal(message.msg_controllen, CMSG_SPACE(count * sizeof(*fds)));
    memcpy(fds, CMSG_DATA(&control.header), count * sizeof(*fds));
    for (size_t i = 1; i < count; i++)
        close(fds[i]);
    return fds[0];
}

static void assert_nothing_received(int fd)
{
    char datagram[256];

    assert_int_equal(recv(fd, datagram, sizeof(datagram), 0), -1);
    assert_int_equal(errno, EAGAIN);
}

TEST(state_arrives_whole_in_one_datagram)
{
    int fd = open_supervisor_at_path();

    assert_true(supervisor_notify("READY=1\nSTATUS=answering"));
    assert_true(supervisor_notify("STOPPING=1"));
    assert_received(fd, "READY=1\nSTATUS=answering");
    assert_received(fd, "STOPPING=1");
    assert_nothing_received(fd);
    close(fd);
}

TEST(descriptors_arrive_with_the_state)
{
    int fd = open_supervisor_at_path(), fds[SUPERVISOR_DESCRIPTORS_MAX], ends[2];

    assert_int_equal(pipe(ends), 0);
    for (size_t i = 0; i < UNIT_COUNT(fds); i++)
        fds[i] = ends[1];
    assert_true(supervisor_notify_with("FDSTORE=1", fds, 1));
    int received = receive_descriptors(fd, "FDSTORE=1", 1);
    assert_int_equal(write(received, "x", 1), 1);
    close(received);
    assert_int_equal(read(ends[0], &(char){0}, 1), 1);
    assert_true(supervisor_notify_with("FDSTORE=1", fds, UNIT_COUNT(fds)));
    close(receive_descriptors(fd, "FDSTORE=1", UNIT_COUNT(fds)));
    close(ends[0]);
    close(ends[1]);
    close(fd);
}

TEST(status_is_one_line_and_one_assignment)
{
    int fd = open_supervisor_at_path();
    char longest[PROBLEM_TEXT_MAX + 1], sent[sizeof("STATUS=") + PROBLEM_TEXT_MAX];

    assert_true(
        supervisor_notify_status(TEXT("--pods-max: expected a number, not 'a\nREADY=1\x7F'")));
    assert_received(fd, "STATUS=--pods-max: expected a number, not 'a READY=1 '");
    assert_true(supervisor_notify_status(TEXT("größer als \xF0\x9F\x8E\xAD")));
    assert_received(fd, "STATUS=größer als \xF0\x9F\x8E\xAD");
    memset(longest, 'x', sizeof(longest));
    assert_true(supervisor_notify_status((struct text){longest, PROBLEM_TEXT_MAX}));
    snprintf(sent, sizeof(sent), "STATUS=%.*s", PROBLEM_TEXT_MAX, longest);
    assert_received(fd, sent);
    assert_nothing_received(fd);
    close(fd);
}

TEST(state_arrives_at_an_abstract_name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[64];
    int length = snprintf(name, sizeof(name), "@pool-manager-test-%d", (int)getpid());

    memcpy(address.sun_path + 1, name + 1, (size_t)length - 1);
    int fd = open_supervisor(&address, offsetof(struct sockaddr_un, sun_path) + (size_t)length);
    setenv("NOTIFY_SOCKET", name, 1);
    assert_true(supervisor_notify("READY=1"));
    assert_received(fd, "READY=1");
    close(fd);
}

TEST(without_a_supervisor_nothing_is_sent)
{
    int fd = open_supervisor_at_path();

    unsetenv("NOTIFY_SOCKET");
    assert_true(supervisor_notify("READY=1"));
    assert_nothing_received(fd);
    close(fd);
}

static void assert_not_sent(const char *name, int error)
{
    setenv("NOTIFY_SOCKET", name, 1);
    errno = 0;
    assert_false(supervisor_notify("READY=1"));
    assert_int_equal(errno, error);
}

TEST(names_that_are_not_unix_sockets_are_refused)
{
    char longest[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];

    assert_not_sent("", EAFNOSUPPORT);
    assert_not_sent("notify", EAFNOSUPPORT);
    assert_not_sent("vsock:2:1234", EAFNOSUPPORT);
    memset(longest, 'x', sizeof(longest));
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    assert_not_sent(longest, ENAMETOOLONG);
    longest[sizeof(longest) - 2] = '\0';
    assert_not_sent(longest, ENOENT);
    longest[0] = '@';
    assert_not_sent(longest, ECONNREFUSED);
}

TEST(supervisor_that_has_gone_is_an_error)
{
    assert_not_sent(path, ENOENT);
    close(open_supervisor_at_path());
    assert_not_sent(path, ECONNREFUSED);
}

TEST(supervisor_that_reads_nothing_is_waited_for_briefly)
{
    int fd = open_supervisor_at_path(), sent = 0;

    alarm(10); /* ends the test if it hangs */
    while (supervisor_notify("STATUS=again"))
        sent++;
    alarm(0);
    assert_int_equal(errno, EAGAIN);
    assert_true(sent > 0);
    assert_received(fd, "STATUS=again");
    assert_true(supervisor_notify("STOPPING=1"));
    close(fd);
}

TEST(no_descriptor_is_left_open)
{
    int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC), fd = open_supervisor_at_path();

    close(lowest);
    assert_true(supervisor_notify("READY=1"));
    assert_not_sent("notify", EAFNOSUPPORT);
    assert_not_sent("/nonexistent/notify", ENOENT);
    assert_int_equal(open("/dev/null", O_RDONLY | O_CLOEXEC), lowest);
    close(lowest);
    close(fd);
}
