/* SPDX-License-Identifier: MIT
 *
 * Whoever replaces a state has what is overdue in the new one happen before anybody sees it: nobody
 * sees a time by which something should have happened and has not. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "documents.h"
#include "front.h"

enum { PODS = 1000, TURNS_MAX = 1000 };

#define CLAIM AT("pools/default-pool/workspace?workspaceId=w&ttl=1h")

static struct pool_state *start_state;
static struct buffer document;

static void expect(int status, const char *method, const char *target, const char *body)
{
    json_object_put(front_expect(status, method, target, body));
}

static void move_clock(const char *action)
{
    expect(200, "PUT", AT("__admin/clock"), action);
}

/* Goes beyond all that is due in the states made here. */
static void advance(void)
{
    move_clock("{\"action\":\"advance\",\"by\":\"2h\"}");
}

static void submit(struct client *client, const char *method, const char *target, const char *body)
{
    *client = client_new();
    client_add(client, "REQUEST_ID", "id");
    assert_true(client_submit(client, method, target, body));
}

/* The answer of a client, which is freed. The caller puts it back. */
static struct json_object *answer_of(struct client *client)
{
    struct json_object *json = client_json(client);

    if (client_status(client) != 200)
        fail_msg("%d %s", client_status(client), json_plain(json));
    client_free(client);
    return json;
}

/* One pod, leased for an hour, and one that will be running in two seconds, in a pool that makes
 * none for a claim; on a clock that stands. */
static void make_state(void)
{
    expect(200, "PUT", AT("pools/default-pool"), "{\"minimum_vms\":1}");
    expect(200, "PATCH", AT("__admin/pools/default-pool"),
           "{\"onExhausted\":\"reject\",\"progression\":{\"mode\":\"time\",\"pending\":\"1s\","
           "\"starting\":\"1s\"}}");
    move_clock("{\"action\":\"freeze\"}");
    struct client claim;
    submit(&claim, "GET", CLAIM, "");
    service_turn_end(front.service);
    json_object_put(answer_of(&claim));
    expect(200, "POST", AT("pools/default-pool/scale"), "{\"minimum_vms\":2}");
}

static void write_document(void)
{
    document_put(front.state, true, &document);
    buffer_put_char(&document, '\0');
}

/* Submits a request that replaces the state, and behind it, in the same turn, some that see what
 * is in it. The last is the first claim, by its id and target: it is a new one now. */
static void assert_nothing_is_overdue_in_the_turn_of(const char *method, const char *target,
                                                     const char *body)
{
    struct client replace, pod, pool, claim;

    submit(&replace, method, target, body);
    submit(&pod, "GET", AT("workspaces/mock-pod-1"), "");
    submit(&pool, "GET", AT("pools/default-pool/status"), "");
    submit(&claim, "GET", CLAIM, "");

    service_turn_end(front.service);
    json_object_put(answer_of(&replace));
    struct json_object *json = answer_of(&pod);
    assert_text_at(json, "usage_status", "free");
    assert_false(json_object_object_get_ex(json, "expiresAt", NULL));
    json_object_put(json);
    json = answer_of(&pool);
    assert_int_equal(json_number_at(json, "status.current_vms"), 2);
    assert_int_equal(json_number_at(json, "status.used_vms"), 0);
    assert_int_equal(json_number_at(json, "status.pending_vms"), 0);
    json_object_put(json);
    json = answer_of(&claim);
    assert_text_at(json, "workspace.subdomain", "mock-pod-1");
    json_object_put(json);
}

TEST(restore_shows_nothing_that_is_overdue)
{
    make_state();
    expect(201, "PUT", AT("__admin/snapshots/s"), "");
    struct client before = client_as(NULL, "GET", AT("__admin/snapshots/s?secrets=true"), "");
    advance();
    for (int time = 0; time < 2; time++)
        assert_nothing_is_overdue_in_the_turn_of("POST", AT("__admin/snapshots/s/restore"), "");
    struct client after = client_as(NULL, "GET", AT("__admin/snapshots/s?secrets=true"), "");
    document_assert_same(&before.body, &after.body); /* the snapshot stays as it is */
    client_free(&before);
    client_free(&after);
}

TEST(import_shows_nothing_that_is_overdue)
{
    make_state();
    write_document();
    advance();
    assert_nothing_is_overdue_in_the_turn_of("PUT", AT("__admin/state"), document.bytes);
}

/* --- a state that begins with a document --- */

static void open_from_start_state(void)
{
    struct problem problem;

    write_document();
    document.length--;
    start_state = document_take(front.state, buffer_text(&document), front.clock.wall_ms, &problem);
    assert_non_null(start_state);
    front_close();
    front_open_from(start_state);
}

TEST(reset_to_a_document_shows_nothing_that_is_overdue)
{
    make_state();
    open_from_start_state();
    front_pass_us(INT64_C(2) * 3600 * 1000 * 1000);
    assert_nothing_is_overdue_in_the_turn_of("POST", AT("__admin/reset"), "");
    assert_nothing_is_overdue_in_the_turn_of("POST", AT("__admin/reset?keep=settings"), "");
}

