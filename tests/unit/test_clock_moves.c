/* SPDX-License-Identifier: MIT
 *
 * Moves of the clock by which more falls due than one turn does: what the one who moves it is told,
 * and what others see meanwhile. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "front.h"
#include "state_dump.h"

#define CLOCK "/__admin/clock"
#define LEASED "/pools/leased"

/* Pods whose leases end a second apart, in another order than that of their numbers. */
enum { PODS = 2 * TENANT_DUE_MAX + 100, STRIDE = 5, START_MS = 1705314600000 };

static const char *at(const char *prefix, const char *path)
{
    static char target[200];

    snprintf(target, sizeof(target), FRONT_MOUNT "%s%s", prefix, path);
    return target;
}

static void change_clock(const char *prefix, const char *change)
{
    assert_int_equal(front_ask("PUT", at(prefix, CLOCK), change, NULL), 200);
}

static void make_leases(const char *prefix)
{
    char claim[100];

    assert_true(PODS % STRIDE != 0);
    for (int n = 0; n < PODS; n++) {
        snprintf(claim, sizeof(claim), LEASED "/workspace?workspaceId=w&ttl=%ds",
                 n * STRIDE % PODS + 1);
        assert_int_equal(front_ask("GET", at(prefix, claim), "", NULL), 200);
    }
}

/* On a clock that stands. */
static void make_leases_and_freeze(const char *prefix)
{
    change_clock(prefix, "{\"action\":\"freeze\"}");
    make_leases(prefix);
}

/* Who moves the clock. */
static struct client mover, second;

static void set_up(void)
{
    front_set_up();
    mover = client_new();
    second = client_new();
    make_leases_and_freeze("");
}

static void tear_down(void)
{
    client_free(&mover);
    client_free(&second);
    front_tear_down();
}

SUITE(.set_up = set_up, .tear_down = tear_down);

static void begin_move(struct client *client, const char *change)
{
    assert_true(client_submit(client, "PUT", at("", CLOCK), change));
    service_turn_end(front.service);
    assert_true(client_has_room(client));
}

static void pull(struct client *client)
{
    client_pull(client);
    service_turn_end(front.service);
}

static void pull_to_the_end(struct client *client)
{
    while (client_has_room(client))
        pull(client);
    assert_true(client->ended);
}

static int64_t used_pods(void)
{
    return front_number(FRONT_MOUNT LEASED "/status?simple=true", "pool.used_workspaces");
}

/* What the clock shows, in milliseconds since the start. */
static int64_t ask_clock_ms(void)
{
    struct json_object *json;
    int64_t now_ms;

    assert_int_equal(front_ask("GET", at("", CLOCK), "", &json), 200);
    assert_true(clock_parse(text_of(json_text_at(json, "now")), &now_ms));
    json_object_put(json);
    return now_ms - START_MS;
}

/* What has fallen due by a move, as its answer lists it. */
static struct text fired_of(const struct client *client)
{
    const struct text front_of_list = TEXT("\"fired\":[");
    struct text body = buffer_text(&client->body);

    while (body.length > 0 && !text_starts_with(body, front_of_list))
        body = text_from(body, 1);
    assert_true(body.length > front_of_list.length);
    body = text_from(body, front_of_list.length);
    return (struct text){body.at, body.length - sizeof("]}") + 1};
}

static size_t fired_count(const struct client *client)
{
    struct json_object *json = client_json(client);
    size_t count = json_object_array_length(json_at(json, "fired"));

    json_object_put(json);
    return count;
}

/* Fails unless all has happened by the time that the clock shows, and nothing besides. */
static void assert_state_is_of_its_time(int64_t now_ms)
{
    assert_int_equal(ask_clock_ms(), now_ms);
    int64_t ended = now_ms / 1000 < PODS ? now_ms / 1000 : PODS;
    int64_t missing = used_pods() - (PODS - ended);
    /* what is of this instant may still be to happen */
    assert_true(missing == 0 || missing == 1);
}

