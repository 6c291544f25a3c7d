/* SPDX-License-Identifier: MIT
 *
 * A connection at the door of the WebSockets, by the clock: its deadlines, pings, and the ends that
 * no client sees at once. tests/stack/web_sockets.mjs has the frames. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chaos.h"
#include "gateway/guest.h"
#include "http/handshake.h"

enum { S = 1000 * 1000, PEER_BYTES = 4096 };

static struct timers timers;
static struct clock now;
static struct tickets tickets;
static struct door door;
static int peer; /* the front end's end of the connection */
static struct guest *guest;

/* A socket that sends what `news` has, and counts what it takes. */
static struct talker {
    struct socket socket;
    struct text news;
    bool ends, was_freed;
    int taken;
} talker;

static enum feed_state talk(struct feed *feed, struct buffer *out, size_t max_bytes)
{
    (void)feed;
    (void)max_bytes;
    if (talker.news.at)
        socket_put(out, SOCKET_TEXT, talker.news);
    talker.news = (struct text){0};
    return talker.ends ? FEED_ENDED : FEED_WAITS;
}

static void take(struct socket *socket, enum socket_frame frame, struct text message)
{
    (void)socket;
    (void)frame;
    (void)message;
    talker.taken++;
}

static void free_talker(struct feed *feed)
{
    (void)feed;
    talker.was_freed = true;
}

/* Lets the loop run once. */
static void run(void)
{
    struct epoll_event event;

    while (epoll_wait(door.epoll, &event, 1, 0) == 1 && !guest->dead)
        guest_handle(guest, event.events);
}

static void pass_us(int64_t us)
{
    clock_set(&now, now.wall_ms + us / 1000, now.mono_us + us);
    timers_run(&timers, now.mono_us, 100);
    run();
}

static void say(const void *bytes, size_t count)
{
    assert_int_equal(write(peer, bytes, count), count);
    run();
}

/* Returns what has come to the front end since the last call. */
static struct text heard(void)
{
    static char bytes[PEER_BYTES];
    ssize_t got = recv(peer, bytes, sizeof(bytes), MSG_DONTWAIT);

    return (struct text){bytes, got > 0 ? (size_t)got : 0};
}

