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
#define ANY_MATCH "{\"operation\":\"*\",\"pool\":null,\"pod\":null,\"workspaceId\":null}"
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

static void rules_are_put_whatever_becomes_of_other_changes_of_the_turn(void **state)
{
    struct client lost = client_new(), put_rules = client_new();

    (void)state;
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

static void rule_is_shown_with_all_that_it_did_not_say(void **state)
{
    (void)state;
    check_shown("[]");
    put("[{\"answer\":{\"hang\":true}}]");
    check_shown("[" SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "null", HANG) "]");
}

static void rule_is_shown_as_it_was_said(void **state)
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
               "{\"operation\":[\"claim\"],\"pool\":\"ci-*\",\"pod\":null,\"workspaceId\":null}",
               EVERY_TIME, "after", "null", "{\"connection\":\"close\"}")},
        {"\"match\":{\"operation\":[\"status\",\"claim\",\"status\"],\"pod\":\"mock-pod-1\","
         "\"workspaceId\":\"*\"},\"phase\":\"after\",\"answer\":{\"connection\":\"reset\"}",
         SHOWN("fault-1",
               "{\"operation\":[\"claim\",\"status\"],\"pool\":null,\"pod\":\"mock-pod-1\","
               "\"workspaceId\":\"*\"}",
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
    char body[512], shown[512];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        snprintf(body, sizeof(body), "[{%s}]", rows[i].said);
        snprintf(shown, sizeof(shown), "[%s]", rows[i].shown);
        put(body);
        check_shown(shown);
        put(shown); /* what is shown may be given back */
        check_shown(shown);
    }
}

static void mistake_is_named_by_its_field_and_nothing_is_applied(void **state)
{
#define KINDS "status, connection, truncate, garbage, hang or dribble"
    static const struct {
        const char *said, *error;
    } rows[] = {
        {"", ": expected a delay, an answer, or both"},
        {"\"anser\":{}",
         ".anser: unknown; expected id, match, skip, times, every, ttl, probability, phase, "
         "delay, answer, matched, hits or spent"},
        {"\"id\":7", ".id: expected a string"},
        {"\"id\":\"a b\"", ".id: expected 1 to 64 of a-z A-Z 0-9 . _ - and no dot at the front"},
        {"\"id\":\"mine\",\"answer\":{\"hang\":true}", ".id: is another rule's too"},
        {"\"match\":[]", ".match: expected an object"},
        {"\"match\":{\"pol\":\"a\"}",
         ".match.pol: unknown; expected operation, pool, pod or workspaceId"},
        {"\"match\":{\"operation\":[]}", ".match.operation: is empty"},
        {"\"match\":{\"pool\":7}", ".match.pool: expected a string"},
        {"\"skip\":-1", ".skip: expected a number from 0 to 1000000000"},
        {"\"every\":0", ".every: expected a number from 1 to 1000000000"},
        {"\"times\":0", ".times: expected a number from 1 to 1000000000"},
        {"\"times\":1.5", ".times: expected a whole number"},
        {"\"probability\":1.1", ".probability: expected a number from 0 to 1"},
        {"\"ttl\":\"ten\"", ".ttl: expected a duration such as \"30m\""},
        {"\"ttl\":\"8761h\"", ".ttl: at most 8760h"},
        {"\"ttl\":0", ".ttl: is 0"},
        {"\"phase\":\"during\"", ".phase: expected before or after"},
        {"\"delay\":5", ".delay: expected an object"},
        {"\"delay\":{\"ms\":5}", ".delay.type: required"},
        {"\"delay\":{\"type\":\"gauss\"}", ".delay.type: expected fixed, uniform or lognormal"},
        {"\"delay\":{\"type\":\"fixed\"}", ".delay.ms: required"},
        {"\"delay\":{\"type\":\"fixed\",\"ms\":3600001}",
         ".delay.ms: expected a number from 0 to 3600000"},
        {"\"delay\":{\"type\":\"fixed\",\"ms\":\"61m\"}", ".delay.ms: at most 1h"},
        {"\"delay\":{\"type\":\"fixed\",\"ms\":1,\"sigma\":1}",
         ".delay.sigma: unknown; expected type or ms"},
        {"\"delay\":{\"type\":\"uniform\",\"lowerMs\":1}", ".delay.upperMs: required"},
        {"\"delay\":{\"type\":\"uniform\",\"lowerMs\":2,\"upperMs\":1}",
         ".delay.upperMs: is below lowerMs"},
        {"\"delay\":{\"type\":\"lognormal\",\"medianMs\":1}", ".delay.sigma: required"},
        {"\"delay\":{\"type\":\"lognormal\",\"medianMs\":1,\"sigma\":11}",
         ".delay.sigma: expected a number from 0 to 10"},
        {"\"answer\":503", ".answer: expected an object"},
        {"\"answer\":{}", ".answer: expected exactly one of " KINDS},
        {"\"answer\":{\"hang\":true,\"truncate\":0.5}", ".answer: expected exactly one of " KINDS},
        {"\"answer\":{\"retryAfter\":1}", ".answer: expected exactly one of " KINDS},
        {"\"answer\":{\"close\":true}",
         ".answer.close: unknown; expected status, connection, truncate, garbage, hang, dribble, "
         "retryAfter or error"},
        {"\"answer\":{\"status\":399}", ".answer.status: expected a number from 400 to 599"},
        {"\"answer\":{\"status\":600}", ".answer.status: expected a number from 400 to 599"},
        {"\"answer\":{\"status\":503,\"retryAfter\":0}",
         ".answer.retryAfter: expected a number from 1 to 86400"},
        {"\"answer\":{\"hang\":true,\"retryAfter\":1}",
         ".answer.retryAfter: goes with status only"},
        {"\"answer\":{\"truncate\":0.5,\"error\":\"e\"}", ".answer.error: goes with status only"},
        {"\"answer\":{\"connection\":\"drop\"}", ".answer.connection: expected close or reset"},
        {"\"answer\":{\"truncate\":0}", ".answer.truncate: expected a number above 0 and below 1"},
        {"\"answer\":{\"truncate\":1}", ".answer.truncate: expected a number above 0 and below 1"},
        {"\"answer\":{\"truncate\":\"half\"}", ".answer.truncate: expected a number from 0 to 1"},
        {"\"answer\":{\"garbage\":false}", ".answer.garbage: expected true"},
        {"\"answer\":{\"hang\":1}", ".answer.hang: expected true or false"},
        {"\"answer\":{\"dribble\":5}", ".answer.dribble: expected an object"},
        {"\"answer\":{\"dribble\":{}}", ".answer.dribble.bytesPerSecond: required"},
        {"\"answer\":{\"dribble\":{\"bytesPerSecond\":0}}",
         ".answer.dribble.bytesPerSecond: expected a number from 1 to 1000000000"},
    };
    char body[512], expected[512];
    struct json_object *json;

    (void)state;
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

static void unknown_operation_is_told_the_known_ones(void **state)
{
    (void)state;
    check_refused("PUT", "[{\"match\":{\"operation\":\"clam\"},\"answer\":{\"hang\":true}}]",
                  "[0].match.operation: expected claim, status, workspaces, ",
                  ", delete-user, pod or *");
    check_refused("PUT", "[{\"match\":{\"operation\":[\"*\",\"health\"]},\"answer\":{}}]",
                  "[0].match.operation[1]: expected claim, ", " or *");
    check_refused("POST", "{\"match\":{\"operation\":null,\"pod\":[]}}",
                  "match.pod: expected a string", "");
}

static void body_of_another_type_is_refused(void **state)
{
    (void)state;
    check_refused("PUT", "{}", "the body: expected a JSON array, not an object", "");
    check_refused("PUT", "", "the body: expected a JSON array, not an object", "");
    check_refused("PUT", "[7]", "[0]: expected an object", "");
    check_refused("POST", "[]", "the body: expected a JSON object, not an array", "");
    check_refused("POST", "", "the body: expected a delay, an answer, or both", "");
}

static void texts_have_their_bounds(void **state)
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
    };
    char text[2000], body[2200];

    (void)state;
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

