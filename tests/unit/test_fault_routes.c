/* SPDX-License-Identifier: MIT
 *
 * The routes of fault rules: how a rule is said, shown, and refused. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "front.h"
#include "model/fault.h"

#define FAULTS FRONT_MOUNT "/__admin/faults"

/* A rule as it is shown, with what it is made of. */
#define SHOWN(id, match, share, phase, delay, answer)                                           \
    "{\"id\":\"" id "\",\"match\":" match "," share ",\"phase\":\"" phase "\",\"delay\":" delay \
    ",\"answer\":" answer ",\"matched\":0,\"hits\":0,\"spent\":false}"
#define NO_PORT ",\"port\":null,\"method\":null,\"path\":null}"
#define ANY_MATCH "{\"operation\":\"*\",\"pool\":null,\"pod\":null,\"workspaceId\":null" NO_PORT
#define EVERY_TIME "\"skip\":0,\"every\":1,\"times\":null,\"probability\":1,\"ttl\":null"
#define HANG "{\"hang\":true}"

/* Asks as a client behind an nginx that has faults.conf. */
static int ask(const char *method, const char *target, const char *body, struct json_object **json)
{
    struct client client = client_new();

    client_add(&client, "POOL_MANAGER_FAULTS", "1");
    client_ask(&client, method, target, body);
    int status = client_status(&client);
    *json = client_json(&client);
    client_free(&client);
    return status;
}

static void put(const char *body)
{
    struct json_object *json;
    int status = ask("PUT", FAULTS, body, &json);

    if (status != 200)
        fail_msg("%s: %s", body, json_plain(json));
    json_object_put(json);
}

/* Fails unless GET shows these rules. */
static void check_shown(const char *expected)
{
    struct json_object *json = front_expect(200, "GET", FAULTS, "");

    assert_string_equal(json_plain(json_at(json, "faults")), expected);
    json_object_put(json);
}

SUITE(.set_up = front_set_up, .tear_down = front_tear_down);

TEST(rules_are_put_whatever_becomes_of_other_changes_of_the_turn)
{
    struct client lost = client_new(), put_rules = client_new();

    assert_true(client_submit(&lost, "GET", FRONT_MOUNT "/pools/default-pool/workspace", ""));
    pool_state_turn_fail(front.state);
    assert_true(client_submit(&put_rules, "PUT", FAULTS, "[{\"answer\":{\"hang\":true}}]"));
    service_turn_end(front.service);
    client_assert_error(&lost, ERR_TURN_LOST);
    assert_int_equal(client_status(&put_rules), 200);
    check_shown("[" SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "null", HANG) "]");
    client_free(&lost);
    client_free(&put_rules);
}

TEST(rule_is_shown_with_all_that_it_did_not_say)
{
    check_shown("[]");
    put("[{\"answer\":{\"hang\":true}}]");
    check_shown("[" SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "null", HANG) "]");
}

/* Fails unless a rule is shown so, and what is shown may be given back. */
static void check_rule(const char *said, const char *shown)
{
    char body[600], list[600];

    snprintf(body, sizeof(body), "[{%s}]", said);
    snprintf(list, sizeof(list), "[%s]", shown);
    put(body);
    check_shown(list);
    put(list);
    check_shown(list);
}

