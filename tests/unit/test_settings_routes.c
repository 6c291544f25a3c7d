/* SPDX-License-Identifier: MIT
 *
 * The routes of settings: how they are said, shown and refused, and what clients see of them. */
#include "unit.h"

#include <stdio.h>

#include "front.h"

#define ALL FRONT_MOUNT "/__admin/settings"
#define POOL(name) FRONT_MOUNT "/__admin/pools/" name
#define CLAIM(name) FRONT_MOUNT "/pools/" name "/workspace"
#define INITIAL                                                                            \
    "{\"newPoolPods\":3,\"maxPods\":null,\"onExhausted\":\"create\",\"rejectStatus\":503," \
    "\"retryAfter\":1,\"claimTimeout\":30000,\"failNext\":0,\"leaseTtl\":null,"            \
    "\"freePods\":\"answer\","                                                             \
    "\"progression\":{\"mode\":\"immediate\"}}"

static void patch(const char *target, const char *body)
{
    json_object_put(front_expect(200, "PATCH", target, body));
}

/* Fails unless GET shows these at `member`. */
static void assert_shown(const char *target, const char *member, const char *expected)
{
    struct json_object *json = front_expect(200, "GET", target, "");

    assert_string_equal(json_plain(json_at(json, member)), expected);
    json_object_put(json);
}

SUITE(.set_up = front_set_up, .tear_down = front_tear_down);

TEST(settings_are_the_initial_ones_of_all_pools_at_first)
{
    assert_shown(ALL, "settings", INITIAL);
    assert_shown(ALL, "own", "{}");
    assert_shown(POOL("p"), "settings", INITIAL);
    assert_shown(POOL("p"), "own", "{}");
    assert_shown(POOL("p"), "pool_name", "\"p\"");
    assert_shown(FRONT_MOUNT "/__admin/health", "pools", "1");
}

TEST(what_is_said_may_be_said_as_it_is_shown)
{
    static const char *const bodies[] = {
        "{\"newPoolPods\":0}",
        "{\"maxPods\":12}",
        "{\"onExhausted\":\"queue\"}",
        "{\"rejectStatus\":404}",
        "{\"retryAfter\":0}",
        "{\"claimTimeout\":0}",
        "{\"failNext\":7}",
        "{\"leaseTtl\":0}",
        "{\"progression\":{\"mode\":\"immediate\"}}",
        "{\"progression\":{\"mode\":\"time\",\"pending\":2000,\"starting\":0}}",
        "{\"progression\":{\"mode\":\"manual\",\"looks\":3}}",
        "{\"newPoolPods\":1000,\"maxPods\":0,\"onExhausted\":\"reject\",\"rejectStatus\":429,"
        "\"retryAfter\":86400,\"claimTimeout\":3600000,\"failNext\":0,\"leaseTtl\":36000000000,"
        "\"freePods\":\"refuse\","
        "\"progression\":{\"mode\":\"manual\",\"looks\":1000}}"};

    for (size_t i = 0; i < UNIT_COUNT(bodies); i++) {
        patch(POOL("p"), bodies[i]);
        assert_shown(POOL("p"), "own", bodies[i]);
        assert_shown(ALL, "own", "{}");
        patch(POOL("p"),
              "{\"newPoolPods\":null,\"maxPods\":null,\"onExhausted\":null,\"rejectStatus\":null,"
              "\"retryAfter\":null,\"claimTimeout\":null,\"failNext\":null,\"leaseTtl\":null,"
              "\"freePods\":null,\"progression\":null}");
        assert_shown(POOL("p"), "own", "{}");
    }
}

TEST(durations_are_said_in_units_and_shown_in_milliseconds)
{
    patch(ALL, "{\"leaseTtl\":\"30m\",\"claimTimeout\":\"250ms\","
               "\"progression\":{\"mode\":\"time\",\"pending\":\"2s\",\"starting\":\"1h\"}}");
    assert_shown(ALL, "own",
                 "{\"claimTimeout\":250,\"leaseTtl\":1800000,"
                 "\"progression\":{\"mode\":\"time\",\"pending\":2000,\"starting\":3600000}}");
}

TEST(what_is_absent_stays_and_null_takes_back)
{
    patch(ALL, "{\"maxPods\":5,\"retryAfter\":3}");
    patch(POOL("p"), "{\"maxPods\":6,\"failNext\":1}");
    patch(POOL("p"), "{\"failNext\":2}");
    assert_shown(POOL("p"), "own", "{\"maxPods\":6,\"failNext\":2}");
    assert_shown(POOL("p"), "settings.retryAfter", "3");
    patch(POOL("p"), "{\"maxPods\":null}");
    assert_shown(POOL("p"), "settings.maxPods", "5");
    patch(POOL("p"), "{}");
    assert_shown(POOL("p"), "own", "{\"failNext\":2}");
}

