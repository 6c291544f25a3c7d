/* SPDX-License-Identifier: MIT
 *
 * The API's own routes in one process, where a case needs the clock, a turn, the log, the pieces of
 * an answer or the table of routes. Plain requests and answers are in tests/stack/rows/. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "front.h"
#include "state_dump.h"

#define CLAIM AT("pools/default-pool/workspace?workspaceId=w")

static struct client ask_as(const char *request_id, const char *method, const char *target)
{
    struct client client = client_new();

    client_add(&client, "REQUEST_ID", request_id);
    client_ask(&client, method, target, "");
    return client;
}

static void assert_member(const struct client *client, const char *path, const char *expected)
{
    struct json_object *json = client_json(client);

    assert_string_equal(json_text_at(json, path), expected);
    json_object_put(json);
}

static void assert_claims(const char *request_id, const char *target, const char *pod)
{
    struct client client = ask_as(request_id, "GET", target);

    assert_int_equal(client_status(&client), 200);
    assert_member(&client, "workspace.id", pod);
    client_free(&client);
}

static void assert_logged(const char *part)
{
    struct buffer log = front_log();

    assert_non_null(memmem(log.bytes, log.length, part, strlen(part)));
    buffer_free(&log);
}

SUITE(.set_up = front_set_up, .tear_down = front_tear_down);

TEST(claim_names_pod_pool_and_workspace)
{
    struct client client = client_as(NULL, "GET", CLAIM, "");

    assert_int_equal(client_status(&client), 200);
    assert_member(&client, "workspace.id", "pod-pool-1-1");
    assert_member(&client, "workspace.poolName", "default-pool");
    assert_member(&client, "workspace.usage_status", "used");
    assert_member(&client, "workspace.claimedBy", "w");
    assert_member(&client, "workspace.claimedAt", "2024-01-15T10:30:00.000Z");
    client_free(&client);
    assert_logged("🎭 ✅ [Mock Pool Manager] 2024-01-15T10:30:00.000Z claim method=GET");
    assert_logged(" pool=default-pool pod=pod-pool-1-1 workspace=w\n");
}

TEST(repeated_claim_joins_by_request_id_method_and_target)
{
    assert_claims("id-1", CLAIM, "pod-pool-1-1");
    assert_claims("id-1", CLAIM, "pod-pool-1-1");
    assert_claims("id-2", CLAIM, "pod-pool-1-2");
    assert_claims("id-1", CLAIM "2", "pod-pool-1-3");
    assert_claims("", CLAIM, "pod-pool-1-4");
    assert_claims("", CLAIM, "pod-pool-1-5");
    front_pass_us(REPEAT_REMEMBERED_US - 1);
    assert_claims("id-1", CLAIM, "pod-pool-1-1");
    front_pass_us(1);
    assert_claims("id-1", CLAIM, "pod-pool-1-6");
}

TEST(repeated_claim_in_the_same_turn_joins_too)
{
    struct client first = client_new(), second = client_new();

    client_add(&first, "REQUEST_ID", "id");
    client_add(&second, "REQUEST_ID", "id");
    assert_true(client_submit(&first, "GET", CLAIM, ""));
    assert_true(client_submit(&second, "GET", CLAIM, ""));
    service_turn_end(front.service);
    assert_member(&first, "workspace.id", "pod-pool-1-1");
    assert_member(&second, "workspace.id", "pod-pool-1-1");
    client_free(&first);
    client_free(&second);
}

TEST(repeated_claim_that_has_ended_is_gone)
{
    assert_claims("id", CLAIM, "pod-pool-1-1");
    assert_int_equal(front_ask("POST", AT("workspaces/mock-pod-1/release"), "", NULL), 200);
    struct client client = ask_as("id", "GET", CLAIM);
    client_assert_error(&client, ERR_CLAIM_GONE);
    client_free(&client);
    assert_int_equal(front_ask("POST", AT("__admin/reset"), "", NULL), 200);
    assert_claims("id", CLAIM, "pod-pool-1-1");
}

TEST(repeated_claim_does_not_queue_for_the_pod_it_has)
{
    struct client waiting = client_new();

    assert_int_equal(front_ask("PATCH", AT("__admin/pools/p"),
                               "{\"newPoolPods\":1,\"onExhausted\":\"queue\"}", NULL),
                     200);
    assert_claims("id", AT("pools/p/workspace"), "pod-pool-2-6");
    client_ask(&waiting, "GET", AT("pools/p/workspace"), "");
    assert_int_equal(service_parked(front.service), 1);
    assert_claims("id", AT("pools/p/workspace"), "pod-pool-2-6");
    assert_int_equal(service_parked(front.service), 1);
    client_free(&waiting);
}

TEST(pod_of_a_claim_that_was_lost_goes_to_the_next_in_the_queue)
{
    struct client first = client_new(), second = client_new();

    assert_int_equal(front_ask("PATCH", AT("__admin/pools/p"),
                               "{\"newPoolPods\":1,\"onExhausted\":\"queue\"}", NULL),
                     200);
    assert_claims("id", AT("pools/p/workspace"), "pod-pool-2-6");
    client_ask(&first, "GET", AT("pools/p/workspace"), "");
    client_ask(&second, "GET", AT("pools/p/workspace"), "");
    assert_int_equal(front_ask("POST", AT("workspaces/mock-pod-6/release"), "", NULL), 200);
    timers_run(&front.timers, front.clock.mono_us, 1); /* the first takes it */
    pool_state_turn_fail(front.state);
    service_turn_end(front.service);
    client_assert_error(&first, ERR_TURN_LOST);
    assert_false(second.ended);
    front_pass_us(0);
    service_turn_end(front.service);
    assert_int_equal(client_status(&second), 200);
    client_free(&first);
    client_free(&second);
}