TEST(rule_is_shown_as_it_was_said)
{
    static const struct {
        const char *said, *shown;
    } rows[] = {
        {"\"id\":\"slow-claims\",\"delay\":{\"type\":\"fixed\",\"ms\":250}",
         SHOWN("slow-claims", ANY_MATCH, EVERY_TIME, "before", "{\"type\":\"fixed\",\"ms\":250}",
               "null")},
        {"\"delay\":{\"type\":\"uniform\",\"lowerMs\":\"1s\",\"upperMs\":1000}",
         SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before",
               "{\"type\":\"uniform\",\"lowerMs\":1000,\"upperMs\":1000}", "null")},
        {"\"delay\":{\"type\":\"lognormal\",\"medianMs\":200,\"sigma\":0.4,\"maxMs\":5000}",
         SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before",
               "{\"type\":\"lognormal\",\"medianMs\":200,\"sigma\":0.4,\"maxMs\":5000}", "null")},
        {"\"delay\":{\"type\":\"lognormal\",\"medianMs\":1,\"sigma\":0}",
         SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before",
               "{\"type\":\"lognormal\",\"medianMs\":1,\"sigma\":0,\"maxMs\":3600000}", "null")},
        {"\"match\":{\"operation\":\"claim\",\"pool\":\"ci-*\"},\"phase\":\"after\","
         "\"answer\":{\"connection\":\"close\"}",
         SHOWN("fault-1",
               "{\"operation\":[\"claim\"],\"pool\":\"ci-*\",\"pod\":null,"
               "\"workspaceId\":null" NO_PORT,
               EVERY_TIME, "after", "null", "{\"connection\":\"close\"}")},
        {"\"match\":{\"operation\":[\"status\",\"claim\",\"status\"],\"pod\":\"mock-pod-1\","
         "\"workspaceId\":\"*\"},\"phase\":\"after\",\"answer\":{\"connection\":\"reset\"}",
         SHOWN("fault-1",
               "{\"operation\":[\"claim\",\"status\"],\"pool\":null,\"pod\":\"mock-pod-1\","
               "\"workspaceId\":\"*\"" NO_PORT,
               EVERY_TIME, "after", "null", "{\"connection\":\"reset\"}")},
        {"\"match\":{\"operation\":[\"pod\",\"*\"]},\"answer\":{\"truncate\":0.5}",
         SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "null", "{\"truncate\":0.5}")},
        {"\"match\":{},\"skip\":2,\"every\":3,\"times\":4,\"probability\":0.25,\"ttl\":\"10m\","
         "\"delay\":null,\"answer\":{\"garbage\":true,\"hang\":null}",
         SHOWN("fault-1", ANY_MATCH,
               "\"skip\":2,\"every\":3,\"times\":4,\"probability\":0.25,\"ttl\":600000", "before",
               "null", "{\"garbage\":true}")},
        {"\"delay\":{\"type\":\"fixed\",\"ms\":\"1h\"},"
         "\"answer\":{\"status\":429,\"retryAfter\":2,\"error\":\"too \\\"many\\\"\"}",
         SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "{\"type\":\"fixed\",\"ms\":3600000}",
               "{\"status\":429,\"retryAfter\":2,\"error\":\"too \\\"many\\\"\"}")},
        {"\"answer\":{\"status\":599}",
         SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "null",
               "{\"status\":599,\"retryAfter\":null,\"error\":null}")},
        {"\"answer\":{\"dribble\":{\"bytesPerSecond\":200}}",
         SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "null",
               "{\"dribble\":{\"bytesPerSecond\":200}}")},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        check_rule(rows[i].said, rows[i].shown);
}

TEST(content_is_shown_as_it_was_said)
{
    static const struct {
        const char *said, *shown;
    } rows[] = {
        {"\"match\":{\"operation\":\"pod\",\"port\":15552,\"method\":\"GET\",\"path\":\"/diff*\"},"
         "\"answer\":{\"status\":200,\"headers\":{\"X-A\":\"b: c\",\"Content-Type\":\"a/b\"},"
         "\"json\":[{\"file\":\"a/b\",\"n\":1.5},null]}",
         SHOWN("fault-1",
               "{\"operation\":[\"pod\"],\"pool\":null,\"pod\":null,\"workspaceId\":null,"
               "\"port\":15552,\"method\":\"GET\",\"path\":\"/diff*\"}",
               EVERY_TIME, "before", "null",
               "{\"status\":200,\"headers\":{\"X-A\":\"b: c\",\"Content-Type\":\"a/b\"},"
               "\"json\":[{\"file\":\"a/b\",\"n\":1.5},null]}")},
        {"\"answer\":{\"status\":502,\"text\":\"a\\nb\",\"headers\":{}}",
         SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "null",
               "{\"status\":502,\"text\":\"a\\nb\"}")},
        {"\"answer\":{\"status\":204,\"text\":\"\",\"error\":null}",
         SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "null",
               "{\"status\":204,\"text\":\"\"}")},
        {"\"answer\":{\"status\":200,\"json\":null,\"text\":null}",
         SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "null",
               "{\"status\":200,\"json\":null}")},
        {"\"answer\":{\"status\":503,\"headers\":{\"X-A\":\"\"},\"error\":\"e\"}",
         SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "null",
               "{\"status\":503,\"headers\":{\"X-A\":\"\"},\"retryAfter\":null,\"error\":\"e\"}")},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        check_rule(rows[i].said, rows[i].shown);
}

