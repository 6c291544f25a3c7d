/* SPDX-License-Identifier: MIT
 *
 * Fault rules that match requests to a pod's ports by port, method and path, and that answer with
 * content of their own. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "pod_rig.h"

#define FAULTS AT("__admin/faults")
#define RULE(match, answer) "[{\"id\":\"r\",\"match\":" match ",\"answer\":" answer "}]"
#define SCRIPTED "{\"status\":200,\"json\":[{\"file\":\"a\"}]}"

static void put_rules(const char *rules)
{
    json_object_put(front_expect(200, "PUT", FAULTS, rules));
}

static bool is_scripted(const char *method, const char *target)
{
    struct client client = ask(method, target, "");
    bool is = client_header(&client, "X-Mock-Fault").at != NULL;

    if (is && strcmp(method, "HEAD") != 0)
        assert_text(buffer_text(&client.body), "[{\"file\":\"a\"}]");
    assert_int_equal(is, is && client_status(&client) == 200);
    client_free(&client);
    return is;
}

SUITE(.set_up = set_up_used_pod, .tear_down = front_tear_down);

TEST(rule_matches_by_port_method_and_path)
{
    static const struct {
        const char *match, *method, *target;
        bool hits;
    } rows[] = {
        {"{\"operation\":\"pod\",\"path\":\"/diff\"}", "GET", CONTROL("/diff"), true},
        {"{\"operation\":\"pod\",\"path\":\"/diff\"}", "GET", CONTROL("/diff?x=1"), true},
        {"{\"operation\":\"pod\",\"path\":\"/diff\"}", "GET", CONTROL("/diff/"), false},
        {"{\"operation\":\"pod\",\"path\":\"/dif\"}", "GET", CONTROL("/diff"), false},
        {"{\"operation\":\"pod\",\"path\":\"/d*\"}", "GET", CONTROL("/diff"), true},
        {"{\"path\":\"*iff\"}", "GET", CONTROL("/diff"), true},
        {"{\"operation\":[\"claim\",\"pod\"],\"path\":\"/diff\"}", "GET", CONTROL("/diff"), true},
        {"{\"path\":\"/\"}", "GET", PORT("3000", ""), true},
        {"{\"path\":\"/\"}", "GET", AT("_pod/mock-pod-1"), true},
        {"{\"path\":\"/\",\"port\":3000}", "GET", AT("_pod/mock-pod-1"), false},
        {"{\"path\":\"/a%2Fb\"}", "GET", PORT("3000", "/a%2Fb"), true},
        {"{\"port\":15552}", "GET", CONTROL("/diff"), true},
        {"{\"port\":15552}", "GET", GOOSE("/api/health"), false},
        {"{\"port\":80}", "GET", PORT("80", "/x"), true},
        {"{\"method\":\"GET\"}", "GET", CONTROL("/diff"), true},
        {"{\"method\":\"POST\"}", "GET", CONTROL("/diff"), false},
        {"{\"method\":\"GET\"}", "HEAD", CONTROL("/diff"), false},
        {"{\"method\":\"HEAD\"}", "HEAD", CONTROL("/diff"), true},
        {"{\"port\":15552,\"method\":\"POST\",\"path\":\"/validate_frontend\"}", "POST",
         CONTROL("/validate_frontend"), true},
        {"{\"port\":15552,\"pod\":\"mock-pod-2\",\"path\":\"/diff\"}", "GET", CONTROL("/diff"),
         false},
        {"{\"port\":15552,\"pod\":\"mock-pod-2\",\"path\":\"/diff\"}", "GET",
         AT("_pod/mock-pod-2/15552/diff"), true},
        {"{\"path\":\"/api/*\"}", "DELETE", PORT("3000", "/api/items/7"), true},
        {"{\"path\":\"*\"}", "GET", AT("pools"), false},
        {"{\"operation\":\"*\",\"method\":\"GET\"}", "GET", AT("pools"), false},
        {"{\"path\":\"/_echo/*\"}", "PUT", PORT("80", "/_echo/x"), true},
    };
    static const char *const phases[] = {"before", "after"};
    char rules[400];

    for (size_t i = 0; i < 2 * UNIT_COUNT(rows); i++) {
        snprintf(rules, sizeof(rules), "[{\"match\":%s,\"phase\":\"%s\",\"answer\":" SCRIPTED "}]",
                 rows[i / 2].match, phases[i % 2]);
        put_rules(rules);
        if (is_scripted(rows[i / 2].method, rows[i / 2].target) != rows[i / 2].hits)
            fail_msg("%s: %s %s", rules, rows[i / 2].method, rows[i / 2].target);
    }
}

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

TEST(nothing_of_the_lost_answer_is_left)
{
    put_rules("[{\"phase\":\"after\",\"answer\":{\"status\":200,\"text\":\"mine\"}}]");
    struct client client = ask("GET", GOOSE("/"), "");
    assert_int_equal(client_status(&client), 200);
    assert_null(client_header(&client, "Location").at);
    client_free(&client);
    client = ask("GET", CONTROL("/latest"), "");
    assert_text(buffer_text(&client.body), "mine");
    assert_null(client_header(&client, "Allow").at);
    client_free(&client);
    put_rules("[{\"phase\":\"after\",\"answer\":{\"status\":503}}]");
    client = ask("GET", GOOSE("/"), "");
    assert_int_equal(client_status(&client), 503);
    assert_null(client_header(&client, "Location").at);
    client_free(&client);
}

TEST(head_has_the_length_of_the_content_and_not_the_content)
{
    static const char *const phases[] = {"before", "after"};
    char rules[200];

    for (size_t i = 0; i < 2; i++) {
        snprintf(rules, sizeof(rules),
                 "[{\"phase\":\"%s\",\"answer\":{\"status\":200,\"text\":\"12345\"}}]", phases[i]);
        put_rules(rules);
        struct client client = ask("HEAD", PORT("3000", ""), "");
        assert_int_equal(client_status(&client), 200);
        assert_text(client_header(&client, "Content-Length"), "5");
        assert_int_equal(client.body.length, 0);
        client_free(&client);
    }
}

TEST(paths_without_a_route_are_requests_to_a_pod_too)
{
    put_rules(RULE("{\"operation\":\"pod\",\"port\":3000,\"path\":\"/api/login\"}",
                   "{\"status\":200,\"json\":{\"token\":\"t\"}}"));
    assert_answer("POST", PORT("3000", "/api/login"), "{}", "token", "t");
    assert_error("GET", PORT("3000", "/api/other"), "", ERR_NOT_FOUND, NULL);
    struct client client = ask("OPTIONS", PORT("3000", "/api/login"), "");
    assert_int_equal(client_status(&client), 204);
    assert_text(client_header(&client, "Access-Control-Allow-Methods"),
                "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    assert_null(client_header(&client, "X-Mock-Fault").at);
    client_free(&client);
    struct json_object *json = front_expect(200, "GET", AT("__admin/requests"), "");
    assert_text_at(json, "requests.1.path", AT("_pod/mock-pod-1/3000/api/login"));
    assert_text_at(json, "requests.1.operation", "pod");
    assert_text_at(json, "requests.1.fault", "r");
    assert_int_equal(json_number_at(json, "requests.2.status"), 404);
    json_object_put(json);
}

TEST(other_operations_may_have_content_too)
{
    put_rules(RULE("{\"operation\":\"claim\"}", "{\"status\":200,\"json\":{\"workspace\":null}}"));
    struct client client = ask("GET", CLAIM, "");
    assert_text(buffer_text(&client.body), "{\"workspace\":null}");
    client_free(&client);
    struct json_object *json = front_expect(200, "GET", AT("pools/default-pool/status"), "");
    assert_int_equal(json_number_at(json, "status.used_vms"), 1);
    json_object_put(json);
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