static void connection_takes_the_front_ends_help(void **state)
{
    static const char body[] = "[{\"answer\":{\"connection\":\"reset\"}}]";
    struct json_object *json;

    (void)state;
    assert_int_equal(front_ask("PUT", FAULTS, body, &json), 400);
    assert_string_equal(json_text_at(json, "error"),
                        "[0].answer.connection: takes nginx's help: its server has to include "
                        "pool-manager-mock/faults.conf");
    json_object_put(json);
    check_shown("[]");
    put(body);
}

static void rules_are_added_and_removed_singly(void **state)
{
    struct json_object *json;
    struct client client;

    (void)state;
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

static void put_replaces_all_rules(void **state)
{
    (void)state;
    put("[{\"id\":\"a\",\"answer\":{\"hang\":true}},{\"answer\":{\"hang\":true}}]");
    put("[{\"id\":\"b\",\"answer\":{\"hang\":true}}]");
    check_shown("[" SHOWN("b", ANY_MATCH, EVERY_TIME, "before", "null", HANG) "]");
    put("[]");
    check_shown("[]");
}

static void rules_past_the_limit_are_refused(void **state)
{
    struct buffer body = buffer_new(1 << 20);
    struct client client = client_new();

    (void)state;
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

static void head_changes_nothing(void **state)
{
    struct client client = client_new();

    (void)state;
    client_ask(&client, "HEAD", FAULTS, "");
    assert_int_equal(client_status(&client), 200);
    client_free(&client);
    check_shown("[]");
}

static void tenants_have_their_own_rules(void **state)
{
    struct json_object *json;

    (void)state;
    put("[{\"answer\":{\"hang\":true}}]");
    assert_int_equal(front_ask("GET", FRONT_MOUNT "/~suite/__admin/faults", "", &json), 200);
    assert_string_equal(json_plain(json_at(json, "faults")), "[]");
    json_object_put(json);
    assert_int_equal(front_ask("DELETE", FRONT_MOUNT "/~suite/__admin/faults", "", NULL), 200);
    check_shown("[" SHOWN("fault-1", ANY_MATCH, EVERY_TIME, "before", "null", HANG) "]");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, front_set_up, front_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rule_is_shown_with_all_that_it_did_not_say),
        TEST(rule_is_shown_as_it_was_said),
        TEST(mistake_is_named_by_its_field_and_nothing_is_applied),
        TEST(unknown_operation_is_told_the_known_ones),
        TEST(body_of_another_type_is_refused),
        TEST(texts_have_their_bounds),
        TEST(connection_takes_the_front_ends_help),
        TEST(rules_are_added_and_removed_singly),
        TEST(put_replaces_all_rules),
        TEST(rules_are_put_whatever_becomes_of_other_changes_of_the_turn),
        TEST(rules_past_the_limit_are_refused),
        TEST(head_changes_nothing),
        TEST(tenants_have_their_own_rules),
    };

    return UNIT_RUN(tests);
}