TEST(mistake_is_named_by_its_field_and_nothing_is_applied)
{
#define KINDS "status, connection, truncate, garbage, hang or dribble"
#define HEADERS(headers) "\"answer\":{\"status\":503,\"headers\":" headers "}"
#define TAKEN ": is a header that no rule may set"
    static const struct {
        const char *said, *error;
    } rows[] = {
        {"", ": expected a delay, an answer, or both"},
        {"\"anser\":{}", ".anser: unknown; did you mean answer?"},
        {"\"id\":7", ".id: expected a string, not a number"},
        {"\"id\":\"a b\"", ".id: expected 1 to 64 of a-z A-Z 0-9 . _ - and no dot at the front"},
        {"\"id\":\"mine\",\"answer\":{\"hang\":true}", ".id: is another rule's too"},
        {"\"match\":[]", ".match: expected an object, not an array"},
        {"\"match\":{\"pol\":\"a\"}", ".match.pol: unknown; did you mean pool?"},
        {"\"match\":{\"operation\":[]}", ".match.operation: is empty"},
        {"\"match\":{\"pool\":7}", ".match.pool: expected a string, not a number"},
        {"\"skip\":-1", ".skip: expected a number from 0 to 1000000000, not -1"},
        {"\"every\":0", ".every: expected a number from 1 to 1000000000, not 0"},
        {"\"times\":0", ".times: expected a number from 1 to 1000000000, not 0"},
        {"\"times\":1.5", ".times: expected a whole number, not 1.5"},
        {"\"probability\":1.1", ".probability: expected a number from 0 to 1, not 1.1"},
        {"\"probability\":0", ".probability: is 0"},
        {"\"match\":{\"pod\":\"mock-pod-15551\"}",
         ".match.pod: expected a pod's id or subdomain, or a pattern with *"},
        {"\"ttl\":\"ten\"", ".ttl: expected a duration such as \"30m\", not 'ten'"},
        {"\"ttl\":\"8761h\"", ".ttl: at most 8760h, not '8761h'"},
        {"\"ttl\":0", ".ttl: is 0"},
        {"\"phase\":\"during\"", ".phase: expected before or after, not 'during'"},
        {"\"delay\":5", ".delay: expected an object"},
        {"\"delay\":{\"ms\":5}", ".delay.type: required"},
        {"\"delay\":{\"type\":\"gauss\"}",
         ".delay.type: expected fixed, uniform or lognormal, not 'gauss'"},
        {"\"delay\":{\"type\":\"fixed\"}", ".delay.ms: required"},
        {"\"delay\":{\"type\":\"fixed\",\"ms\":3600001}",
         ".delay.ms: expected a number from 0 to 3600000, not 3600001"},
        {"\"delay\":{\"type\":\"fixed\",\"ms\":\"61m\"}", ".delay.ms: at most 1h, not '61m'"},
        {"\"delay\":{\"type\":\"fixed\",\"ms\":1,\"sigma\":1}",
         ".delay.sigma: unknown; expected type or ms"},
        {"\"delay\":{\"type\":\"uniform\",\"lowerMs\":1}", ".delay.upperMs: required"},
        {"\"delay\":{\"type\":\"uniform\",\"lowerMs\":2,\"upperMs\":1}",
         ".delay.upperMs: is below lowerMs"},
        {"\"delay\":{\"type\":\"lognormal\",\"medianMs\":1}", ".delay.sigma: required"},
        {"\"delay\":{\"type\":\"lognormal\",\"medianMs\":1,\"sigma\":11}",
         ".delay.sigma: expected a number from 0 to 10, not 11"},
        {"\"answer\":503", ".answer: expected an object, not a number"},
        {"\"answer\":{}", ".answer: expected exactly one of " KINDS},
        {"\"answer\":{\"hang\":true,\"truncate\":0.5}", ".answer: expected exactly one of " KINDS},
        {"\"answer\":{\"retryAfter\":1}", ".answer: expected exactly one of " KINDS},
        {"\"answer\":{\"close\":true}",
         ".answer.close: unknown; expected status, connection, truncate, garbage, hang, dribble, "
         "retryAfter, error, headers, json or text"},
        {"\"answer\":{\"status\":399}",
         ".answer.status: expected 400 to 599, or json or text with it"},
        {"\"answer\":{\"status\":199,\"text\":\"\"}",
         ".answer.status: expected a number from 200 to 599, not 199"},
        {"\"answer\":{\"status\":600}",
         ".answer.status: expected a number from 200 to 599, not 600"},
        {"\"answer\":{\"status\":503,\"retryAfter\":0}",
         ".answer.retryAfter: expected a number from 1 to 86400, not 0"},
        {"\"answer\":{\"hang\":true,\"retryAfter\":1}",
         ".answer.retryAfter: goes with status only"},
        {"\"answer\":{\"truncate\":0.5,\"error\":\"e\"}", ".answer.error: goes with status only"},
        {"\"answer\":{\"connection\":\"drop\"}",
         ".answer.connection: expected close or reset, not 'drop'"},
        {"\"answer\":{\"truncate\":0}", ".answer.truncate: expected a number above 0 and below 1"},
        {"\"answer\":{\"truncate\":1}", ".answer.truncate: expected a number above 0 and below 1"},
        {"\"answer\":{\"truncate\":\"half\"}",
         ".answer.truncate: expected a number from 0 to 1, not a string"},
        {"\"answer\":{\"garbage\":false}", ".answer.garbage: expected true"},
        {"\"answer\":{\"hang\":1}", ".answer.hang: expected true or false, not 1"},
        {"\"answer\":{\"dribble\":5}", ".answer.dribble: expected an object, not a number"},
        {"\"answer\":{\"dribble\":{}}", ".answer.dribble.bytesPerSecond: required"},
        {"\"answer\":{\"dribble\":{\"bytesPerSecond\":0}}",
         ".answer.dribble.bytesPerSecond: expected a number from 1 to 1000000000, not 0"},
        {"\"match\":{\"operation\":\"claim\",\"port\":3000}", ".match.port: claim has no port"},
        {"\"match\":{\"operation\":\"claim\",\"method\":\"GET\"}",
         ".match.method: claim has no port"},
        {"\"match\":{\"operation\":[\"status\",\"claim\"],\"path\":\"/x\"}",
         ".match.path: none of claim or status has a port"},
        {"\"match\":{\"port\":0}", ".match.port: expected a number from 1 to 65535, not 0"},
        {"\"match\":{\"port\":\"80\"}", ".match.port: expected a whole number, not a string"},
        {"\"match\":{\"method\":\"get\"}",
         ".match.method: expected GET, HEAD, POST, PUT, PATCH or DELETE, not 'get'"},
        {"\"match\":{\"method\":\"OPTIONS\"}",
         ".match.method: expected GET, HEAD, POST, PUT, PATCH or DELETE, not 'OPTIONS'"},
        {"\"match\":{\"path\":\"\"}", ".match.path: is empty"},
        {"\"match\":{\"path\":\"diff\"}", ".match.path: expected a slash or * at the front"},
        {"\"answer\":{\"status\":200,\"json\":1,\"text\":\"1\"}",
         ".answer.text: json and text exclude each other"},
        {"\"answer\":{\"status\":200,\"text\":1}", ".answer.text: expected a string, not a number"},
        {"\"answer\":{\"status\":503,\"json\":1,\"retryAfter\":1}",
         ".answer.retryAfter: goes with the service's own error, not with json or text"},
        {"\"answer\":{\"status\":503,\"text\":\"\",\"error\":\"e\"}",
         ".answer.error: goes with the service's own error, not with json or text"},
        {"\"answer\":{\"status\":204,\"json\":{}}",
         ".answer.json: an answer of this status has no content: expected an empty text"},
        {"\"answer\":{\"hang\":true,\"json\":{}}", ".answer.json: goes with status only"},
        {"\"answer\":{\"truncate\":0.5,\"text\":\"\"}", ".answer.text: goes with status only"},
        {"\"answer\":{\"garbage\":true,\"headers\":{}}", ".answer.headers: goes with status only"},
        {HEADERS("[]"), ".answer.headers: expected an object, not an array"},
        {HEADERS("{\"X-A\":1}"), ".answer.headers.X-A: expected a string, not a number"},
        {HEADERS("{\"X-A\":\"a\\r\\nX-B: c\"}"),
         ".answer.headers.X-A: expected visible ASCII, spaces and tabs"},
        {HEADERS("{\"X-A\":\"\xC3\xBC\"}"),
         ".answer.headers.X-A: expected visible ASCII, spaces and tabs"},
        {HEADERS("{\"X A\":\"a\"}"), ".answer.headers.X A: is no name of a header"},
        {HEADERS("{\"X:\":\"a\"}"), ".answer.headers.X:: is no name of a header"},
        {HEADERS("{\"\":\"a\"}"), ".answer.headers.: is no name of a header"},
        {HEADERS("{\"x-a\":\"a\",\"X-A\":\"b\"}"),
         ".answer.headers.X-A: is there already in other letters"},
        {HEADERS("{\"content-LENGTH\":\"1\"}"), ".answer.headers.content-LENGTH" TAKEN},
        {HEADERS("{\"Status\":\"200\"}"), ".answer.headers.Status" TAKEN},
        {HEADERS("{\"X-Accel-Redirect\":\"/\"}"), ".answer.headers.X-Accel-Redirect" TAKEN},
        {HEADERS("{\"Connection\":\"close\"}"), ".answer.headers.Connection" TAKEN},
        {HEADERS("{\"Transfer-Encoding\":\"x\"}"), ".answer.headers.Transfer-Encoding" TAKEN},
        {HEADERS("{\"Upgrade\":\"x\"}"), ".answer.headers.Upgrade" TAKEN},
        {HEADERS("{\"Proxy-Authenticate\":\"x\"}"), ".answer.headers.Proxy-Authenticate" TAKEN},
        {HEADERS("{\"X-Mock-Fault\":\"x\"}"), ".answer.headers.X-Mock-Fault" TAKEN},
        {HEADERS("{\"Access-Control-Allow-Origin\":\"x\"}"),
         ".answer.headers.Access-Control-Allow-Origin" TAKEN},
    };
    char body[512], expected[512];
    struct json_object *json;

    put("[{\"id\":\"kept\",\"answer\":{\"hang\":true}}]");
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        snprintf(body, sizeof(body), "[{\"id\":\"mine\",\"answer\":{\"hang\":true}},{%s}]",
                 rows[i].said);
        if (ask("PUT", FAULTS, body, &json) != 400)
            fail_msg("%s: %s", body, json_plain(json));
        assert_string_equal(json_text_at(json, "code"), "bad_field");
        snprintf(expected, sizeof(expected), "[1]%s", rows[i].error);
        assert_string_equal(json_text_at(json, "error"), expected);
        json_object_put(json);
    }
    check_shown("[" SHOWN("kept", ANY_MATCH, EVERY_TIME, "before", "null", HANG) "]");
