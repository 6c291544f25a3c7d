/* SPDX-License-Identifier: MIT
 *
 * What fault rules make of requests: each kind of answer in each phase, delays, and that a run can
 * be had again to the byte. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "chaos.h"
#include "front.h"
#include "http/router.h"
#include "http/uri.h"

#define CLAIM AT("pools/default-pool/workspace?workspaceId=w")

enum { RUNS = 100, REQUESTS = 40 };

/* Puts one rule for claims, as behind an nginx that has faults.conf. */
static void put_rule(const char *phase, const char *said)
{
    struct client client = client_new();
    char body[512];

    snprintf(body, sizeof(body),
             "[{\"id\":\"r\",\"match\":{\"operation\":\"claim\"},\"phase\":\"%s\",%s}]", phase,
             said);
    client_add(&client, "POOL_MANAGER_FAULTS", "1");
    client_ask(&client, "PUT", AT("__admin/faults"), body);
    assert_int_equal(client_status(&client), 200);
    client_free(&client);
}

static void claim(struct client *client)
{
    *client = client_new();
    client_add(client, "POOL_MANAGER_FAULTS", "1");
    client_ask(client, "GET", CLAIM, "");
}

static int64_t used(void)
{
    return front_number(AT("pools/default-pool/status"), "status.used_vms");
}

static void reset(void)
{
    assert_int_equal(front_ask("POST", AT("__admin/reset"), "", NULL), 200);
}

static void check_code(const struct client *client, const char *code)
{
    struct json_object *json = client_json(client);

    assert_string_equal(json_text_at(json, "code"), code);
    json_object_put(json);
}

SUITE(.set_up = front_set_up, .tear_down = front_tear_down);

/* Asks the pull or the time for the rest of an answer until it has ended. */
static void finish(struct client *client)
{
    for (int n = 0; n < 1000 && !client->ended; n++) {
        front_pass_us(100000);
        service_turn_end(front.service);
        if (client_has_room(client))
            client_pull(client);
    }
    assert_true(client->ended);
}

TEST(answer_that_is_cut_or_slowed_is_the_requests_own_only_if_it_ran)
{
    static const char *const answers[] = {"\"answer\":{\"truncate\":0.5}",
                                          "\"answer\":{\"dribble\":{\"bytesPerSecond\":1000000}}"};

    for (size_t i = 0; i < UNIT_COUNT(answers); i++)
        for (int after = 0; after <= 1; after++) {
            reset();
            put_rule(after ? "after" : "before", answers[i]);
            struct client client;
            claim(&client);
            finish(&client);
            assert_int_equal(client_status(&client), after ? 200 : err_status(ERR_FAULT));
            assert_text(client_header(&client, "X-Mock-Fault"), "r");
            struct text length = client_header(&client, "Content-Length");
            uint64_t announced = client.body.length;
            if (length.at)
                assert_true(text_to_number(length, UINT32_MAX, &announced));
            assert_int_equal(client.body.length, i == 0 ? announced / 2 : announced);
            if (i == 1 && !after)
                check_code(&client, "fault");
            client_free(&client);
            assert_int_equal(used(), after);
        }
}

TEST(answer_to_a_claim_that_has_waited_dribbles_to_its_end)
{
    struct client client;

    assert_int_equal(front_ask("PATCH", AT("__admin/settings"),
                               "{\"onExhausted\":\"queue\",\"claimTimeout\":\"4m\"}", NULL),
                     200);
    for (int i = 0; i < 5; i++)
        assert_int_equal(front_ask("GET", CLAIM, "", NULL), 200);
    put_rule("after", "\"answer\":{\"dribble\":{\"bytesPerSecond\":1000}}");
    claim(&client);
    assert_int_equal(service_parked(front.service), 1);
    assert_int_equal(front_ask("POST", AT("workspaces/mock-pod-3/release"), "", NULL), 200);
    finish(&client);
    assert_int_equal(client.part, EXCHANGE_LAST);
    struct json_object *json = client_json(&client);
    assert_string_equal(json_text_at(json, "workspace.subdomain"), "mock-pod-3");
    json_object_put(json);
    client_free(&client);
}

