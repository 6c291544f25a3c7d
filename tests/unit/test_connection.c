/* SPDX-License-Identifier: MIT
 *
 * A connection of the gateway at one end of a pair of sockets, and a front end at the other: what
 * it is told where memory runs out. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chaos.h"
#include "front.h"
#include "gateway/connection.h"
#include "gateway/record.h"
#include "wire.h"

enum { PATIENCE_US = 10 * 1000 * 1000 };

static struct gateway gateway;
static struct service *service;
static int front_end; /* its end of the pair */
static struct buffer sent, received;

static void set_up(void)
{
    const struct service_config config = {.mount = TEXT(FRONT_MOUNT),
                                          .path_max_bytes = 8000,
                                          .cors_origins = TEXT("*"),
                                          .answer = gateway_answer};
    struct problem problem;

    front_set_up();
    assert_int_equal(service_new(&config, &front.api, front.tenants, &front.clock, &front.timers,
                                 front.log, &service),
                     OK);
    gateway = (struct gateway){.config = {.requests_max = 10,
                                          .receive_timeout_us = PATIENCE_US,
                                          .send_timeout_us = PATIENCE_US},
                               .limits = {.bodies.normal_bytes = 1000, .requests_max = 10},
                               .listener = {.fd = -1, .is_unix = true},
                               .service = service,
                               .timers = &front.timers,
                               .clock = &front.clock,
                               .log = front.log,
                               .epoll = epoll_create1(0),
                               .signals = -1,
                               .idle = TAILQ_HEAD_INITIALIZER(gateway.idle),
                               .work = TAILQ_HEAD_INITIALIZER(gateway.work)};
    assert_int_equal(decoder_new(&gateway.decoder, &problem), OK);
    sent = buffer_new(WIRE_MAX);
    received = buffer_new(WIRE_MAX);
}

static void free_dead(void)
{
    struct connection *c;

    while ((c = LIST_FIRST(&gateway.dead))) {
        LIST_REMOVE(c, link);
        free(c);
    }
}

static void tear_down(void)
{
    while (!LIST_EMPTY(&gateway.connections))
        connection_close(LIST_FIRST(&gateway.connections));
    free_dead();
    decoder_free(&gateway.decoder);
    buffer_free(&gateway.spare_in);
    buffer_free(&gateway.spare_out);
    close(gateway.epoll);
    service_free(&service);
    buffer_free(&sent);
    buffer_free(&received);
    front_tear_down();
}

SUITE(.set_up = set_up, .tear_down = tear_down);

static void connect_front_end(void)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    front_end = ends[1];
    connection_open(&gateway, ends[0]);
    assert_false(LIST_EMPTY(&gateway.connections));
}

static void send_all(void)
{
    assert_int_equal(send(front_end, sent.bytes, sent.length, 0), sent.length);
}

/* One turn with what has arrived, in which the n-th allocation fails; true if there was an n-th. */
static bool take_turn(unsigned long n)
{
    chaos_fail_at(n);
    connection_handle(LIST_FIRST(&gateway.connections), EPOLLIN);
    service_turn_end(service);
    bool failed = n > 0 && chaos_failed();
    chaos_fail_at(0);
    free_dead();
    return failed;
}

/* Reads what has been answered; true where the gateway has ended the connection behind it. */
static bool read_answer(void)
{
    char bytes[4096];

    ssize_t count;

    buffer_clear(&received);
    while ((count = recv(front_end, bytes, sizeof(bytes), 0)) > 0)
        buffer_put(&received, bytes, (size_t)count);
    return count == 0 || errno == ECONNRESET; /* reset where it had not read all */
}

static bool has_received(const char *text)
{
    return memmem(received.bytes, received.length, text, strlen(text)) != NULL;
}

static void put_update(void)
{
    struct buffer pairs = buffer_new(WIRE_MAX);

    wire_put_pair(&pairs, TEXT("REQUEST_METHOD"), TEXT("POST"));
    wire_put_pair(&pairs, TEXT("REQUEST_URI"), TEXT(AT("workspaces/mock-pod-1/update")));
    wire_put_pair(&pairs, TEXT("CONTENT_LENGTH"), TEXT("19"));
    buffer_clear(&sent);
    wire_put_request(&sent, 1, buffer_text(&pairs), TEXT("{\"repositories\":[]}"));
    buffer_free(&pairs);
}

TEST(want_of_memory_is_told_where_a_request_is_known)
{
    int refused = 0, closed = 0;
    bool failed = true;

    put_update();
    for (unsigned long n = 1; failed; n++) {
        connect_front_end();
        send_all();
        failed = take_turn(n);
        bool has_ended = read_answer();
        if (received.length == 0) {
            assert_true(has_ended);
            closed++;
        } else if (!has_received("Status: 200 OK\r\n")) {
            assert_true(failed && has_received("Status: 503 Service Unavailable\r\n"));
            refused++;
        }
        close(front_end);
        if (!LIST_EMPTY(&gateway.connections))
            connection_close(LIST_FIRST(&gateway.connections));
        free_dead();
        /* The next has to ask for memory anew. */
        buffer_free(&gateway.spare_in);
        buffer_free(&gateway.spare_out);
    }
    assert_true(refused > 1);      /* few allocations are left to fail */
    assert_in_range(closed, 1, 3); /* no memory for what has arrived, or for any answer */
}

TEST(no_exchange_is_a_503_that_ends_the_connection)
{
    put_update();
    connect_front_end();
    send_all();
    assert_true(take_turn(2)); /* the first is for the bytes */
    assert_true(read_answer());
    assert_true(has_received("\"no_memory\"") && has_received("Retry-After: 1\r\n"));
    close(front_end);
}

TEST(half_a_request_without_memory_for_the_rest_is_a_503)
{
    put_update();
    connect_front_end();
    size_t length = sent.length;
    sent.length -= 8 + 24; /* without the body, and its end */
    send_all();
    assert_false(take_turn(0));
    assert_false(read_answer());
    sent.bytes += sent.length;
    size_t skipped = sent.length;
    sent.length = length - skipped;
    send_all();
    sent.bytes -= skipped;
    assert_true(take_turn(1));
    assert_true(read_answer());
    assert_true(has_received("\"no_memory\""));
    close(front_end);
}
