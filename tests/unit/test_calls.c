/* SPDX-License-Identifier: MIT
 *
 * Which hosts a relay may call (poolctl/hosts.h), and the check of the address when a request opens
 * its socket (poolctl/calls.h). What a relay sends is tested in tests/stack/relay.mjs. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chaos.h"
#include "poolctl/calls.h"
#include "poolctl/hosts.h"

TEST(only_this_machine_may_be_called_unless_a_host_is_allowed)
{
    static const struct {
        const char *url;
        enum host_access access;
    } rows[] = {
        {"http://127.0.0.1/", HOST_LOOPBACK},
        {"http://127.9.9.9:80/", HOST_LOOPBACK},
        {"https://[::1]:8443/x?y", HOST_LOOPBACK},
        {"http://localhost/", HOST_LOOPBACK},
        {"http://LocalHost/", HOST_LOOPBACK},
        {"http://a.b.localhost/", HOST_LOOPBACK},
        {"http://u:p@localhost/", HOST_LOOPBACK},
        {"http://0x7f.1/", HOST_LOOPBACK}, /* curl reads it as an address */
        {"http://2130706433/", HOST_LOOPBACK},
        {"http://allowed.example/", HOST_ALLOWED},
        {"http://ALLOWED.example:81/", HOST_ALLOWED},
        {"http://[2001:db8::1]/", HOST_ALLOWED},
        {"http://example.org/", HOST_REFUSED},
        {"http://notlocalhost/", HOST_REFUSED},
        {"http://localhost.example.org/", HOST_REFUSED},
        {"http://localhost@example.org/", HOST_REFUSED},
        {"http://127.0.0.1.example.org/", HOST_REFUSED},
        {"http://x.allowed.example/", HOST_REFUSED},
        {"http://0.0.0.0/", HOST_REFUSED},
        {"http://[::]/", HOST_REFUSED},
        {"http://[::ffff:127.0.0.1]/", HOST_REFUSED},
        {"http://169.254.169.254/", HOST_REFUSED},
        {"http://10.0.0.1/", HOST_REFUSED},
        {"", HOST_REFUSED},
        {"http://", HOST_REFUSED},
    };
    const struct values allowed = {.at = {"allowed.example", "[2001:db8::1]"}, .count = 2};

    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        if (host_access_of(rows[i].url, &allowed) != rows[i].access)
            fail_msg("%s: %d", rows[i].url, host_access_of(rows[i].url, &allowed));
}

TEST(addresses_of_the_loopback_are_recognised)
{
    static const struct {
        const char *address;
        bool is_loopback;
    } rows[] = {{"127.0.0.1", true},  {"127.255.255.254", true},
                {"128.0.0.1", false}, {"0.0.0.0", false},
                {"::1", true},        {"::", false},
                {"fe80::1", false},   {"::ffff:127.0.0.1", false}};

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct sockaddr_in four = {.sin_family = AF_INET};
        struct sockaddr_in6 six = {.sin6_family = AF_INET6};
        const void *address = &four;
        if (inet_pton(AF_INET, rows[i].address, &four.sin_addr) != 1) {
            assert_int_equal(inet_pton(AF_INET6, rows[i].address, &six.sin6_addr), 1);
            address = &six;
        }
        if (host_address_is_loopback(address) != rows[i].is_loopback)
            fail_msg("%s", rows[i].address);
    }
}

static int ended;
static struct call_result last;

static void note(void *context, const struct call_result *result)
{
    (void)context;
    ended++;
    last = *result;
}

/* Starts a request, and runs it to its end. */
static void call(struct calls *calls, const char *url, bool is_loopback_only)
{
    static const char *const headers[] = {"X-A: b", NULL};
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    ended = 0;
    assert_true(calls_start(calls, &(struct call_request){.url = url,
                                                          .body = TEXT("{}"),
                                                          .headers = headers,
                                                          .timeout_ms = 5000,
                                                          .answer_max = 100,
                                                          .is_loopback_only = is_loopback_only,
                                                          .done = note}));
    while (ended == 0)
        assert_false(calls_run(calls, fds[0], 100));
    assert_int_equal(ended, 1);
    close(fds[0]);
    close(fds[1]);
}

TEST(no_socket_is_opened_to_an_address_outside_the_loopback)
{
    struct calls *calls = calls_new();

    call(calls, "http://192.0.2.1/", true);
    assert_true(last.is_refused);
    assert_int_equal(last.status, 0);
    call(calls, "http://[2001:db8::1]/", true);
    assert_true(last.is_refused);
    call(calls, "http://127.0.0.1:1/", true); /* nobody listens there */
    assert_false(last.is_refused);
    assert_non_null(last.error);
    calls_free(&calls);
    assert_null(calls);
}

TEST(other_protocols_are_not_spoken)
{
    struct calls *calls = calls_new();

    call(calls, "file:///etc/passwd", false);
    assert_int_equal(last.status, 0);
    assert_non_null(last.error);
    calls_free(&calls);
}

TEST(request_that_is_cancelled_has_no_result)
{
    static const char *const headers[] = {NULL};
    struct calls *calls = calls_new();
    int context;

    ended = 0;
    assert_true(calls_start(calls, &(struct call_request){.url = "http://127.0.0.1:1/",
                                                          .headers = headers,
                                                          .timeout_ms = 5000,
                                                          .done = note,
                                                          .context = &context}));
    calls_cancel(calls, &context);
    calls_run(calls, STDIN_FILENO, 1);
    assert_int_equal(ended, 0);
    calls_free(&calls);
}

TEST(request_without_memory_does_not_start)
{
    static const char *const headers[] = {"X-A: b", NULL};
    struct calls *calls = calls_new();

    chaos_fail_at(1);
    assert_false(calls_start(calls, &(struct call_request){.url = "http://127.0.0.1:1/",
                                                           .headers = headers,
                                                           .timeout_ms = 5000,
                                                           .done = note}));
    chaos_fail_at(0);
    calls_free(&calls);
}
