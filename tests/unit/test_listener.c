/* SPDX-License-Identifier: MIT
 *
 * Sockets of others, in the way of our own. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/listener.h"

static char folder[32];
static char address[64]; /* "unix:" and the path */
static struct sockaddr_un name = {.sun_family = AF_UNIX};

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/pool-manager-test-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(name.sun_path, sizeof(name.sun_path), "%s/s", folder);
    snprintf(address, sizeof(address), "unix:%s/s", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(name.sun_path);
    return rmdir(folder);
}

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

static void a_socket_that_nobody_has_any_more_is_replaced(void **state)
{
    (void)state;
    close(bind_socket(SOCK_STREAM));
    assert_int_equal(try_to_listen(), OK);
    close(bind_socket(SOCK_DGRAM));
    assert_int_equal(try_to_listen(), OK);
}

static void a_socket_of_another_kind_is_left_alone(void **state)
{
    int fd = bind_socket(SOCK_DGRAM);

    (void)state;
    assert_int_equal(try_to_listen(), ERR_INTERNAL);
    assert_int_equal(access(name.sun_path, F_OK), 0);
    close(fd);
}

static void a_process_that_accepts_nobody_is_not_waited_for(void **state)
{
    int fd = bind_socket(SOCK_STREAM), waiting = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    assert_int_equal(listen(fd, 0), 0);
    assert_int_equal(connect(waiting, (const struct sockaddr *)&name, sizeof(name)), 0);
    alarm(10); /* ends a test that waits */
    assert_int_equal(try_to_listen(), ERR_INTERNAL);
    alarm(0);
    close(waiting);
    close(fd);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_socket_that_nobody_has_any_more_is_replaced),
        CASE(a_socket_of_another_kind_is_left_alone),
        CASE(a_process_that_accepts_nobody_is_not_waited_for),
    };

    return UNIT_RUN(tests);
}
