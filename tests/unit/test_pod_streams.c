/* SPDX-License-Identifier: MIT
 *
 * Goose's replies as streams of events, on a clock that is set by hand. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "chaos.h"
#include "pod_rig.h"

#define STREAM CONTROL("/stream/s?token=mock-session-token-1")

static void set_up(void)
{
    set_up_used_pod();
    json_object_put(ask_json("POST", CONTROL("/session"), "{\"sessionId\":\"s\"}"));
}

SUITE(.set_up = set_up, .tear_down = front_tear_down);

static void script(const char *body)
{
    json_object_put(front_expect(200, "PUT", AT("__admin/goose"), body));
}

/* Begins a stream; what it says at first is there when the turn has ended. */
static struct client *begin(struct client *client, const char *body)
{
    *client = client_new();
    assert_true(client_submit(client, "POST", STREAM, body));
    service_turn_end(front.service);
    return client;
}

/* Pulls until the stream ends or waits. */
static void pull(struct client *client)
{
    while (!client->ended && client->part == EXCHANGE_PIECE) {
        int pieces = client->pieces;
        client_pull(client);
        service_turn_end(front.service);
        if (client->pieces == pieces)
            return;
    }
}

static void pass_ms(int64_t ms)
{
    front_pass_us(ms * 1000);
    service_turn_end(front.service);
}

static struct client whole(const char *body)
{
    struct client client;

    begin(&client, body);
    pull(&client);
    assert_true(client.ended);
    return client;
}

static int count(const struct client *client, const char *part)
{
    struct text rest = buffer_text(&client->body);
    size_t length = strlen(part);
    int found = 0;

    for (const char *at; (at = memmem(rest.at, rest.length, part, length)); found++)
        rest = text_from(rest, (size_t)(at - rest.at) + length);
    return found;
}

#define DELTA "{\"type\":\"text-delta\","

/* The types of the events in order, as one text; each event is a line of `data: ` and JSON. */
static struct buffer types_of(const struct client *client)
{
    struct text rest = buffer_text(&client->body), line;
    struct buffer types = buffer_new(100000);

    while (text_cut(&rest, '\n', &line)) {
        if (line.length == 0)
            continue;
        assert_true(text_starts_with(line, TEXT("data: ")));
        line = text_from(line, 6);
        if (text_equal(line, TEXT("[DONE]"))) {
            buffer_put_text(&types, TEXT("[DONE]"));
            continue;
        }
        char copy[2000];
        snprintf(copy, sizeof(copy), "%.*s", TEXT_ARGS(line));
        struct json_object *json = json_tokener_parse(copy);
        assert_non_null(json);
        buffer_printf(&types, "%s ", json_text_at(json, "type"));
        json_object_put(json);
    }
    return types;
}

static void assert_types(const struct client *client, const char *expected)
{
    struct buffer types = types_of(client);

    assert_text(buffer_text(&types), expected);
    buffer_free(&types);
}

/* What the pieces of the text join to. */
static void assert_says(const struct client *client, const char *expected)
{
    struct text rest = buffer_text(&client->body), line;
    struct buffer said = buffer_new(100000);

    while (text_cut(&rest, '\n', &line)) {
        if (!text_starts_with(line, TEXT("data: " DELTA)))
            continue;
        char copy[2000];
        snprintf(copy, sizeof(copy), "%.*s", TEXT_ARGS(text_from(line, 6)));
        struct json_object *json = json_tokener_parse(copy);
        buffer_put_text(&said, text_of(json_text_at(json, "delta")));
        json_object_put(json);
    }
    assert_text(buffer_text(&said), expected);
    buffer_free(&said);
}

/* --- the reply --- */