#undef TAKEN
#undef HEADERS
#undef KINDS
}

/* Fails unless the body is refused with a sentence that begins and ends so. */
static void check_refused(const char *method, const char *body, const char *begin, const char *end)
{
    struct json_object *json;

    assert_int_equal(ask(method, FAULTS, body, &json), 400);
    const char *error = json_text_at(json, "error");
    if (strncmp(error, begin, strlen(begin)) != 0 || strlen(error) < strlen(end) ||
        strcmp(error + strlen(error) - strlen(end), end) != 0)
        fail_msg("\"%s\" is not \"%s...%s\"", error, begin, end);
    json_object_put(json);
}

TEST(unknown_operation_is_told_the_known_ones)
{
    check_refused("PUT", "[{\"match\":{\"operation\":\"clam\"},\"answer\":{\"hang\":true}}]",
                  "[0].match.operation: 'clam' is not known; did you mean claim?", "");
    check_refused("PUT", "[{\"match\":{\"operation\":\"health\"},\"answer\":{\"hang\":true}}]",
                  "[0].match.operation: expected claim, status, workspaces, ",
                  ", delete-user, pod or *, not 'health'");
    check_refused("PUT", "[{\"match\":{\"operation\":[\"*\",\"health\"]},\"answer\":{}}]",
                  "[0].match.operation[1]: expected claim, ", " or *, not 'health'");
    check_refused("POST", "{\"match\":{\"operation\":null,\"pod\":[]}}",
                  "match.pod: expected a string, not an array", "");
}