TEST(new_tenant_shows_nothing_that_is_overdue)
{
    make_state();
    open_from_start_state();
    clock_set(&front.clock, front.clock.wall_ms + 7200 * 1000, front.clock.mono_us);
    for (int time = 0; time < 2; time++) {
        struct client gone;
        submit(&gone, "DELETE", AT("__admin/tenants/t"), "");
        struct client pod;
        submit(&pod, "GET", AT("~t/workspaces/mock-pod-1--t"), "");
        service_turn_end(front.service);
        assert_int_equal(client_status(&gone), time == 0 ? 404 : 200);
        client_free(&gone);
        struct json_object *json = answer_of(&pod);
        assert_text_at(json, "usage_status", "free");
        json_object_put(json);
    }
}

/* --- more than a turn has time for --- */

/* Leases all pods at one time of the clock, each for one hour and a few milliseconds more. */
static void make_large_state(void)
{
    char target[256];

    move_clock("{\"action\":\"freeze\"}");
    for (int i = 0; i < PODS; i++) {
        snprintf(target, sizeof(target), AT("pools/default-pool/workspace?workspaceId=w&ttl=%dms"),
                 3600000 + i);
        expect(200, "GET", target, "");
    }
}

/* The pod whose lease ends last is looked at in one turn with the clock. */
static void assert_none_is_overdue(void)
{
    struct client pod, clock;
    struct json_object *ends;
    char target[256];

    snprintf(target, sizeof(target), AT("workspaces/mock-pod-%d"), PODS);
    submit(&pod, "GET", target, "");
    submit(&clock, "GET", AT("__admin/clock"), "");
    service_turn_end(front.service);
    struct json_object *now = answer_of(&clock), *shown = answer_of(&pod);
    if (json_object_object_get_ex(shown, "expiresAt", &ends) &&
        strcmp(json_object_get_string(ends), json_text_at(now, "now")) <= 0)
        fail_msg("at %s a lease is over since %s", json_text_at(now, "now"),
                 json_object_get_string(ends));
    json_object_put(shown);
    json_object_put(now);
}

/* Only what comes into a turn moves a tenant's clock here, which front_pass_us does by itself. */
static void begin_next_turn(void)
{
    clock_set(&front.clock, front.clock.wall_ms, front.clock.mono_us + 1);
    timers_run(&front.timers, front.clock.mono_us, 1000);
}

/* Asks in every turn until a request has been answered, and for as long as the clock may be behind
 * after that. */
static void assert_never_overdue_while(struct client *replace)
{
    int turns = 0, after = 0;

    for (; after < 2 + PODS / TENANT_DUE_MAX && turns < TURNS_MAX; turns++) {
        assert_none_is_overdue();
        after += replace->ended;
        begin_next_turn();
    }
    assert_true(turns < TURNS_MAX);
}

static void assert_all_free(int64_t expected_now_ms)
{
    struct json_object *json = front_expect(200, "GET", AT("pools/default-pool/status"), "");

    assert_int_equal(json_number_at(json, "status.unused_vms"), PODS);
    json_object_put(json);
    assert_int_equal(tenants_default(front.tenants)->clock.wall_ms, expected_now_ms);
}

TEST(large_restore_and_import_are_seen_when_nothing_is_overdue)
{
    static const struct {
        const char *method, *target;
    } rows[] = {{"POST", AT("__admin/snapshots/s/restore")}, {"PUT", AT("__admin/state")}};

    make_large_state();
    write_document();
    expect(201, "PUT", AT("__admin/snapshots/s"), "");
    advance();
    int64_t now_ms = tenants_default(front.tenants)->clock.wall_ms;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct client replace;
        submit(&replace, rows[i].method, rows[i].target, i == 1 ? document.bytes : "");
        assert_never_overdue_while(&replace);
        json_object_put(answer_of(&replace));
        assert_all_free(now_ms);
    }
}

/* The clock of a reset begins anew: it waits for what is overdue, as at the start. */
TEST(large_reset_goes_on_to_where_nothing_is_overdue)
{
    make_large_state();
    open_from_start_state();
    front_pass_us(INT64_C(2) * 3600 * 1000 * 1000);
    struct client replace;
    submit(&replace, "POST", AT("__admin/reset"), "");
    assert_never_overdue_while(&replace);
    json_object_put(answer_of(&replace));
    assert_all_free(front.clock.wall_ms);
}

/* --- what ends it --- */

TEST(large_restore_that_is_overtaken_by_a_reset_is_stale)
{
    make_large_state();
    expect(201, "PUT", AT("__admin/snapshots/s"), "");
    advance();
    struct client replace;
    submit(&replace, "POST", AT("__admin/snapshots/s/restore"), "");
    service_turn_end(front.service);
    assert_false(replace.ended);
    expect(200, "POST", AT("__admin/reset"), "");
    client_assert_error(&replace, ERR_STALE);
    client_free(&replace);
    assert_int_equal(front_number(AT("pools/default-pool"), "status.current_vms"), 5);
}

static void set_up(void)
{
    document = buffer_new(DOCUMENT_MAX);
    front_set_up();
}

static void tear_down(void)
{
    front_tear_down();
    pool_state_close(&start_state);
    buffer_free(&document);
}

SUITE(.set_up = set_up, .tear_down = tear_down);