TEST(what_is_wrong_is_named_and_nothing_is_applied)
{
    static const struct {
        const char *body, *sentence;
    } rows[] = {
        {"{\"maxPod\":1}", "maxPod: unknown; did you mean maxPods?"},
        {"{\"mode\":\"time\"}",
         "mode: unknown; expected newPoolPods, maxPods, onExhausted, "
         "rejectStatus, retryAfter, claimTimeout, failNext, leaseTtl, freePods or "
         "progression"},
        {"{\"newPoolPods\":1001}", "newPoolPods: expected a number from 0 to 1000, not 1001"},
        {"{\"maxPods\":-1}", "maxPods: expected a number from 0 to 1000000000, not -1"},
        {"{\"maxPods\":\"3\"}", "maxPods: expected a whole number, not a string"},
        {"{\"onExhausted\":\"wait\"}", "onExhausted: expected create, reject or queue, not 'wait'"},
        {"{\"rejectStatus\":500}", "rejectStatus: expected one of 503 429 409 404"},
        {"{\"leaseTtl\":\"1d\"}", NULL},
        {"{\"progression\":\"time\"}", "progression: expected an object"},
        {"{\"progression\":{}}", "progression.mode: required"},
        {"{\"progression\":{\"mode\":null}}", "progression.mode: required"},
        {"{\"progression\":{\"mode\":\"slow\"}}",
         "progression.mode: expected immediate, time or manual, not 'slow'"},
        {"{\"progression\":{\"mode\":\"manual\"}}", "progression.looks: required"},
        {"{\"progression\":{\"mode\":\"manual\",\"looks\":0}}",
         "progression.looks: expected a number from 1 to 1000, not 0"},
        {"{\"progression\":{\"mode\":\"manual\",\"looks\":1,\"pending\":1}}",
         "progression.pending: unknown; expected mode or looks"},
        {"{\"progression\":{\"mode\":\"time\",\"pending\":\"soon\"}}", NULL},
        {"[]", "the body: expected a JSON object, not an array"},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct json_object *json;
        char body[300];
        /* what is right in the body comes first, and is not applied */
        snprintf(body, sizeof(body), rows[i].body[0] == '[' ? "%s" : "{\"retryAfter\":9,%s",
                 rows[i].body + (rows[i].body[0] != '['));
        assert_int_equal(front_ask("PATCH", POOL("p"), body, &json), 400);
        if (rows[i].sentence)
            assert_string_equal(json_text_at(json, "error"), rows[i].sentence);
        json_object_put(json);
        assert_shown(POOL("p"), "own", "{}");
    }
}

static void claim(const char *target, int expected_status)
{
    struct json_object *json;

    assert_int_equal(front_ask("GET", target, "", &json), expected_status);
    if (expected_status != 200)
        assert_string_equal(json_text_at(json, "code"), "exhausted");
    json_object_put(json);
}

TEST(an_exhausted_claim_is_answered_as_the_settings_say)
{
    patch(POOL("p"), "{\"newPoolPods\":1,\"onExhausted\":\"reject\",\"rejectStatus\":429,"
                     "\"retryAfter\":7}");
    claim(CLAIM("p"), 200);
    for (int retry_after = 7; retry_after >= 0; retry_after -= 7) {
        struct client client = client_new();
        client_ask(&client, "GET", CLAIM("p"), "");
        assert_int_equal(client_status(&client), 429);
        if (retry_after)
            assert_text(client_header(&client, "Retry-After"), "7");
        else
            assert_null(client_header(&client, "Retry-After").at);
        client_free(&client);
        patch(POOL("p"), "{\"retryAfter\":0}");
    }
}

/* The pod that the refused claim has ordered is there when the turn has ended. */
TEST(a_refused_claim_keeps_the_pod_that_it_has_ordered)
{
    patch(POOL("p"), "{\"newPoolPods\":0,\"progression\":{\"mode\":\"manual\",\"looks\":2}}");
    claim(CLAIM("p"), 503);
    claim(CLAIM("p"), 503);
    assert_shown(FRONT_MOUNT "/pools/p/status?simple=true", "status.pending_vms", "1");
    assert_shown(FRONT_MOUNT "/pools/p/status?simple=true", "pool.total_workspaces", "1");
}