TEST(body_of_another_type_is_refused)
{
    check_refused("PUT", "{}", "the body: expected a JSON array, not an object", "");
    check_refused("PUT", "", "the body: expected a JSON array, not an object", "");
    check_refused("PUT", "[7]", "[0]: expected an object, not a number", "");
    check_refused("POST", "[]", "the body: expected a JSON object, not an array", "");
    check_refused("POST", "", "the body: expected a delay, an answer, or both", "");
}

TEST(texts_have_their_bounds)
{
    static const struct {
        const char *before, *after;
        int max;
        const char *error;
    } rows[] = {
        {"[{\"answer\":{\"status\":500,\"error\":\"", "\"}}]", FAULT_ERROR_MAX,
         "[0].answer.error: longer than 1000 bytes"},
        {"[{\"answer\":{\"hang\":true},\"match\":{\"pool\":\"", "\"}}]", FAULT_PATTERN_MAX,
         "[0].match.pool: longer than 256 bytes"},
        {"[{\"answer\":{\"hang\":true},\"id\":\"", "\"}]", FAULT_ID_MAX,
         "[0].id: longer than 64 bytes"},
        {"[{\"answer\":{\"hang\":true},\"match\":{\"path\":\"/", "\"}}]", FAULT_PATTERN_MAX - 1,
         "[0].match.path: longer than 256 bytes"},
        {"[{\"answer\":{\"status\":200,\"text\":\"", "\"}}]", FAULT_CONTENT_MAX,
         "[0].answer.text: longer than 65536 bytes"},
        {"[{\"answer\":{\"status\":200,\"json\":\"", "\"}}]", FAULT_CONTENT_MAX - 2,
         "[0].answer.json: longer than 65536 bytes"},
        {"[{\"answer\":{\"status\":503,\"headers\":{\"A\":\"", "\"}}}]", FAULT_HEADER_VALUE_MAX,
         "[0].answer.headers.A: longer than 1000 bytes"},
        {"[{\"answer\":{\"status\":503,\"headers\":{\"", "\":\"\"}}}]", FAULT_HEADER_NAME_MAX,
         "[0].answer.headers."},
    };
    static char text[70000], body[71000];

    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        for (int more = 0; more <= 1; more++) {
            snprintf(body, sizeof(body), "%s%.*s%s", rows[i].before, rows[i].max + more, text,
                     rows[i].after);
            if (more == 0)
                put(body);
            else
                check_refused("PUT", body, rows[i].error, "");
        }
}

