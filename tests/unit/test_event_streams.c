/* SPDX-License-Identifier: MIT
 *
 * Streams of events (live/): when they are read, what they cost, and who is too slow. The stack's
 * event_streams has what clients see, and test_event_streams_any has any order of events. */
#include "front.h"

#include <stdio.h>
#include <string.h>

#include "chaos.h"
#include "unit.h"

#define EVENTS AT("__admin/events")

enum { CROWD = 150 };

/* The client must stay where it is: its feed points to it. */
static void listen_at(struct client *client, const char *target)
{
    *client = client_new();
    client_add(client, "HTTP_ACCEPT", "text/event-stream");
    client_ask(client, "GET", target, "");
    assert_non_null(client->feed);
}

static void claim(void)
{
    assert_int_equal(front_ask("GET", AT("pools/default-pool/workspace"), "", NULL), 200);
}

/* Returns how many times the body has the text. */
static int count(const struct client *client, const char *text)
{
    struct text body = buffer_text(&client->body);
    size_t length = strlen(text);
    int found = 0;

    for (size_t i = 0; i + length <= body.length; i++)
        found += memcmp(body.at + i, text, length) == 0;
    return found;
}

static void assert_last(const struct client *client, const char *type)
{
    char expected[64];
    struct text body = buffer_text(&client->body);
    size_t at = body.length - 2; /* of the empty line */

    snprintf(expected, sizeof(expected), "event: %s\n", type);
    while (at > 0 && !(body.at[at - 1] == '\n' && body.at[at] == 'e'))
        at--;
    assert_true(text_starts_with(text_from(body, at), text_of(expected)));
}

SUITE(.set_up = front_set_up, .tear_down = front_tear_down);

TEST(silent_stream_tells_its_position_after_15_seconds)
{
    struct client all, none;

    listen_at(&all, EVENTS);
    listen_at(&none, EVENTS "?types=pool.deleted");
    front_pass_us(HUB_SILENCE_US - 1000);
    assert_int_equal(all.feed_calls, 0);
    claim();
    front_pass_us(1000);
    assert_true(none.feed_calls > 0);
    client_read_feed(&none);
    assert_last(&none, "stream.position");
    assert_int_equal(count(&none, ".1\n"), 1); /* the id has moved on beyond the claim */
    client_read_feed(&all);
    assert_last(&all, "pod.claimed");
    front_pass_us(HUB_SILENCE_US - 1);
    client_read_feed(&all);
    assert_last(&all, "pod.claimed");
    front_pass_us(1);
    client_read_feed(&all);
    assert_last(&all, "stream.position");
    client_free(&all);
    client_free(&none);
}

TEST(stream_that_can_not_be_read_is_asked_again_only_after_15_seconds)
{
    struct client deaf;

    listen_at(&deaf, EVENTS);
    for (int i = 1; i <= 4; i++) {
        front_pass_us(HUB_SILENCE_US);
        assert_int_equal(deaf.feed_calls, i);
        front_pass_us(0);
        assert_int_equal(deaf.feed_calls, i);
    }
    client_free(&deaf);
}

TEST(first_event_is_passed_on_at_once_and_later_ones_together_after_20_ms)
{
    struct client client;

    listen_at(&client, EVENTS);
    claim();
    front_pass_us(0);
    assert_int_equal(client.feed_calls, 1);
    claim();
    claim();
    front_pass_us(HUB_PASS_US - 1);
    assert_int_equal(client.feed_calls, 1);
    front_pass_us(1);
    assert_int_equal(client.feed_calls, 2);
    client_read_feed(&client);
    assert_int_equal(count(&client, "event: pod.claimed\n"), 3);
    front_pass_us(10 * HUB_PASS_US);
    assert_int_equal(client.feed_calls, 2); /* nothing is new */
    client_free(&client);
}

static int count_asked(const struct client *crowd)
{
    int asked = 0;

    for (int i = 0; i < CROWD; i++)
        asked += crowd[i].feed_calls;
    return asked;
}

TEST(crowd_is_asked_in_several_turns_and_may_leave_meanwhile)
{
    struct client crowd[CROWD];

    for (int i = 0; i < CROWD; i++)
        listen_at(&crowd[i], EVENTS);
    claim();
    front_pass_us(0);
    assert_int_equal(count_asked(crowd), HUB_PASS_MAX);
    claim();
    front_pass_us(1);
    assert_int_equal(count_asked(crowd), 2 * HUB_PASS_MAX);
    client_free(&crowd[2 * HUB_PASS_MAX]); /* the next one */
    listen_at(&crowd[2 * HUB_PASS_MAX], EVENTS);
    front_pass_us(1);
    assert_int_equal(count_asked(crowd), CROWD);
    front_pass_us(HUB_PASS_US);
    assert_int_equal(count_asked(crowd), CROWD + HUB_PASS_MAX);
    for (int i = 0; i < CROWD; i++)
        client_free(&crowd[i]);
    assert_int_equal(tenants_listeners(front.tenants), 0);
}

static void overrun(void)
{
    char body[64];

    for (int i = 0; i <= FRONT_EVENTS_MAX; i++) {
        snprintf(body, sizeof(body), "{\"maxPods\":%d}", 1000 + i);
        assert_int_equal(front_ask("PATCH", AT("__admin/settings"), body, NULL), 200);
    }
}

TEST(slow_stream_is_told_and_the_second_time_within_ten_seconds_ended)
{
    struct client client;

    listen_at(&client, EVENTS);
    for (int i = 1; i <= 3; i++) {
        overrun();
        client_read_feed(&client);
        assert_non_null(client.feed);
        assert_int_equal(count(&client, "\"missed\":1,\"reason\":\"slow\""), i);
        front_pass_us(10 * 1000 * 1000);
    }
    overrun();
    client_read_feed(&client);
    front_pass_us(9999 * 1000);
    overrun();
    client_read_feed(&client);
    assert_null(client.feed);
    assert_last(&client, "stream.gap");
    client_free(&client);
}

TEST(stream_for_which_there_is_no_memory_is_refused_and_leaves_nothing)
{
    bool failed = true;

    for (unsigned long n = 1; failed; n++) {
        struct client client = client_new();
        client_add(&client, "HTTP_ACCEPT", "text/event-stream");
        chaos_fail_at(n);
        bool submitted = client_submit(&client, "GET", AT("pools/default-pool/events"), "");
        service_turn_end(front.service);
        failed = chaos_failed();
        chaos_fail_at(0);
        if (submitted && !client.feed)
            assert_true(client_status(&client) == 503 || client.part == EXCHANGE_BROKEN);
        assert_int_equal(tenants_listeners(front.tenants), client.feed ? 1 : 0);
        client_free(&client);
        assert_int_equal(tenants_listeners(front.tenants), 0);
    }
}

TEST(event_for_which_there_is_no_memory_in_a_pass_is_sent_all_the_same)
{
    struct client client;

    listen_at(&client, EVENTS);
    claim();
    chaos_fail_at(1);
    front_pass_us(0);
    chaos_fail_at(0);
    client_read_feed(&client);
    assert_last(&client, "pod.claimed");
    client_free(&client);
}