TEST(waiting_claim_takes_no_more_memory_however_often_it_is_woken)
{
    struct client waiting = client_new();

    assert_int_equal(front_ask("PATCH", AT("__admin/pools/p"),
                               "{\"newPoolPods\":0,\"onExhausted\":\"queue\"}", NULL),
                     200);
    client_add(&waiting, "REQUEST_ID", "id");
    client_ask(&waiting, "GET", AT("pools/p/workspace"), "");
    assert_int_equal(service_parked(front.service), 1);
    const struct arena_chunk *newest = exchange_arena(waiting.exchange)->chunks;
    for (int i = 0; i < 1000; i++) { /* each release of a pod may be of one for it */
        assert_int_equal(front_ask("GET", CLAIM, "", NULL), 200);
        assert_int_equal(front_ask("POST", AT("workspaces/mock-pod-1/release"), "", NULL), 200);
        front_pass_us(0);
        service_turn_end(front.service);
    }
    assert_ptr_equal(exchange_arena(waiting.exchange)->chunks, newest);
    assert_int_equal(service_parked(front.service), 1);
    client_free(&waiting);
}

TEST(pool_that_is_made_and_not_enlarged_stays_and_so_does_its_turn)
{
    static const struct {
        const char *method, *target;
    } requests[] = {{"POST", AT("pools/p/scale")}, {"PUT", AT("pools/q")}};

    assert_int_equal(front_ask("PATCH", AT("__admin/settings"), "{\"maxPods\":2}", NULL), 200);
    for (size_t i = 0; i < UNIT_COUNT(requests); i++) {
        struct client other = client_new(), refused = client_new();
        assert_true(client_submit(&other, "GET", CLAIM, ""));
        assert_true(
            client_submit(&refused, requests[i].method, requests[i].target, "{\"minimum_vms\":3}"));
        service_turn_end(front.service);
        assert_int_equal(client_status(&other), 200);
        client_assert_error(&refused, ERR_POD_LIMIT);
        client_free(&other);
        client_free(&refused);
    }
    struct json_object *json;
    assert_int_equal(front_ask("GET", AT("__admin/health"), "", &json), 200);
    assert_int_equal(json_number_at(json, "pools"), 3);
    assert_int_equal(json_number_at(json, "pods"), 5 + 2 + 2);
    json_object_put(json);
}