TEST(claim_whose_answer_does_not_get_to_its_end_is_lost)
{
    struct client client;

    put_rule("after", "\"answer\":{\"dribble\":{\"bytesPerSecond\":10}}");
    claim(&client);
    assert_false(client.ended);
    assert_int_equal(tenants_default(front.tenants)->leaks.count, 0);
    client_free(&client);
    assert_int_equal(tenants_default(front.tenants)->leaks.count, 1);
    claim(&client);
    reset();
    assert_int_equal(client.part, EXCHANGE_BROKEN);
    client_free(&client);
    assert_int_equal(tenants_default(front.tenants)->leaks.count, 0);
}

TEST(claim_is_lost_when_its_client_goes)
{
    struct client client;

    put_rule("after", "\"delay\":{\"type\":\"fixed\",\"ms\":2000}");
    claim(&client);
    clock_set(&front.clock, front.clock.wall_ms + 1500, front.clock.mono_us + 1500000);
    client_free(&client);
    struct json_object *json = front_expect(200, "GET", AT("__admin/leaks"), "");
    assert_text_at(json, "leaks.0.claimedAt", "2024-01-15T10:30:00.000Z");
    assert_text_at(json, "leaks.0.lostAt", "2024-01-15T10:30:01.500Z");
    assert_int_equal(json_number_at(json, "leaks.0.ageMs"), 0);
    json_object_put(json);
}

static void assert_line(const char *mark, const char *status, const char *rest)
{
    struct buffer log = front_log();
    struct text all = buffer_text(&log), line = {0}, next;
    char begin[64], middle[64];

    while (text_cut(&all, '\n', &next) && next.length > 0)
        line = next;
    snprintf(begin, sizeof(begin), "%s [Mock Pool Manager]", mark);
    snprintf(middle, sizeof(middle), " status=%s ", status);
    assert_true(text_starts_with(line, text_of(begin)));
    assert_non_null(memmem(line.at, line.length, middle, strlen(middle)));
    assert_non_null(memmem(line.at, line.length, rest, strlen(rest)));
    buffer_free(&log);
}

TEST(log_tells_what_has_happened)
{
    struct client client;

    put_rule("before", "\"answer\":{\"status\":429}");
    claim(&client);
    assert_line("🎭 ❌", "429", "fault=r");
    client_free(&client);
    put_rule("after", "\"answer\":{\"status\":429}");
    claim(&client);
    assert_line("🎭 ✅", "429", "pod=pod-pool-1-1");
    client_free(&client);
    put_rule("before", "\"delay\":{\"type\":\"fixed\",\"ms\":250}");
    claim(&client);
    client_free(&client);
    assert_line("🎭", "499", "fate=client-gone");
    static const char reads[] = "[{\"match\":{\"operation\":\"pool\"},\"phase\":\"after\","
                                "\"answer\":{\"garbage\":true}}]";
    assert_int_equal(front_ask("PUT", AT("__admin/faults"), reads, NULL), 200);
    assert_int_equal(front_ask("GET", AT("pools/default-pool"), "", NULL), 200);
    assert_line("🎭 ❌", "200", "fault=fault-1");
}

TEST(garbage_is_no_json)
{
    for (int after = 0; after <= 1; after++) {
        put_rule(after ? "after" : "before", "\"answer\":{\"garbage\":true}");
        struct client client;
        claim(&client);
        assert_int_equal(client_status(&client), 200);
        assert_text(client_header(&client, "X-Mock-Fault"), "r");
        assert_true(client.body.length >= 64);
        assert_false(text_is_utf8(buffer_text(&client.body)));
        client_free(&client);
        assert_int_equal(used(), after);
    }
}

TEST(connection_is_ended_by_the_front_end)
{
    put_rule("before", "\"answer\":{\"connection\":\"close\"}");
    struct client client;
    claim(&client);
    assert_text(client_header(&client, "X-Accel-Redirect"), "/__pool-manager-mock-fault/close");
    assert_int_equal(client.body.length, 0);
    client_free(&client);
    assert_int_equal(used(), 0);
    assert_int_equal(tenants_default(front.tenants)->leaks.count, 0);
    put_rule("after", "\"answer\":{\"connection\":\"reset\"}");
    claim(&client);
    assert_text(client_header(&client, "X-Accel-Redirect"), "/__pool-manager-mock-fault/reset");
    client_free(&client);
    assert_int_equal(used(), 1);
    assert_int_equal(tenants_default(front.tenants)->leaks.count, 1);
}