TEST(usual_reply_is_an_echo_in_pieces)
{
    struct client client = whole("{\"prompt\":\"Hello, world!\"}");

    assert_int_equal(client_status(&client), 200);
    assert_text(client_header(&client, "Content-Type"), "text/event-stream");
    assert_text(client_header(&client, "X-Accel-Buffering"), "no");
    assert_text(client_header(&client, "Cache-Control"), "no-store");
    assert_text(client_header(&client, "Access-Control-Allow-Origin"), "*");
    assert_null(client_header(&client, "Content-Length").at);
    assert_int_equal(client.part, EXCHANGE_LAST);
    assert_types(&client, "start text-start text-delta text-delta text-delta text-delta "
                          "text-delta text-end finish [DONE]");
    assert_says(&client, "[mock] You said: Hello, world!");
    assert_int_equal(count(&client, "\"finishReason\":\"stop\""), 1);
    for (size_t i = 0; i < 2; i++) /* for early clients, and for late ones */
        assert_int_equal(
            count(&client,
                  (const char *const[]){"\"totalUsage\":{\"inputTokens\":4,\"outputTokens\":8,"
                                        "\"totalTokens\":12}",
                                        "\"usage\":{\"inputTokens\":4,\"outputTokens\":8,"
                                        "\"totalTokens\":12}"}[i]),
            1);
    client_free(&client);
}

TEST(first_reply_that_fits_is_said_with_its_tools)
{
    script("{\"replies\":[{\"pattern\":\"no\",\"text\":\"wrong\"},"
           "{\"pattern\":\"he*o\",\"text\":\"right\",\"pieces\":2,\"toolCalls\":["
           "{\"name\":\"shell\",\"input\":{\"cmd\":\"ls \\\"x\\\"\"},\"output\":[1,null]},"
           "{\"name\":\"view\"}]},"
           "{\"pattern\":\"\",\"text\":\"any\",\"pieces\":1}]}");
    struct client client = whole("{\"prompt\":\"hello\"}");
    assert_types(&client, "start text-start text-delta text-delta text-end tool-call tool-result "
                          "tool-call tool-result finish [DONE]");
    assert_says(&client, "right");
    assert_int_equal(count(&client, "{\"type\":\"tool-call\",\"toolCallId\":\"call-1\","
                                    "\"toolName\":\"shell\",\"input\":{\"cmd\":\"ls \\\"x\\\"\"}}"),
                     1);
    assert_int_equal(count(&client, "{\"type\":\"tool-result\",\"toolCallId\":\"call-1\","
                                    "\"toolName\":\"shell\",\"output\":[1,null]}"),
                     1);
    assert_int_equal(count(&client, "\"toolCallId\":\"call-2\",\"toolName\":\"view\","
                                    "\"input\":null}"),
                     1);
    client_free(&client);
    client = whole("{\"prompt\":\"other\"}");
    assert_says(&client, "any");
    client_free(&client);
}

TEST(reply_without_a_text_is_the_echo_and_an_error_is_no_text)
{
    script("{\"replies\":[{\"pattern\":\"a\",\"pieces\":1},"
           "{\"pattern\":\"b\",\"error\":\"out of \\\"luck\\\"\",\"text\":\"unsaid\"}]}");
    struct client client = whole("{\"prompt\":\"a\"}");
    assert_says(&client, "[mock] You said: a");
    assert_int_equal(count(&client, DELTA), 1);
    client_free(&client);
    client = whole("{\"prompt\":\"b\"}");
    assert_types(&client, "start error finish [DONE]");
    assert_int_equal(count(&client, "\"errorText\":\"out of \\\"luck\\\"\""), 1);
    assert_int_equal(count(&client, "\"finishReason\":\"error\""), 1);
    client_free(&client);
}

TEST(pieces_end_behind_whole_characters)
{
    for (int pieces = 1; pieces <= 12; pieces++) {
        char body[200];
        snprintf(body, sizeof(body),
                 "{\"replies\":[{\"text\":\"\xC3\xBC\xE2\x82\xAC\xF0\x9F\x8E\xAD"
                 "a\xC3\xA9\",\"pieces\":%d}]}",
                 pieces);
        script(body);
        struct client client = whole("{\"prompt\":\"x\"}");
        assert_says(&client, "\xC3\xBC\xE2\x82\xAC\xF0\x9F\x8E\xAD"
                             "a\xC3\xA9");
        assert_true(text_is_utf8(buffer_text(&client.body)));
        assert_true(count(&client, DELTA) <= (pieces < 5 ? pieces : 5));
        client_free(&client);
    }
    script("{\"replies\":[{\"text\":\"\",\"pieces\":3}]}");
    struct client client = whole("{\"prompt\":\"x\"}");
    assert_types(&client, "start text-start text-end finish [DONE]");
    client_free(&client);
}