TEST(head_of_claim_and_of_lists_changes_nothing)
{
    static const char *const targets[] = {CLAIM,
                                          AT("pools/new/workspace"),
                                          AT("pools/new/workspaces"),
                                          AT("pools/new/status"),
                                          AT("workspaces/mock-pod-1"),
                                          AT("__admin/health")};
    struct buffer before = state_dump(front.state);

    for (size_t i = 0; i < UNIT_COUNT(targets); i++) {
        struct client head = ask_as("id", "HEAD", targets[i]);
        assert_int_equal(client_status(&head), 200);
        assert_int_equal(head.body.length, 0);
        state_assert_unchanged(front.state, &before);
        struct client get = client_as(NULL, "GET", targets[i], "");
        assert_true(text_equal(client_header(&head, "Content-Length"),
                               client_header(&get, "Content-Length")));
        assert_non_null(client_header(&head, "Content-Length").at);
        client_free(&head);
        client_free(&get);
        buffer_free(&before);
        before = state_dump(front.state);
    }
    buffer_free(&before);
    struct buffer log = front_log();
    const struct text claimed =
        TEXT("🎭 ✅ [Mock Pool Manager] 2024-01-15T10:30:00.000Z claim method=HEAD");
    assert_null(memmem(log.bytes, log.length, claimed.at, claimed.length));
    buffer_free(&log);
}

/* --- long lists --- */

static void seed(int64_t count)
{
    assert_int_equal(pool_state_add_pods(front.state, TEXT("default-pool"), count), OK);
    assert_int_equal(pool_state_turn_end(front.state), OK);
}

TEST(long_list_comes_in_pieces_that_join_to_json)
{
    static const char *const targets[] = {AT("pools/default-pool/workspaces"),
                                          AT("pools/default-pool/status"),
                                          AT("pools/default-pool/workspaces?limit=1000")};
    static const size_t counts[] = {1005, 1005, 1000};

    seed(1000);
    for (size_t i = 0; i < UNIT_COUNT(targets); i++) {
        struct client client = client_as(NULL, "GET", targets[i], "");
        struct json_object *json = client_json(&client), *list = json_at(json, "workspaces");
        assert_int_equal(client.part, EXCHANGE_LAST);
        assert_true(client.pieces > 1);
        assert_null(client_header(&client, "Content-Length").at);
        assert_int_equal(json_object_array_length(list), counts[i]);
        for (size_t at = 0; at < counts[i]; at++) {
            char id[64];
            snprintf(id, sizeof(id), "pod-pool-1-%zu", at + 1);
            assert_string_equal(json_text_at(json_object_array_get_idx(list, at), "id"), id);
        }
        json_object_put(json);
        client_free(&client);
        struct client head = client_as(NULL, "HEAD", targets[i], "");
        assert_int_equal(client_status(&head), 200);
        assert_true(head.ended);
        assert_int_equal(head.body.length, 0);
        client_free(&head);
    }
}

TEST(long_list_of_pools_comes_in_pieces)
{
    struct client client = client_new();

    for (int i = 0; i < 700; i++) {
        char target[100];
        snprintf(target, sizeof(target), AT("pools/pool%%20%d/status?simple=true"), i);
        json_object_put(front_expect(200, "GET", target, ""));
    }
    client_ask(&client, "GET", AT("pools"), "");
    assert_true(client.pieces > 1);
    struct json_object *json = client_json(&client);
    assert_int_equal(json_object_array_length(json_at(json, "pools")), 701);
    assert_text_at(json, "pools.700.name", "pool 699");
    json_object_put(json);
    client_free(&client);
}

TEST(list_that_is_reset_in_the_middle_ends_as_json)
{
    struct client client = client_new();

    seed(1000);
    assert_true(client_submit(&client, "GET", AT("pools/default-pool/workspaces"), ""));
    service_turn_end(front.service);
    assert_int_equal(client.part, EXCHANGE_PIECE);
    assert_int_equal(front_ask("POST", AT("__admin/reset"), "", NULL), 200);
    client_pull(&client);
    service_turn_end(front.service);
    assert_int_equal(client.part, EXCHANGE_LAST);
    struct json_object *json = client_json(&client);
    assert_true(json_object_array_length(json_at(json, "workspaces")) < 1005);
    json_object_put(json);
    client_free(&client);
}

TEST(list_shows_each_pod_once_while_others_claim_and_add)
{
    struct client client = client_new();
    size_t count = 0;

    seed(500);
    assert_true(client_submit(&client, "GET", AT("pools/default-pool/workspaces"), ""));
    service_turn_end(front.service);
    while (!client.ended) {
        assert_int_equal(front_ask("GET", CLAIM, "", NULL), 200);
        if (count++ < 3)
            seed(10);
        client_pull(&client);
        service_turn_end(front.service);
    }
    struct json_object *json = client_json(&client), *list = json_at(json, "workspaces");
    int64_t total = (int64_t)json_object_array_length(list);
    assert_true(total >= 505 && total <= 535);
    for (int64_t at = 0; at < total; at++) {
        char id[64];
        snprintf(id, sizeof(id), "pod-pool-1-%lld", (long long)at + 1);
        assert_string_equal(json_text_at(json_object_array_get_idx(list, (size_t)at), "id"), id);
    }
    json_object_put(json);
    client_free(&client);
}