TEST(list_is_that_of_small_moves_put_together)
{
    struct buffer lists = buffer_new(1 << 20);

    begin_move(&mover, "{\"action\":\"advance\",\"by\":\"20m\"}");
    pull_to_the_end(&mover);
    assert_int_equal(mover.pieces, 3);
    assert_null(client_header(&mover, "Content-Length").at);
    assert_true(mover.capacity_max <= 64 * 1024);
    make_leases_and_freeze("/~small");
    for (int seconds = 0; seconds < PODS; seconds += TENANT_DUE_MAX) {
        struct client small = client_new();
        client_ask(&small, "PUT", at("/~small", CLOCK), "{\"action\":\"advance\",\"by\":\"256s\"}");
        assert_int_equal(small.pieces, 1);
        assert_non_null(client_header(&small, "Content-Length").at);
        buffer_put_text(&lists, seconds > 0 ? TEXT(",") : TEXT(""));
        buffer_put_text(&lists, fired_of(&small));
        client_free(&small);
    }
    assert_true(text_equal(fired_of(&mover), buffer_text(&lists)));
    assert_int_equal(fired_count(&mover), PODS);
    buffer_free(&lists);
}

TEST(others_see_the_clock_on_its_way_and_a_state_of_that_time)
{
    struct json_object *json;

    begin_move(&mover, "{\"action\":\"advance\",\"by\":\"20m\"}");
    assert_state_is_of_its_time((TENANT_DUE_MAX + 1) * 1000);
    assert_int_equal(front_ask("GET", at("", LEASED "/workspaces?limit=1000"), "", &json), 200);
    struct json_object *pods = json_at(json, "workspaces");
    for (size_t i = 0; i < json_object_array_length(pods); i++) {
        struct json_object *pod = json_object_array_get_idx(pods, i), *remaining;
        if (json_object_object_get_ex(pod, "remainingMs", &remaining))
            assert_true(json_object_get_int64(remaining) >= 0);
    }
    json_object_put(json);
    pull(&mover);
    assert_state_is_of_its_time((2 * TENANT_DUE_MAX + 1) * 1000);
    pull_to_the_end(&mover);
    assert_state_is_of_its_time(20 * 60 * 1000);
}

TEST(lease_that_others_take_on_the_way_ends_in_its_place)
{
    begin_move(&mover, "{\"action\":\"advance\",\"by\":\"20m\"}");
    assert_int_equal(
        front_ask("GET", at("", "/pools/new/workspace?workspaceId=w&ttl=1s"), "", NULL), 200);
    pull_to_the_end(&mover);
    assert_int_equal(fired_count(&mover), PODS + 1);
    assert_int_equal(front_number(AT("pools/new/status?simple=true"), "pool.used_workspaces"), 0);
}

TEST(going_clock_arrives_too_and_goes_on)
{
    change_clock("", "{\"action\":\"resume\"}");
    begin_move(&mover, "{\"action\":\"advance\",\"by\":\"20m\"}");
    clock_set(&front.clock, START_MS + 100, 1000000 + 100 * 1000);
    assert_state_is_of_its_time((TENANT_DUE_MAX + 1) * 1000);
    pull_to_the_end(&mover);
    assert_int_equal(fired_count(&mover), PODS);
    assert_state_is_of_its_time(20 * 60 * 1000 + 100);
}

/* Lets time pass until nothing more is to be done at once. */
static void let_others_work(void)
{
    for (int turns = 0; turns < 10; turns++) {
        front.clock.mono_us += 1000 * 1000;
        timers_run(&front.timers, front.clock.mono_us, 1000);
        service_turn_end(front.service);
    }
}

TEST(move_arrives_although_its_client_has_gone)
{
    begin_move(&mover, "{\"action\":\"set\",\"to\":\"2024-01-15T10:50:00.000Z\"}");
    client_free(&mover);
    let_others_work();
    assert_state_is_of_its_time(20 * 60 * 1000);
}