TEST(headers_are_at_most_20)
{
    for (int count = FAULT_HEADERS_MAX; count <= FAULT_HEADERS_MAX + 1; count++) {
        struct buffer body = buffer_new(4000);
        buffer_put_text(&body, TEXT("[{\"answer\":{\"status\":503,\"headers\":{"));
        for (int i = 0; i < count; i++)
            buffer_printf(&body, "%s\"X-%d\":\"\"", i > 0 ? "," : "", i);
        buffer_put_text(&body, TEXT("}}}]"));
        buffer_put_char(&body, '\0');
        if (count == FAULT_HEADERS_MAX)
            put(body.bytes);
        else
            check_refused("PUT", body.bytes, "[0].answer.headers: more than 20 ", "");
        buffer_free(&body);
    }
}

TEST(connection_takes_the_front_ends_help)
{
    static const char body[] = "[{\"answer\":{\"connection\":\"reset\"}}]";
    struct json_object *json;

    assert_int_equal(front_ask("PUT", FAULTS, body, &json), 400);
    assert_string_equal(json_text_at(json, "error"),
                        "[0].answer.connection: takes nginx's help: its server has to include "
                        "pool-manager-mock/faults.conf");
    json_object_put(json);
    check_shown("[]");
    put(body);
}

TEST(rules_are_added_and_removed_singly)
{
    struct json_object *json;
    struct client client;

    put("[{\"id\":\"a\",\"answer\":{\"hang\":true}}]");
    assert_int_equal(front_ask("POST", FAULTS, "{\"answer\":{\"hang\":true}}", &json), 201);
    assert_string_equal(json_plain(json_at(json, "fault")),
                        SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "null", HANG));
    json_object_put(json);
    client = client_new();
    client_ask(&client, "POST", FAULTS, "{\"id\":\"a\",\"answer\":{\"hang\":true}}");
    client_assert_error(&client, ERR_FAULT_EXISTS);
    client_free(&client);
    assert_int_equal(front_ask("DELETE", FAULTS "/a", "", NULL), 200);
    client = client_new();
    client_ask(&client, "DELETE", FAULTS "/a", "");
    client_assert_error(&client, ERR_FAULT_NOT_FOUND);
    client_free(&client);
    check_shown("[" SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "null", HANG) "]");
    assert_int_equal(front_ask("DELETE", FAULTS, "", &json), 200);
    assert_int_equal(json_number_at(json, "deleted"), 1);
    json_object_put(json);
    check_shown("[]");
}

