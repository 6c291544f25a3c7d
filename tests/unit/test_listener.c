/* SPDX-License-Identifier: MIT
 *
 * What can be listened on: addresses, sockets of others in the way of our own, and sockets that
 * were handed over. */
#include "unit.h"

#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/listener.h"

static char folder[32];
static char address[64]; /* "unix:" and the path */
static struct sockaddr_un name = {.sun_family = AF_UNIX};

static void make_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/pool-manager-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(name.sun_path, sizeof(name.sun_path), "%s/s", folder);
    snprintf(address, sizeof(address), "unix:%s/s", folder);
}

static void remove_folder(void)
{
    unlink(name.sun_path);
    assert_int_equal(rmdir(folder), 0);
}

SUITE(.set_up = make_folder, .tear_down = remove_folder);

static int bind_socket(int type)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
    return fd;
}

static enum err try_to_listen(void)
{
    const struct listener_config config = {.address = address, .socket_mode = 0600};
    struct listener listener;
    struct problem problem = {0};
    enum err err = listener_open(&config, &listener, &problem);

    if (err)
        assert_non_null(strstr(problem.text, "another process listens there"));
    listener_close(&listener);
    return err;
}

TEST(a_socket_that_nobody_has_any_more_is_replaced)
{
    close(bind_socket(SOCK_STREAM));
    assert_int_equal(try_to_listen(), OK);
    close(bind_socket(SOCK_DGRAM));
    assert_int_equal(try_to_listen(), OK);
}

TEST(a_socket_of_another_kind_is_left_alone)
{
    int fd = bind_socket(SOCK_DGRAM);

    assert_int_equal(try_to_listen(), ERR_INTERNAL);
    assert_int_equal(access(name.sun_path, F_OK), 0);
    close(fd);
}

TEST(a_process_that_accepts_nobody_is_not_waited_for)
{
    int fd = bind_socket(SOCK_STREAM), waiting = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(listen(fd, 0), 0);
    assert_int_equal(connect(waiting, (const struct sockaddr *)&name, sizeof(name)), 0);
    alarm(10); /* ends a test that waits */
    assert_int_equal(try_to_listen(), ERR_INTERNAL);
    alarm(0);
    close(waiting);
    close(fd);
}

/* --- addresses --- */

static struct listener listen_on(const char *at)
{
    const struct listener_config config = {.address = at, .socket_mode = 0600};
    struct listener listener;
    struct problem problem = {0};