TEST(list_is_left_to_its_client_however_slow)
{
    begin_move(&mover, "{\"action\":\"advance\",\"by\":\"20m\"}");
    assert_true(timers_next_due_us(&front.timers) > front.clock.mono_us); /* it costs nothing */
    let_others_work();
    assert_state_is_of_its_time((TENANT_DUE_MAX + 1) * 1000);
    pull_to_the_end(&mover);
    assert_int_equal(fired_count(&mover), PODS);
}

TEST(reset_ends_the_move_and_its_list)
{
    begin_move(&mover, "{\"action\":\"advance\",\"by\":\"20m\"}");
    assert_int_equal(front_ask("POST", at("", "/__admin/reset"), "", NULL), 200);
    assert_int_equal(ask_clock_ms(), 0);
    make_leases("");
    clock_set(&front.clock, START_MS + 5000, 6 * 1000 * 1000);
    assert_state_is_of_its_time(5000); /* it waits for nobody */
    pull_to_the_end(&mover);
    assert_int_equal(fired_count(&mover), TENANT_DUE_MAX);
    assert_state_is_of_its_time(5000);
}

TEST(lost_turn_at_the_beginning_leaves_the_clock_where_it_was)
{
    state_refuse_commit(front.state);
    assert_true(
        client_submit(&mover, "PUT", at("", CLOCK), "{\"action\":\"advance\",\"by\":\"20m\"}"));
    service_turn_end(front.service);
    client_assert_error(&mover, ERR_TURN_LOST);
    let_others_work();
    assert_state_is_of_its_time(0);
}

TEST(lost_turn_in_the_middle_breaks_the_list_off_and_the_clock_arrives)
{
    begin_move(&mover, "{\"action\":\"advance\",\"by\":\"20m\"}");
    client_pull(&mover);
    pool_state_turn_fail(front.state);
    service_turn_end(front.service);
    assert_true(mover.ended && mover.part == EXCHANGE_BROKEN);
    let_others_work();
    assert_state_is_of_its_time(20 * 60 * 1000);
}

TEST(moves_at_once_add_up_and_each_thing_is_in_one_list)
{
    begin_move(&mover, "{\"action\":\"advance\",\"by\":\"590s\"}");
    begin_move(&second, "{\"action\":\"advance\",\"by\":\"590s\"}");
    pull(&mover);
    pull_to_the_end(&second);
    pull_to_the_end(&mover);
    assert_int_equal(fired_count(&mover) + fired_count(&second), PODS);
    assert_state_is_of_its_time(2 * 590 * 1000);
}

TEST(clock_that_is_stopped_on_its_way_stands_where_it_was_sent)
{
    struct json_object *json;

    change_clock("", "{\"action\":\"resume\"}");
    begin_move(&mover, "{\"action\":\"advance\",\"by\":\"20m\"}");
    assert_int_equal(front_ask("PUT", at("", CLOCK), "{\"action\":\"freeze\"}", &json), 200);
    assert_string_equal(json_text_at(json, "now"), "2024-01-15T10:50:00.000Z");
    json_object_put(json);
    pull_to_the_end(&mover);
    front_pass_us(1000 * 1000);
    assert_state_is_of_its_time(20 * 60 * 1000);
}

TEST(clock_waits_for_what_falls_due_by_itself_too)
{
    change_clock("", "{\"action\":\"resume\"}");
    clock_set(&front.clock, START_MS + 20 * 60 * 1000, 20 * 60 * INT64_C(1000000));
    for (int64_t turns = 1; turns * TENANT_DUE_MAX < PODS; turns++)
        assert_int_equal(ask_clock_ms(), (turns * TENANT_DUE_MAX + 1) * 1000);
    assert_state_is_of_its_time(20 * 60 * 1000);
}