TEST(delayed_request_runs_when_its_time_has_come)
{
    put_rule("before", "\"delay\":{\"type\":\"fixed\",\"ms\":250}");
    struct client client;
    claim(&client);
    assert_int_equal(service_parked(front.service), 1);
    assert_int_equal(used(), 0);
    front_pass_us(249999);
    service_turn_end(front.service);
    assert_false(client.ended);
    front_pass_us(1);
    service_turn_end(front.service);
    assert_true(client.ended);
    assert_int_equal(client_status(&client), 200);
    assert_text(client_header(&client, "X-Mock-Fault"), "r");
    assert_int_equal(used(), 1);
    client_free(&client);
}

/* How often a path was split and matched. */
static unsigned split_count, match_count;

enum err __wrap_uri_split(struct text path, struct arena *arena, struct text *segments,
                          size_t *count);
enum err __real_uri_split(struct text path, struct arena *arena, struct text *segments,
                          size_t *count);
enum err __wrap_router_match(const struct router *router, enum http_method method,
                             const struct text *segments, size_t count, struct router_match *match);
enum err __real_router_match(const struct router *router, enum http_method method,
                             const struct text *segments, size_t count, struct router_match *match);

enum err __wrap_uri_split(struct text path, struct arena *arena, struct text *segments,
                          size_t *count)
{
    split_count++;
    return __real_uri_split(path, arena, segments, count);
}

enum err __wrap_router_match(const struct router *router, enum http_method method,
                             const struct text *segments, size_t count, struct router_match *match)
{
    match_count++;
    return __real_router_match(router, method, segments, count, match);
}

TEST(delayed_request_is_split_and_routed_once)
{
    for (int after = 0; after <= 1; after++) {
        put_rule(after ? "after" : "before", "\"delay\":{\"type\":\"fixed\",\"ms\":250}");
        struct client client;
        split_count = match_count = 0;
        claim(&client);
        assert_int_equal(service_parked(front.service), 1);
        front_pass_us(250000);
        service_turn_end(front.service);
        assert_int_equal(client_status(&client), 200);
        assert_int_equal(split_count, 1);
        assert_int_equal(match_count, 1);
        client_free(&client);
    }
}

TEST(delayed_request_is_refused_once_where_it_may_not_run_any_more)
{
    static const char rule[] = "[{\"id\":\"r\",\"match\":{\"operation\":\"pod\"},"
                               "\"delay\":{\"type\":\"fixed\",\"ms\":250}}]";
    struct client client = client_new();

    assert_int_equal(front_ask("PATCH", AT("__admin/settings"), "{\"freePods\":\"refuse\"}", NULL),
                     200);
    assert_int_equal(front_ask("GET", CLAIM, "", NULL), 200);
    assert_int_equal(front_ask("PUT", AT("__admin/faults"), rule, NULL), 200);
    client_ask(&client, "GET", AT("_pod/mock-pod-1/"), "");
    assert_false(client.ended);
    assert_int_equal(front_ask("POST", AT("workspaces/mock-pod-1/release"), "", NULL), 200);
    front_pass_us(250000);
    service_turn_end(front.service);
    assert_true(client.ended);
    client_assert_error(&client, ERR_POD_FREE);
    assert_text(client_header(&client, "X-Mock-Fault"), "r");
    client_free(&client);
}

TEST(delayed_answer_is_of_a_request_that_has_run)
{
    put_rule("after", "\"delay\":{\"type\":\"fixed\",\"ms\":250}");
    struct client client;
    claim(&client);
    assert_int_equal(used(), 1);
    assert_false(client.ended);
    front_pass_us(250000);
    service_turn_end(front.service);
    assert_int_equal(client_status(&client), 200);
    client_free(&client);
    assert_int_equal(tenants_default(front.tenants)->leaks.count, 0);
}

TEST(hit_outlives_its_rule)
{
    put_rule("before", "\"delay\":{\"type\":\"fixed\",\"ms\":250},\"answer\":{\"status\":418,"
                       "\"error\":\"a teapot\"}");
    struct client client;
    claim(&client);
    assert_int_equal(front_ask("DELETE", AT("__admin/faults"), "", NULL), 200);
    front_pass_us(250000);
    service_turn_end(front.service);
    assert_int_equal(client_status(&client), 418);
    struct json_object *json = client_json(&client);
    assert_string_equal(json_text_at(json, "error"), "a teapot");
    json_object_put(json);
    client_free(&client);
}