    if (listener_open(&config, &listener, &problem))
        fail_msg("%s: %s", at, problem.text);
    assert_true(listener_is_listening(listener.fd));
    assert_true(fcntl(listener.fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(listener.fd, F_GETFL) & O_NONBLOCK);
    return listener;
}

/* Fails unless the address is refused with this error and a sentence that has these words. */
static void assert_refused(const struct listener_config *config, enum err err, const char *words)
{
    struct listener listener;
    struct problem problem = {0};

    assert_int_equal(listener_open(config, &listener, &problem), err);
    assert_int_equal(listener.fd, -1);
    if (!strstr(problem.text, words))
        fail_msg("%s: \"%s\" has no \"%s\"", config->address, problem.text, words);
}

static int family_of(int fd)
{
    struct sockaddr_storage bound = {0};
    socklen_t size = sizeof(bound);

    assert_int_equal(getsockname(fd, (struct sockaddr *)&bound, &size), 0);
    return bound.ss_family;
}

TEST(a_numeric_address_is_listened_on)
{
    struct listener listener = listen_on("127.0.0.1:0");

    assert_false(listener.is_unix);
    assert_int_equal(family_of(listener.fd), AF_INET);
    listener_close(&listener);
}

/* Skipped where the machine has none. */
TEST(an_ipv6_address_stands_in_brackets)
{
    const struct sockaddr_in6 loopback = {.sin6_family = AF_INET6,
                                          .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool there = fd >= 0 && bind(fd, (const struct sockaddr *)&loopback, sizeof(loopback)) == 0;

    if (fd >= 0)
        close(fd);
    if (!there)
        skip();
    struct listener listener = listen_on("[::1]:0");
    assert_int_equal(family_of(listener.fd), AF_INET6);
    listener_close(&listener);
}

TEST(what_is_no_address_is_refused)
{
    static const char *const forms[] = {"",          "127.0.0.1",       "127.0.0.1:",     ":9000",
                                        "unix",      "127.0.0.1:65536", "127.0.0.1:-1",   "[::1]",
                                        "[::1]9000", "127.0.0.1:http",  "127.0.0.1:9000 "};
    char longest[300];

    for (size_t i = 0; i < UNIT_COUNT(forms); i++)
        assert_refused(&(struct listener_config){.option = "--listen", .address = forms[i]},
                       ERR_BAD_REQUEST, "expected unix:/path, host:port or inherit");
    memset(longest, 'x', sizeof(longest));
    memcpy(longest + sizeof(longest) - 5, ":900", 5);
    assert_refused(&(struct listener_config){.option = "--listen", .address = longest},
                   ERR_BAD_REQUEST, "expected unix:/path, host:port or inherit");
    assert_refused(&(struct listener_config){.option = "--listen", .address = "[]:9000"},
                   ERR_BAD_REQUEST, "--listen []:9000: ");
    assert_refused(&(struct listener_config){.option = "--listen", .address = "unix:"},
                   ERR_BAD_REQUEST, "a socket's path has 1 to 107 bytes");
}

TEST(an_address_of_another_machine_can_not_be_had)
{
    /* RFC 5737 gives this address to no machine. */
    assert_refused(&(struct listener_config){.address = "192.0.2.1:0"}, ERR_INTERNAL,
                   "can't listen on 192.0.2.1:0: Cannot assign requested address");
}

TEST(a_path_through_a_file_is_refused)
{
    char path[64], through[80];

    snprintf(path, sizeof(path), "%s/file", folder);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    snprintf(through, sizeof(through), "unix:%s/s", path);
    assert_refused(&(struct listener_config){.address = through}, ERR_INTERNAL, "Not a directory");
    unlink(path);
}

/* --- mode and group --- */

TEST(a_socket_has_the_mode_and_the_group_that_were_asked_for)
{
    const struct group *own = getgrgid(getegid());
    struct listener listener;
    struct stat status;

    if (!own)
        skip();
    const struct listener_config config = {
        .address = address, .socket_mode = 0640, .socket_group = own->gr_name};
    assert_int_equal(listener_open(&config, &listener, &(struct problem){0}), OK);
    assert_int_equal(stat(name.sun_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    assert_int_equal(status.st_gid, getegid());
    listener_close(&listener);
    assert_int_equal(access(name.sun_path, F_OK), -1);
    listener_close(&listener); /* twice is legal */
}

TEST(a_group_that_is_not_there_leaves_no_socket)
{
    const struct listener_config config = {.address = address, .socket_group = "no-such-group"};

    assert_refused(&config, ERR_BAD_REQUEST, "--socket-group: there is no group no-such-group");
    assert_int_equal(access(name.sun_path, F_OK), -1);
}

/* --- what was handed over --- */

enum { SYSTEMD_FD = 3, SPARE_FD = 40 };

/* Puts `fd` in the place of `at`; what was there is kept at `at` + SPARE_FD. */
static void put_at(int fd, int at)
{
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, 2 * SPARE_FD); /* it may be `at` itself */

    close(fd);
    dup2(at, at + SPARE_FD);
    assert_int_equal(dup2(moved, at), at);
    close(moved);
}

static void put_back(int at)
{
    close(at);
    if (dup2(at + SPARE_FD, at) == at)
        close(at + SPARE_FD);
}

static int listening_socket(void)
{
    int fd = bind_socket(SOCK_STREAM);

    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

/* As systemd sets them. */
static void set_variables(pid_t pid, const char *count)
{
    char text[16];

    snprintf(text, sizeof(text), "%d", (int)pid);
    setenv("LISTEN_PID", text, 1);
    if (count)
        setenv("LISTEN_FDS", count, 1);
    else
        unsetenv("LISTEN_FDS");
}

TEST(a_socket_of_systemd_is_taken_and_stays_when_it_is_closed)
{
    put_at(listening_socket(), SYSTEMD_FD);
    set_variables(getpid(), "1");
    struct listener listener = listen_on("inherit");
    assert_int_equal(listener.fd, SYSTEMD_FD);
    assert_true(listener.is_unix);
    listener_close(&listener);
    assert_int_equal(access(name.sun_path, F_OK), 0);
    put_back(SYSTEMD_FD);
}

TEST(sockets_of_systemd_are_found_by_their_names)
{
    struct listener listener;
    struct problem problem;
    const struct listener_config live = {.address = "inherit", .name = LISTENER_LIVE};

    put_at(open("/dev/null", O_RDONLY | O_CLOEXEC), SYSTEMD_FD);
    put_at(open("/dev/null", O_RDONLY | O_CLOEXEC), SYSTEMD_FD + 1);
    put_at(listening_socket(), SYSTEMD_FD + 2);
    set_variables(getpid(), "3");
    setenv("LISTEN_FDNAMES", "connection:live:worker.socket", 1);
    listener = listen_on("inherit");
    assert_int_equal(listener.fd, SYSTEMD_FD + 2);
    setenv("LISTEN_FDNAMES", "connection:worker.socket:live", 1);
    assert_int_equal(listener_open(&live, &listener, &problem), OK);
    assert_int_equal(listener.fd, SYSTEMD_FD + 2);
    unsetenv("LISTEN_FDNAMES");
    for (int i = 2; i >= 0; i--)
        put_back(SYSTEMD_FD + i);
}

TEST(variables_that_are_not_for_this_process_mean_nothing)
{
    static const char *const counts[] = {NULL, "", "0", "-1", "x", "65537"};
    const struct listener_config config = {.address = "inherit"};
    static const char none[] = "no listening socket was handed over";

    put_at(listening_socket(), SYSTEMD_FD);
    put_at(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    set_variables(getppid(), "1");
    assert_refused(&config, ERR_INTERNAL, none);
    setenv("LISTEN_PID", "x", 1);
    assert_refused(&config, ERR_INTERNAL, none);
    for (size_t i = 0; i < UNIT_COUNT(counts); i++) {
        set_variables(getpid(), counts[i]);
        assert_refused(&config, ERR_INTERNAL, none);
    }
    unsetenv("LISTEN_PID");
    assert_refused(&config, ERR_INTERNAL, none);
    put_back(STDIN_FILENO);
    put_back(SYSTEMD_FD);
}

TEST(a_standard_input_that_listens_is_taken)
{
    const struct sockaddr_in loopback = {.sin_family = AF_INET,
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (const struct sockaddr *)&loopback, sizeof(loopback)), 0);
    assert_int_equal(listen(fd, 1), 0);
    put_at(fd, STDIN_FILENO);
    unsetenv("LISTEN_PID");
    struct listener listener = listen_on("inherit");
    assert_int_equal(listener.fd, STDIN_FILENO);
    assert_false(listener.is_unix);
    listener_close(&listener);
    put_back(STDIN_FILENO);
}
