/* SPDX-License-Identifier: MIT
 *
 * Content that fault rules answer with: the head of the answer, and a delay that outlives its rule.
 * Plain requests and answers are in tests/stack/rows/fault_content.rows. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "pod_rig.h"

#define FAULTS AT("__admin/faults")
#define RULE(match, answer) "[{\"id\":\"r\",\"match\":" match ",\"answer\":" answer "}]"

static void put_rules(const char *rules)
{
    json_object_put(front_expect(200, "PUT", FAULTS, rules));
}

SUITE(.set_up = set_up_used_pod, .tear_down = front_tear_down);

/* One that the rule sets has its letters. Fails unless there is just one, or none where it is NULL.
 */
static void assert_content_type(const struct client *client, const char *expected)
{
    struct text usual = client_header(client, "Content-Type");
    struct text set = client_header(client, "content-type");

    assert_true(!usual.at || !set.at);
    if (expected)
        assert_text(usual.at ? usual : set, expected);
    else
        assert_true(!usual.at && !set.at);
}

TEST(content_has_the_headers_of_every_answer_and_its_own)
{
    static const struct {
        const char *answer, *type, *body;
        int status;
    } rows[] = {
        {"{\"status\":201,\"headers\":{\"X-A\":\"b\"},\"json\":{\"a\":[1]}}", "application/json",
         "{\"a\":[1]}", 201},
        {"{\"status\":200,\"headers\":{\"X-A\":\"b\"},\"json\":null}", "application/json", "null",
         200},
        {"{\"status\":418,\"headers\":{\"X-A\":\"b\"},\"text\":\"t\\n\"}",
         "text/plain; charset=utf-8", "t\n", 418},
        {"{\"status\":200,\"headers\":{\"X-A\":\"b\",\"content-type\":\"text/html\"},"
         "\"text\":\"<p>\"}",
         "text/html", "<p>", 200},
        {"{\"status\":204,\"headers\":{\"X-A\":\"b\"},\"text\":\"\"}", NULL, "", 204},
    };
    char rules[400];

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        snprintf(rules, sizeof(rules), RULE("{\"operation\":\"pod\"}", "%s"), rows[i].answer);
        put_rules(rules);
        struct client client = ask("GET", CONTROL("/diff"), "");
        assert_int_equal(client_status(&client), rows[i].status);
        assert_text(buffer_text(&client.body), rows[i].body);
        assert_content_type(&client, rows[i].type);
        assert_text(client_header(&client, "X-A"), "b");
        assert_text(client_header(&client, "X-Mock-Fault"), "r");
        assert_text(client_header(&client, "Access-Control-Allow-Origin"), "*");
        assert_text(client_header(&client, "Cache-Control"), "no-store");
        client_free(&client);
    }
}

TEST(content_outlives_its_rule)
{
    struct client client = client_new();

    put_rules("[{\"delay\":{\"type\":\"fixed\",\"ms\":250},"
              "\"answer\":{\"status\":200,\"headers\":{\"X-A\":\"b\"},\"text\":\"kept\"}}]");
    client_ask(&client, "GET", PORT("3000", ""), "");
    assert_false(client.ended);
    json_object_put(front_expect(200, "DELETE", FAULTS, ""));
    front_pass_us(250000);
    service_turn_end(front.service);
    assert_true(client.ended);
    assert_text(buffer_text(&client.body), "kept");
    assert_text(client_header(&client, "X-A"), "b");
    client_free(&client);
}