static bool is_closed(void)
{
    char byte;

    return recv(peer, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

static void arrive(void)
{
    int pair[2];

    timers = (struct timers){0};
    clock_set(&now, 1000, 100 * S);
    tickets_init(&tickets, &timers, &now);
    door = (struct door){.config = {.tickets = &tickets, .timers = &timers, .clock = &now},
                         .listener = {.fd = -1},
                         .epoll = epoll_create1(EPOLL_CLOEXEC),
                         .head = "GET /door/"};
    talker = (struct talker){.socket = {.feed = {.read = talk, .free = free_talker},
                                        .take = take,
                                        .message_bytes_max = 100}};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
    peer = pair[1];
    guest_open(&door, pair[0]);
    guest = LIST_FIRST(&door.guests);
}

static void enter(void)
{
    const struct variable key = {TEXT("HTTP_SEC_WEBSOCKET_KEY"), TEXT("dGhlIHNhbXBsZSBub25jZQ==")};
    struct request request = {0};
    struct arena arena = {0};
    char head[100];

    arrive();
    assert_true(request_set_variables(&request, &key, 1, &arena));
    const struct ticket *ticket = tickets_add(&tickets, &request, &talker.socket);
    arena_free(&arena);
    assert_non_null(ticket);
    int length = snprintf(head, sizeof(head), "GET /door/%s HTTP/1.1\r\n\r\n", ticket->text);
    say(head, (size_t)length);
    struct text answer = heard();
    assert_true(text_starts_with(answer, TEXT("HTTP/1.1 101 ")));
    /* the example of RFC 6455, section 1.3 */
    assert_non_null(memmem(answer.at, answer.length, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", 30));
}

static void leave(void)
{
    if (!LIST_EMPTY(&door.guests))
        guest_close(guest);
    free(guest);
    tickets_end(&tickets);
    close(peer);
    close(door.epoll);
}

static const char *reason_to_skip(void)
{
    return handshake_is_built() ? NULL : "the worker is built without WebSockets";
}

SUITE(.reason_to_skip = reason_to_skip, .set_up = enter, .tear_down = leave);

TEST_BETWEEN(head_that_does_not_come_in_a_second_is_not_waited_for, arrive, leave)
{
    say("GET /door", 9);
    pass_us(1 * S - 1);
    assert_false(is_closed());
    pass_us(1);
    assert_true(is_closed());
}

TEST_BETWEEN(ticket_that_nobody_takes_is_free_after_ten_seconds, arrive, leave)
{
    const struct request request = {0};
    char text[TICKET_TEXT_BYTES + 1];

    const struct ticket *ticket = tickets_add(&tickets, &request, &talker.socket);
    memcpy(text, ticket->text, sizeof(text));
    assert_null(tickets_take(&tickets, TEXT("0123456789abcdef0123456789abcdef")));
    pass_us(TICKETS_VALID_US - 1);
    assert_false(talker.was_freed);
    pass_us(1);
    assert_true(talker.was_freed);
    assert_null(tickets_take(&tickets, text_of(text)));
    assert_null(timers.root);
}

TEST(silent_client_is_pinged_every_20_seconds_and_gone_after_60)
{
    for (int i = 1; i <= 2; i++) {
        pass_us(20 * S - 1);
        assert_int_equal(heard().length, 0);
        pass_us(1);
        struct text ping = heard();
        assert_int_equal(ping.length, 2);
        assert_memory_equal(ping.at, "\x89\x00", 2);
    }
    pass_us(20 * S);
    assert_true(is_closed());
    assert_true(talker.was_freed);
}

TEST(client_that_answers_pings_stays)
{
    for (int i = 0; i < 10; i++) {
        pass_us(20 * S);
        assert_int_equal(heard().length, 2);
        say("\x8a\x80\x01\x02\x03\x04", 6); /* a pong */
    }
    assert_false(is_closed());
}

TEST(client_that_stops_in_the_middle_of_a_frame_is_gone_after_60_seconds)
{
    say("\x82\xff\x40\0\0\0\0\0\0\0\1\2\3\4", 14); /* 2^62 bytes are announced */
    for (int i = 0; i < 2; i++)
        pass_us(20 * S);
    assert_false(is_closed() || guest->dead);
    pass_us(20 * S);
    assert_true(guest->dead);
}

TEST(feed_that_ends_closes_with_its_code_and_an_unanswered_close_ends_in_two_seconds)
{
    talker.news = TEXT("last");
    talker.ends = true;
    talker.socket.close = SOCKET_CLOSE_LATER;
    talker.socket.feed.ready(&talker.socket.feed);
    struct text sent = heard();
    assert_int_equal(sent.length, 10);
    assert_memory_equal(sent.at, "\x81\x04last\x88\x02\x03\xf5", 10); /* 1013 */
    assert_true(talker.was_freed);
    pass_us(2 * S - 1);
    assert_false(guest->dead);
    pass_us(1);
    assert_true(guest->dead);
}

TEST(client_that_answers_the_close_gets_the_end_at_once)
{
    talker.ends = true;
    talker.socket.feed.ready(&talker.socket.feed);
    assert_int_equal(heard().length, 4);
    say("\x88\x82\x00\x00\x00\x00\x03\xe8", 8);
    assert_true(is_closed()); /* our side is shut down */
    assert_false(guest->dead);
    shutdown(peer, SHUT_WR);
    run();
    assert_true(guest->dead);
}

TEST(what_follows_a_close_is_read_for_a_second_so_that_the_close_arrives)
{
    say("\x88\x82\x00\x00\x00\x00\x03\xe8", 8);
    assert_memory_equal(heard().at, "\x88\x02\x03\xe8", 4);
    for (int i = 0; i < 10; i++)
        say("more and more", 13);
    assert_false(guest->dead);
    pass_us(1 * S);
    assert_true(guest->dead);
}

/* Says a frame that the protocol forbids, without a mask, and hears the close. */
static void misbehave(void)
{
    static const char unmasked[] = {(char)0x81, 1, 'x'};
    static const char close[] = {(char)0x88, 2, 1002 >> 8, (char)(1002 & 0xFF)};

    say(unmasked, sizeof(unmasked));
    struct text got = heard();
    assert_true(text_equal(got, (struct text){close, sizeof(close)}));
    assert_false(is_closed());
}

TEST(client_that_is_closed_for_its_frames_is_waited_for_until_it_is_silent)
{
    misbehave();
    for (int i = 0; i < 6; i++) {
        pass_us(S / 4);
        say("more", 4);
        assert_false(is_closed());
    }
    pass_us(3 * S / 10 - 1);
    assert_false(is_closed());
    pass_us(1);
    assert_true(is_closed());
}

TEST(client_that_does_not_stop_sending_is_waited_for_two_seconds)
{
    misbehave();
    for (int i = 0; i < 8; i++) {
        assert_false(is_closed());
        pass_us(S / 4);
        say("more", 4);
    }
    assert_true(is_closed());
    assert_int_equal(talker.taken, 0);
}

TEST(messages_are_taken_up_to_their_limit)
{
    unsigned char frame[200] = {0x82, 0x80 | 100, 0, 0, 0, 0};

    say(frame, 6 + 100);
    assert_int_equal(talker.taken, 1);
    frame[1] = 0x80 | 101;
    say(frame, 6 + 101);
    assert_int_equal(talker.taken, 1);
    assert_memory_equal(heard().at, "\x88\x02\x03\xf1", 4); /* 1009 */
}

TEST(client_for_which_there_is_no_memory_is_closed)
{
    static const unsigned char frame[] = {0x82, 0x83, 0, 0, 0, 0, 'a', 'b', 'c'};

    for (unsigned long n = 1; n < 20 && !guest->dead; n++) {
        chaos_fail_at(n);
        say(frame, sizeof(frame));
        chaos_fail_at(0);
        assert_true(guest->dead || guest->state == GUEST_LEAVING || talker.taken > 0);
    }
}

TEST(worker_that_stops_sends_what_there_is_and_1001)
{
    talker.news = TEXT("bye");
    guest_end(guest);
    struct text sent = heard();
    assert_int_equal(sent.length, 9);
    assert_memory_equal(sent.at,
                        "\x81\x03"
                        "bye\x88\x02\x03\xe9",
                        9);
}