TEST(reset_ends_delays_and_hangs)
{
    static const char *const rules[] = {"\"delay\":{\"type\":\"fixed\",\"ms\":250}",
                                        "\"answer\":{\"hang\":true}"};

    for (size_t i = 0; i < UNIT_COUNT(rules); i++)
        for (int after = 0; after <= 1; after++) {
            put_rule(after ? "after" : "before", rules[i]);
            struct client client;
            claim(&client);
            assert_false(client.ended);
            assert_int_equal(used(), after);
            reset();
            assert_true(client.ended);
            client_assert_error(&client, ERR_STALE);
            client_free(&client);
            assert_int_equal(used(), 0);
            assert_int_equal(service_parked(front.service), 0);
        }
}

static size_t count_fault_headers(const struct client *client)
{
    struct text rest = buffer_text(&client->head), line;
    size_t count = 0;

    while (text_cut(&rest, '\n', &line))
        count += text_starts_with(line, TEXT("X-Mock-Fault: "));
    return count;
}

/* How many entries the journal has that have not ended. */
static int64_t pending(void)
{
    struct json_object *json;
    int64_t count = 0;

    assert_int_equal(front_ask("GET", AT("__admin/requests"), "", &json), 200);
    struct json_object *requests = json_at(json, "requests");
    for (size_t i = 0; i < json_object_array_length(requests); i++)
        count += json_number_at(json_object_array_get_idx(requests, i), "status") == 0;
    json_object_put(json);
    return count;
}

TEST(every_fault_is_told_once_and_leaves_nothing_behind)
{
    static const char *const faults[] = {
        "\"delay\":{\"type\":\"fixed\",\"ms\":300}",
        "\"answer\":{\"status\":503}",
        "\"answer\":{\"truncate\":0.5}",
        "\"answer\":{\"garbage\":true}",
        "\"answer\":{\"connection\":\"close\"}",
        "\"answer\":{\"dribble\":{\"bytesPerSecond\":1000}}",
        "\"delay\":{\"type\":\"fixed\",\"ms\":300},"
        "\"answer\":{\"dribble\":{\"bytesPerSecond\":1000}}",
        "\"delay\":{\"type\":\"fixed\",\"ms\":300},\"answer\":{\"truncate\":0.1}",
    };

    for (size_t i = 0; i < UNIT_COUNT(faults); i++)
        for (int head = 0; head <= 1; head++)
            for (int after = 0; after <= 1; after++) {
                struct client client = client_new();
                reset();
                put_rule(after ? "after" : "before", faults[i]);
                client_add(&client, "POOL_MANAGER_FAULTS", "1");
                client_ask(&client, head ? "HEAD" : "GET", CLAIM, "");
                finish(&client);
                assert_int_equal(count_fault_headers(&client), 1);
                assert_true(!head || client.body.length == 0);
                client_free(&client);
                assert_int_equal(pending(), 0);
                assert_int_equal(service_parked(front.service), 0);
                assert_int_equal(timers_next_due_us(&front.timers), INT64_MAX);
            }
}

/* The rules of the run that is repeated: chances, skips and both phases. */
#define CHANCY                                                                                \
    "[{\"id\":\"a\",\"match\":{\"operation\":\"claim\"},\"probability\":0.3,"                 \
    "\"answer\":{\"garbage\":true}},"                                                         \
    "{\"match\":{\"operation\":[\"claim\",\"status\"]},\"every\":3,\"phase\":\"after\","      \
    "\"probability\":0.7,\"answer\":{\"status\":502}},"                                       \
    "{\"id\":\"slow\",\"probability\":0.5,\"delay\":{\"type\":\"lognormal\",\"medianMs\":50," \
    "\"sigma\":0.5,\"maxMs\":900}}]"

/* Appends a head without X-Mock-Event, whose epoch is never the same. */
static void put_head(struct buffer *out, struct text head)
{
    const char *event = memmem(head.at, head.length, "X-Mock-Event", 12);
    size_t before = event ? (size_t)(event - head.at) : head.length;
    const char *end = event ? memchr(event, '\n', head.length - before) : NULL;

    buffer_put(out, head.at, before);
    if (end)
        buffer_put_text(out, text_from(head, (size_t)(end - head.at) + 1));
}