static int64_t seq_at(struct json_object *events, size_t at)
{
    return json_number_at(json_object_array_get_idx(events, at), "seq");
}

/* The ring drops events that the first piece has not shown, and keeps some of those behind them. */
TEST(page_of_events_ends_where_events_are_dropped_meanwhile)
{
    struct client client = client_new();

    for (size_t i = 0; i < FRONT_EVENTS_MAX; i++)
        assert_int_equal(front_ask("GET", CLAIM, "", NULL), 200);
    assert_true(client_submit(&client, "GET", AT("__admin/events?after=0"), ""));
    service_turn_end(front.service);
    assert_false(client.ended);
    for (size_t i = 0; i < 250; i += 2) /* a claim that makes its pod has two events */
        assert_int_equal(front_ask("GET", CLAIM, "", NULL), 200);
    while (!client.ended) {
        client_pull(&client);
        service_turn_end(front.service);
    }
    struct json_object *json = client_json(&client), *events = json_at(json, "events");
    size_t count = json_object_array_length(events);
    assert_true(count > 0 && count < 250);
    assert_int_equal(seq_at(events, count - 1) - seq_at(events, 0) + 1, count);
    assert_string_equal(json_text_at(json, "lastId"),
                        json_text_at(json_object_array_get_idx(events, count - 1), "id"));
    json_object_put(json);
    client_free(&client);
}

TEST(piece_of_a_very_long_list_takes_bounded_memory)
{
    struct client client = client_new();

    seed(20000);
    client.body = buffer_new(1 << 20);
    assert_true(client_submit(&client, "GET", AT("pools/default-pool/workspaces"), ""));
    service_turn_end(front.service);
    while (!client.ended) {
        buffer_clear(&client.body);
        client_pull(&client);
        service_turn_end(front.service);
    }
    assert_int_equal(client.part, EXCHANGE_LAST);
    assert_true(client.pieces > 200);
    assert_true(client.capacity_max <= 128 * 1024);
    client_free(&client);
}

/* --- what is prepared --- */

TEST(prepared_members_are_those_of_every_view)
{
    struct arena arena = {0};
    struct json_object *plain[2], *prepared[2];
    static const char *const pods[] = {AT("workspaces/mock-pod-1"), AT("workspaces/mock-pod-2")};

    json_object_put(front_expect(200, "GET", AT("pools/default-pool/workspace"), ""));
    for (size_t i = 0; i < UNIT_COUNT(pods); i++)
        plain[i] = front_expect(200, "GET", pods[i], "");
    assert_int_equal(view_prepare(&front.api.defaults, &arena), OK);
    for (size_t i = 0; i < UNIT_COUNT(pods); i++) {
        prepared[i] = front_expect(200, "GET", pods[i], "");
        assert_string_equal(json_object_to_json_string(prepared[i]),
                            json_object_to_json_string(plain[i]));
        json_object_put(plain[i]);
        json_object_put(prepared[i]);
    }
    arena_free(&arena);
}

/* --- the table of routes --- */

TEST(control_routes_take_no_parameters_but_their_own)
{
    static const struct {
        const char *method, *pattern;
    } rows[] = {
#define ROUTE(method, pattern, ...) {#method, pattern},
#include "call/routes.def"
#undef ROUTE
    };
    struct buffer before = state_dump(front.state);

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct json_object *json;
        char target[200];
        if (strncmp(rows[i].pattern, "__admin/", strlen("__admin/")) != 0)
            continue;
        snprintf(target, sizeof(target), AT("%s?nonsense=1"), rows[i].pattern);
        for (char *at = target; *at; at++)
            *at = *at == '{' || *at == '}' ? 'x' : *at;
        assert_int_equal(front_ask(rows[i].method, target, "", &json), 400);
        assert_string_equal(json_text_at(json, "code"), "bad_query");
        if (!strstr(json_text_at(json, "error"), "nonsense: unknown; "))
            fail_msg("%s: %s", target, json_text_at(json, "error"));
        json_object_put(json);
        state_assert_unchanged(front.state, &before);
    }
    buffer_free(&before);
}