/* --- its pieces in time --- */

TEST(delayed_pieces_come_one_by_one_and_hold_nobody_up)
{
    struct client client;

    script("{\"replies\":[{\"text\":\"abc\",\"pieces\":3,\"delay\":\"50ms\"}]}");
    begin(&client, "{\"prompt\":\"x\"}");
    assert_int_equal(client.part, EXCHANGE_PIECE);
    pull(&client);
    assert_false(client.ended);
    assert_int_equal(service_parked(front.service), 1);
    for (int piece = 0; piece < 3; piece++) {
        assert_int_equal(count(&client, DELTA), piece);
        assert_int_equal(front_ask("GET", AT("__admin/health"), "", NULL), 200);
        pass_ms(49);
        assert_int_equal(count(&client, DELTA), piece);
        assert_int_equal(service_parked(front.service), 1);
        pass_ms(1);
        pull(&client);
        assert_int_equal(count(&client, DELTA), piece + 1);
    }
    assert_true(client.ended);
    assert_int_equal(client.part, EXCHANGE_LAST);
    assert_int_equal(service_parked(front.service), 0);
    assert_types(&client,
                 "start text-start text-delta text-delta text-delta text-end finish [DONE]");
    client_free(&client);
}

TEST(delayed_error_waits_once)
{
    struct client client;

    script("{\"replies\":[{\"error\":\"e\",\"delay\":1000}]}");
    begin(&client, "{\"prompt\":\"x\"}");
    pull(&client);
    assert_types(&client, "start ");
    pass_ms(999);
    assert_false(client.ended);
    pass_ms(1);
    pull(&client);
    assert_true(client.ended);
    assert_types(&client, "start error finish [DONE]");
    client_free(&client);
}

TEST(client_that_goes_away_frees_its_stream)
{
    struct client clients[10];
    long blocks;

    script("{\"replies\":[{\"text\":\"abc\",\"delay\":\"1s\"}]}");
    for (int round = 0; round < 2; round++) { /* the first makes what is kept for the next ones */
        journal_clear(&tenants_default(front.tenants)->journal);
        blocks = chaos_blocks();
        for (size_t i = 0; i < UNIT_COUNT(clients); i++) {
            begin(&clients[i], "{\"prompt\":\"x\"}");
            pull(&clients[i]);
        }
        assert_int_equal(service_parked(front.service), UNIT_COUNT(clients));
        for (size_t i = 0; i < UNIT_COUNT(clients); i++)
            client_free(&clients[i]);
        assert_int_equal(service_parked(front.service), 0);
        assert_int_equal(timers_next_due_us(&front.timers), INT64_MAX);
    }
    journal_clear(&tenants_default(front.tenants)->journal);
    assert_int_equal(chaos_blocks(), blocks);
    pass_ms(5000);
}

/* Of a request, only what the log line needs. */
TEST(waiting_stream_keeps_four_blocks_of_memory)
{
    enum { KEPT_BLOCKS = 4 }; /* the exchange, its texts, the stream, its events */
    enum { WARM_UP = 2 };     /* clients that make what is kept for all */
    struct client clients[12];
    long before = 0;

    script("{\"replies\":[{\"text\":\"abc\",\"delay\":\"1s\"}]}");
    for (size_t i = 0; i < UNIT_COUNT(clients); i++) {
        if (i == WARM_UP)
            before = chaos_blocks();
        begin(&clients[i], "{\"prompt\":\"x\"}");
        pull(&clients[i]);
        buffer_free(&clients[i].head);
        buffer_free(&clients[i].body);
    }
    long blocks = chaos_blocks() - before;
    for (size_t i = 0; i < UNIT_COUNT(clients); i++)
        client_free(&clients[i]);
    assert_int_equal(blocks, KEPT_BLOCKS * (long)(UNIT_COUNT(clients) - WARM_UP));
}