TEST(each_answer_that_shows_a_pod_is_a_look_and_no_other)
{
    static const char *const looks[] = {"/workspaces/mock-pod-6", "/pools/p/workspaces/mock-pod-6",
                                        "/pools/p/workspaces", "/pools/p/status"};

    patch(POOL("p"), "{\"newPoolPods\":1,\"progression\":{\"mode\":\"manual\",\"looks\":5}}");
    assert_shown(FRONT_MOUNT "/pools/p/status?simple=true", "status.pending_vms", "1");
    for (size_t i = 0; i < UNIT_COUNT(looks); i++) {
        char target[100];
        snprintf(target, sizeof(target), FRONT_MOUNT "%s", looks[i]);
        assert_int_equal(front_ask("HEAD", target, "", NULL), 200);
        assert_int_equal(front_ask("GET", FRONT_MOUNT "/pools/p/status?simple=true", "", NULL),
                         200);
        assert_int_equal(front_ask("GET", target, "", NULL), 200);
    }
    assert_shown(FRONT_MOUNT "/workspaces/mock-pod-6", "workspace.state", "\"starting\"");
    assert_shown(FRONT_MOUNT "/workspaces/mock-pod-6", "workspace.state", "\"running\"");
    claim(CLAIM("p"), 200);
}

/* As many as take several pieces, and so several turns. */
TEST(a_long_list_is_one_look_at_each_pod)
{
    static const char *const states[] = {"\"pending\"", "\"starting\"", "\"running\""};
    struct json_object *json;

    patch(POOL("p"), "{\"newPoolPods\":300,\"progression\":{\"mode\":\"manual\",\"looks\":2}}");
    for (size_t i = 0; i < UNIT_COUNT(states); i++) {
        assert_int_equal(front_ask("GET", FRONT_MOUNT "/pools/p/workspaces", "", &json), 200);
        struct json_object *workspaces = json_at(json, "workspaces");
        assert_int_equal(json_object_array_length(workspaces), 300);
        for (size_t at = 0; at < 300; at++)
            assert_string_equal(
                json_plain(json_at(json_object_array_get_idx(workspaces, at), "state")), states[i]);
        json_object_put(json);
    }
}

TEST(a_page_of_a_list_is_a_look_at_its_pods_only)
{
    patch(POOL("p"), "{\"newPoolPods\":3,\"progression\":{\"mode\":\"manual\",\"looks\":1}}");
    assert_shown(FRONT_MOUNT "/pools/p/workspaces?limit=2", "workspaces.1.state", "\"pending\"");
    assert_shown(FRONT_MOUNT "/pools/p/workspaces", "workspaces.1.state", "\"running\"");
    assert_shown(FRONT_MOUNT "/pools/p/workspaces", "workspaces.2.state", "\"running\"");
}

TEST(a_pod_with_a_lease_shows_how_long_it_lasts)
{
    struct json_object *json, *found;

    patch(ALL, "{\"leaseTtl\":\"10s\"}");
    assert_int_equal(front_ask("GET", CLAIM("default-pool"), "", &json), 200);
    assert_int_equal(json_number_at(json, "workspace.remainingMs"), 10000);
    assert_true(json_object_object_get_ex(json_at(json, "workspace"), "expiresAt", &found));
    json_object_put(json);
    front_pass_us(4000000);
    assert_shown(FRONT_MOUNT "/workspaces/mock-pod-1", "remainingMs", "6000");
    assert_shown(CLAIM("default-pool") "?ttl=1m", "workspace.remainingMs", "60000");
    assert_int_equal(front_ask("GET", CLAIM("default-pool") "?ttl=null", "", &json), 200);
    assert_false(json_object_object_get_ex(json_at(json, "workspace"), "expiresAt", &found));
    json_object_put(json);
    assert_int_equal(front_ask("POST", FRONT_MOUNT "/workspaces/mock-pod-1/release", "", &json),
                     200);
    assert_false(json_object_object_get_ex(json_at(json, "workspace"), "remainingMs", &found));
    json_object_put(json);
}

TEST(a_life_that_is_none_is_refused)
{
    static const char *const wrong[] = {"soon", "-1", "1.5s", "10001h"};

    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        struct json_object *json;
        char target[200];
        snprintf(target, sizeof(target), CLAIM("default-pool") "?ttl=%s", wrong[i]);
        assert_int_equal(front_ask("GET", target, "", &json), 400);
        assert_string_equal(json_text_at(json, "code"), "bad_query");
        json_object_put(json);
    }
}

TEST(a_pool_is_reset_alone)
{
    struct json_object *json;

    claim(CLAIM("p"), 200);
    claim(CLAIM("default-pool"), 200);
    assert_int_equal(front_ask("POST", POOL("p") "/reset", "", &json), 200);
    assert_int_equal(json_number_at(json, "pool.available_workspaces"), 3);
    json_object_put(json);
    assert_shown(FRONT_MOUNT "/pools/default-pool/status", "pool.used_workspaces", "1");
    assert_int_equal(front_ask("POST", POOL("q") "/reset", "", &json), 404);
    assert_string_equal(json_text_at(json, "code"), "pool_not_found");
    json_object_put(json);
}