TEST(put_replaces_all_rules)
{
    put("[{\"id\":\"a\",\"answer\":{\"hang\":true}},{\"answer\":{\"hang\":true}}]");
    put("[{\"id\":\"b\",\"answer\":{\"hang\":true}}]");
    check_shown("[" SHOWN("b", ANY_MATCH, EVERY_TIME, "before", "null", HANG) "]");
    put("[]");
    check_shown("[]");
}

TEST(rules_past_the_limit_are_refused)
{
    struct buffer body = buffer_new(1 << 20);
    struct client client = client_new();

    buffer_put_char(&body, '[');
    for (int i = 0; i < FAULTS_MAX; i++)
        buffer_printf(&body, "%s{\"answer\":{\"hang\":true}}", i > 0 ? "," : "");
    buffer_put(&body, "]", 2);
    put(body.bytes);
    client_ask(&client, "POST", FAULTS, "{\"answer\":{\"hang\":true}}");
    client_assert_refused(&client, ERR_FAULT_LIMIT,
                          "the limit of 1000 fault rules is reached; delete one");
    client_free(&client);
    body.length -= 2;
    buffer_printf(&body, ",{}]");
    buffer_put_char(&body, '\0');
    check_refused("PUT", body.bytes, "the body: more than 1000 elements", "");
    buffer_free(&body);
}

TEST(head_changes_nothing)
{
    struct client client = client_new();

    client_ask(&client, "HEAD", FAULTS, "");
    assert_int_equal(client_status(&client), 200);
    client_free(&client);
    check_shown("[]");
}

TEST(tenants_have_their_own_rules)
{
    struct json_object *json;

    put("[{\"answer\":{\"hang\":true}}]");
    assert_int_equal(front_ask("GET", FRONT_MOUNT "/~suite/__admin/faults", "", &json), 200);
    assert_string_equal(json_plain(json_at(json, "faults")), "[]");
    json_object_put(json);
    assert_int_equal(front_ask("DELETE", FRONT_MOUNT "/~suite/__admin/faults", "", NULL), 200);
    check_shown("[" SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "null", HANG) "]");
}