TEST(client_that_goes_away_between_pieces_frees_its_stream)
{
    struct client client;

    script("{\"replies\":[{\"text\":\"abc\",\"delay\":\"1s\"}]}");
    begin(&client, "{\"prompt\":\"x\"}");
    assert_int_equal(client.part, EXCHANGE_PIECE);
    client_free(&client);
    assert_int_equal(service_parked(front.service), 0);
    assert_int_equal(timers_next_due_us(&front.timers), INT64_MAX);
}

TEST(reset_and_stop_break_streams_off)
{
    struct client client;

    for (int way = 0; way < 2; way++) {
        script("{\"replies\":[{\"text\":\"abc\",\"delay\":\"1s\"}]}");
        begin(&client, "{\"prompt\":\"x\"}");
        pull(&client);
        if (way == 0) {
            assert_int_equal(front_ask("POST", AT("__admin/reset"), "", NULL), 200);
        } else {
            service_stop(front.service);
            service_turn_end(front.service);
        }
        assert_true(client.ended);
        assert_int_equal(client.part, EXCHANGE_BROKEN);
        assert_int_equal(service_parked(front.service), 0);
        client_free(&client);
        if (way == 1)
            return;
        front_tear_down();
        set_up();
    }
}

TEST(script_that_changes_leaves_a_stream_that_has_begun)
{
    struct client client;

    script("{\"replies\":[{\"text\":\"old\",\"pieces\":3,\"delay\":1}]}");
    begin(&client, "{\"prompt\":\"x\"}");
    pull(&client);
    script("{\"replies\":[]}");
    for (int i = 0; i < 3; i++) {
        pass_ms(1);
        pull(&client);
    }
    assert_true(client.ended);
    assert_says(&client, "old");
    client_free(&client);
}

/* --- the token --- */

TEST(stream_asks_for_its_sessions_token)
{
    static const struct {
        const char *target, *body;
        enum err err;
    } rows[] = {
        {"stream/s", "{\"prompt\":\"x\"}", ERR_NO_TOKEN},
        {"stream/s?token=", "{\"prompt\":\"x\"}", ERR_NO_TOKEN},
        {"stream/s?token=mock-password", "{\"prompt\":\"x\"}", ERR_BAD_TOKEN},
        {"stream/other?token=mock-session-token-1", "{\"prompt\":\"x\"}", ERR_SESSION_NOT_FOUND},
        {"stream/s?token=mock-session-token-1", "", ERR_BAD_FIELD},
        {"stream/s?token=mock-session-token-1", "{\"prompt\":7}", ERR_BAD_FIELD},
        {"stream/s?token=mock-session-token-1", "{", ERR_BAD_JSON},
        {"stream/s?token=%zz", "{\"prompt\":\"x\"}", ERR_BAD_QUERY},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char target[200];
        snprintf(target, sizeof(target), AT("_pod/mock-pod-1/15552/%s"), rows[i].target);
        struct client client = client_new();
        client_ask(&client, "POST", target, rows[i].body);
        client_assert_error(&client, rows[i].err);
        client_free(&client);
    }
    struct buffer log = front_log();
    assert_null(memmem(log.bytes, log.length, "mock-session-token", 18));
    assert_null(memmem(log.bytes, log.length, "mock-password", 13));
    buffer_free(&log);
}

TEST(longest_reply_comes_in_bounded_pieces)
{
    struct buffer body = buffer_new(400000);
    struct client client;

    buffer_put_text(&body, TEXT("{\"replies\":[{\"pieces\":1000,\"text\":\""));
    for (int i = 0; i < CONFIG_TEXT_MAX; i++)
        buffer_put_char(&body, 'x');
    buffer_put_text(&body, TEXT("\"}]}"));
    buffer_put_char(&body, '\0');
    script(body.bytes);
    buffer_free(&body);
    begin(&client, "{\"prompt\":\"x\"}");
    pull(&client);
    assert_true(client.ended);
    assert_int_equal(client.part, EXCHANGE_LAST);
    assert_int_equal(count(&client, DELTA), 1000);
    assert_true(client.capacity_max <= 128 * 1024);
    client_free(&client);
}