/* All that one run answers, and how long each answer took. */
static struct buffer run(int seed)
{
    static const char *const targets[] = {CLAIM, AT("pools/default-pool/status"), CLAIM,
                                          AT("workspaces/mock-pod-1")};
    struct buffer all = buffer_new(1 << 20);
    char body[32];

    clock_set(&front.clock, 1705314600000, front.clock.mono_us);
    reset();
    snprintf(body, sizeof(body), "{\"seed\":%d}", seed);
    assert_int_equal(front_ask("POST", AT("__admin/seed"), body, NULL), 200);
    assert_int_equal(front_ask("PUT", AT("__admin/faults"), CHANCY, NULL), 200);
    for (size_t i = 0; i < REQUESTS; i++) {
        struct client client = client_new();
        int waited_ms = 0;
        client_ask(&client, "GET", targets[i % UNIT_COUNT(targets)], "");
        for (; !client.ended; waited_ms++) {
            front_pass_us(1000);
            service_turn_end(front.service);
        }
        buffer_printf(&all, "%d ms\n", waited_ms);
        put_head(&all, buffer_text(&client.head));
        buffer_put_text(&all, buffer_text(&client.body));
        client_free(&client);
    }
    assert_false(all.failed);
    return all;
}

TEST(same_seed_and_requests_give_the_same_bytes_a_hundred_times)
{
    struct buffer first, again;

    first = run(1);
    assert_non_null(memmem(first.bytes, first.length, "X-Mock-Fault: a\r", 16));
    assert_non_null(memmem(first.bytes, first.length, "X-Mock-Fault: slow, fault-1\r", 28));
    for (int i = 1; i < RUNS; i++) {
        again = run(1);
        assert_int_equal(again.length, first.length);
        assert_memory_equal(again.bytes, first.bytes, first.length);
        buffer_free(&again);
    }
    again = run(2);
    assert_true(again.length != first.length ||
                memcmp(again.bytes, first.bytes, first.length) != 0);
    buffer_free(&again);
    buffer_free(&first);
}

static int64_t armed(void)
{
    return front_number(AT("__admin/health"), "faultsArmed");
}

static void advance(const char *by)
{
    char body[64];

    snprintf(body, sizeof(body), "{\"action\":\"advance\",\"by\":\"%s\"}", by);
    assert_int_equal(front_ask("PUT", AT("__admin/clock"), body, NULL), 200);
}

TEST(rules_life_goes_by_the_states_clock_and_lasts_over_a_reset)
{
    advance("2h");
    put_rule("before", "\"ttl\":\"10m\",\"answer\":{\"status\":500}");
    advance("4m");
    assert_int_equal(armed(), 1);
    assert_int_equal(front_ask("POST", AT("__admin/reset?keep=faults"), "", NULL), 200);
    advance("5m");
    assert_int_equal(armed(), 1);
    assert_int_equal(front_ask("GET", CLAIM, "", NULL), 500);
    advance("1m");
    assert_int_equal(armed(), 0);
    assert_int_equal(front_ask("GET", CLAIM, "", NULL), 200);
    reset();
    assert_int_equal(armed(), 0);
}

/* The number of lost claims that GET leaks shows, and those that had no memory. */
static int64_t leaks(void)
{
    struct client client = client_new();

    client_ask(&client, "GET", AT("__admin/leaks"), "");
    struct json_object *json = client_json(&client);
    int64_t count = (int64_t)json_object_array_length(json_at(json, "leaks")) +
                    json_number_at(json, "dropped");
    json_object_put(json);
    client_free(&client);
    return count;
}

TEST(claim_is_a_leak_if_its_answer_is_lost_even_for_lack_of_memory)
{
    bool failed = true;

    put_rule("after", "\"answer\":{\"status\":502,\"error\":\"lost\"}");
    for (unsigned long n = 1; failed; n += chaos_stride()) {
        struct client client = client_new();
        assert_int_equal(front_ask("POST", AT("__admin/reset?keep=faults"), "", NULL), 200);
        client_add(&client, "POOL_MANAGER_FAULTS", "1");
        chaos_fail_at(n);
        client_ask(&client, "GET", CLAIM, "");
        failed = chaos_failed();
        chaos_fail_at(0);
        if (used() != leaks())
            fail_msg("allocation %lu fails: %lld pods are claimed, and %lld claims are lost", n,
                     (long long)used(), (long long)leaks());
        client_free(&client);
    }
}
