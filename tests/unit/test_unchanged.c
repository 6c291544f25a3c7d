/* SPDX-License-Identifier: MIT
 *
 * What GET shows can be sent back, at the edges too, and a change of nothing changes no byte.
 */
#include "unit.h"

#include "state_dump.h"
#include "unchanged_rig.h"

/* A text that repeats a piece up to the most bytes that a text may have, between quotes. */
static void put_longest(struct buffer *out, const char *piece)
{
    size_t length = strlen(piece);

    buffer_put_char(out, '"');
    for (size_t put = 0; put + length <= CONFIG_TEXT_MAX; put += length)
        buffer_put_text(out, text_of(piece));
    buffer_put_char(out, '"');
}

static void put_pool_that_is_full(struct buffer *body)
{
    static const char *const keys[] = {"branch_name", "poolCpu", "poolMemory", "github_username",
                                       "dockerfile"};

    buffer_put_text(body, TEXT("{\"repositories\":["));
    for (int i = 0; i < CONFIG_LIST_MAX; i++)
        buffer_put_text(body, i > 0 ? TEXT(",\"r\"") : TEXT("\"r\""));
    buffer_put_text(body, TEXT("],\"env_vars\":["));
    for (int i = 0; i < CONFIG_LIST_MAX; i++)
        buffer_put_text(body, i > 0 ? TEXT(",{\"name\":\"N\",\"value\":\"\"}")
                                    : TEXT("{\"name\":\"N\",\"value\":\"secret\"}"));
    buffer_put_text(body, TEXT("],\"github_pat\":"));
    put_longest(body, "\xc3\xbc");
    for (size_t i = 0; i < UNIT_COUNT(keys); i++) {
        buffer_put_text(body, TEXT(",\""));
        buffer_put_text(body, text_of(keys[i]));
        buffer_put_text(body, TEXT("\":"));
        put_longest(body, i % 2 ? "x" : "\xf0\x9f\x98\x80");
    }
    buffer_put_text(body, TEXT("}"));
    buffer_put_char(body, '\0');
}

SUITE(.set_up = front_set_up, .tear_down = front_tear_down);

TEST(full_pool_is_sent_back)
{
    struct buffer body = buffer_new(16 << 20);

    put_pool_that_is_full(&body);
    assert_int_equal(timed_ask("PUT", AT("pools/a"), body.bytes, NULL), 200);
    buffer_free(&body);
    send_pool_back("PUT", AT("pools/a"));
}

TEST(pool_without_pods_is_sent_back)
{
    static const char *const first[] = {
        "{\"newPoolPods\":0}",
        "{\"maxPods\":0}",
    };

    for (size_t i = 0; i < UNIT_COUNT(first); i++) {
        assert_int_equal(timed_ask("POST", AT("__admin/reset"), "", NULL), 200);
        assert_int_equal(timed_ask("PATCH", AT("__admin/pools/a"), first[i], NULL), 200);
        assert_int_equal(front_number(AT("pools/a"), "config.minimum_vms"), 0);
        send_pool_back("PUT", AT("pools/a"));
        send_pool_back("PATCH", AT("pools/a"));
    }
}

TEST(text_that_was_never_set_stays_so)
{
    ask_nothing_new(200, "PUT", AT("pools/default-pool"),
                    "{\"repo_name\":\"\",\"dockerfile\":\"\",\"github_pat\":\"\",\"apiKey\":\"\"}");
    assert_int_equal(timed_ask("PUT", AT("pools/default-pool"),
                               "{\"repo_name\":\"\",\"dockerfile\":\"x\"}", NULL),
                     200);
    struct json_object *whole;
    struct json_object *pools = shown(AT("__admin/state"), "pools", &whole);
    struct json_object *pool = json_object_array_get_idx(pools, 0);
    assert_null(json_object_object_get(pool, "repoName"));
    json_object_put(whole);
}

TEST(stored_minimum_does_not_scale)
{
    struct json_object *json;

    assert_int_equal(timed_ask("DELETE", AT("pools/default-pool/workspaces/mock-pod-1"), "", NULL),
                     200);
    ask_nothing_new(200, "PUT", AT("pools/default-pool"), "{\"minimum_vms\":5}");
    ask_nothing_new(200, "PUT", AT("pools/default-pool"), "{\"minimum_vms\":5,\"minimum_pods\":9}");
    assert_int_equal(timed_ask("POST", AT("pools/default-pool/scale"), "{\"minimum_vms\":5}", NULL),
                     200);
    assert_int_equal(front_number(AT("pools/default-pool"), "status.current_vms"), 5);
    assert_int_equal(timed_ask("PUT", AT("pools/default-pool"), "{\"minimum_vms\":4}", &json), 200);
    assert_true(json_object_get_boolean(json_at(json, "config_changed")));
    json_object_put(json);
    assert_int_equal(front_number(AT("pools/default-pool"), "status.current_vms"), 4);
}

TEST(minimum_pods_makes_pods_and_removes_none)
{
    static const struct {
        const char *body;
        int64_t pods;
        const char *message;
    } rows[] = {{"{\"minimum_pods\":2}", 5, "Pool is as it was"},
                {"{\"minimum_pods\":7}", 7, "Pods made"},
                {"{\"minimum_pods\":7}", 7, "Pool is as it was"},
                {"{\"minimum_pods\":8,\"branch_name\":\"b\"}", 8, "Pool updated"},
                {"{\"minimum_pods\":9,\"minimum_vms\":6}", 6, "Pool updated"},
                {"{\"minimum_vms\":5,\"minimum_pods\":9}", 5, "Pool updated"}};
    struct json_object *json;

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_int_equal(timed_ask("PATCH", AT("pools/default-pool"), rows[i].body, &json), 200);
        assert_text_at(json, "message", rows[i].message);
        json_object_put(json);
        assert_int_equal(front_number(AT("pools/default-pool"), "status.current_vms"),
                         rows[i].pods);
        if (i < 4)
            assert_int_equal(front_number(AT("pools/default-pool"), "config.minimum_vms"), 5);
    }
    assert_int_equal(timed_ask("PATCH", AT("__admin/pools/default-pool"), "{\"maxPods\":5}", NULL),
                     200);
    ask_nothing_new(503, "PUT", AT("pools/default-pool"),
                    "{\"minimum_pods\":6,\"branch_name\":\"c\"}");
}

TEST(clock_that_is_moved_nowhere_is_not_stored)
{
    move_clock_nowhere();
    assert_int_equal(timed_ask("PUT", AT("__admin/clock"), "{\"action\":\"freeze\"}", NULL), 200);
    move_clock_nowhere();
}

TEST(empty_user_info_is_not_none)
{
    struct json_object *json;

    assert_int_equal(timed_ask("POST", AT("workspaces/mock-pod-1/mark-used"), "", NULL), 200);
    assert_int_equal(
        timed_ask("POST", AT("workspaces/mock-pod-1/mark-used"), "{\"user_info\":\"\"}", &json),
        200);
    assert_text_at(json, "user_info", "");
    json_object_put(json);
    ask_nothing_new(200, "POST", AT("workspaces/mock-pod-1/mark-used"), "{\"user_info\":\"\"}");
}
