/* SPDX-License-Identifier: MIT
 *
 * What the service requires of a request, and the headers of every answer, with routes of the
 * test's own. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "front.h"
#include "service/route.h"

static enum err next_err;

static enum err handle_now(struct call *call)
{
    struct writer writer = call_begin_answer(call, 200);

    return call_end_answer(call, &writer);
}

static enum err handle_fail(struct call *call)
{
    (void)call;
    return next_err;
}

static const struct service_route routes[] = {
    {HTTP_GET, "now", OPERATION_STATUS, handle_now, false, ROUTE_OPEN, NULL},
    {HTTP_GET, "fail", OPERATION_SCALE, handle_fail, false, ROUTE_OPEN, NULL},
    {HTTP_POST, "fail/{pool}", OPERATION_SCALE, handle_fail, true, ROUTE_OPEN, NULL},
    {HTTP_POST, "change", OPERATION_UPDATE, handle_now, true, ROUTE_OPEN, NULL},
};

static void set_up(void)
{
    front_open(routes, UNIT_COUNT(routes), NULL);
}

SUITE(.set_up = set_up, .tear_down = front_tear_down);

/* --- what the front end says --- */

static void check_target(const char *mount, const char *target, const char *path_info,
                         enum err expected)
{
    struct client client = client_new();

    if (mount)
        client_add(&client, "POOL_MANAGER_MOUNT", mount);
    if (path_info)
        client_add(&client, "PATH_INFO", path_info);
    client_ask(&client, "GET", target, "");
    if (expected)
        client_assert_error(&client, expected);
    else if (client_status(&client) != 200)
        fail_msg("mount %s, target %s, path info %s: %d", mount, target, path_info,
                 client_status(&client));
    client_free(&client);
}

TEST(path_is_found_below_the_mount_of_the_front_end)
{
    static const struct {
        const char *mount, *target, *path_info;
        enum err expected;
    } rows[] = {
        {NULL, AT("now"), NULL, OK},
        {NULL, AT("now?x=1"), NULL, OK},
        {NULL, AT("no%77"), NULL, OK},
        {NULL, "http://host:8080" AT("now") "?a", NULL, OK},
        {NULL, "/now", NULL, ERR_OUTSIDE_MOUNT},
        {NULL, FRONT_MOUNT "now", NULL, ERR_OUTSIDE_MOUNT},
        {NULL, "/api/mock", NULL, ERR_OUTSIDE_MOUNT},
        {NULL, FRONT_MOUNT, NULL, ERR_NOT_FOUND},
        {NULL, AT(""), NULL, ERR_NOT_FOUND},
        {NULL, AT("/now"), NULL, ERR_NOT_FOUND},
        {NULL, AT("now/"), NULL, ERR_NOT_FOUND},
        {NULL, AT("later"), NULL, ERR_NOT_FOUND},
        {NULL, AT("no%7"), NULL, ERR_BAD_ENCODING},
        {NULL, AT("now") "?%zz", NULL, OK},
        {"/pm", "/pm/now", NULL, OK},
        {"/pm/", "/pm/now", NULL, OK},
        {"/pm//", "/pm/now", NULL, OK},
        {"", "/now", NULL, OK},
        {"/", "/now", NULL, OK},
        {"/pm", AT("now"), NULL, ERR_OUTSIDE_MOUNT},
        {NULL, NULL, "/now", OK},
        {NULL, NULL, "/later", ERR_NOT_FOUND},
        {NULL, NULL, NULL, ERR_NO_REQUEST_URI},
        {NULL, "", "", ERR_NO_REQUEST_URI},
        {NULL, NULL, AT("now"), OK},
        {"/pm", NULL, "/pm/now", OK},
        {"/pm", NULL, "/now", OK},
        {"/pm", "/pm/now", "/later", OK},
        {NULL, "", "/now", OK},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        check_target(rows[i].mount, rows[i].target, rows[i].path_info, rows[i].expected);
}

TEST(path_outside_names_the_mount)
{
    struct json_object *json;

    assert_int_equal(front_ask("GET", "/elsewhere", "", &json), 404);
    assert_string_equal(json_text_at(json, "error"),
                        "the path is outside this service, which is at " FRONT_MOUNT "/");
    json_object_put(json);
}

TEST(path_of_the_limit_is_taken_and_one_byte_more_is_not)
{
    char target[8200];

    for (int length = 8000; length <= 8001; length++) {
        enum err expected = length == 8000 ? ERR_METHOD_NOT_ALLOWED : ERR_PATH_TOO_LONG;
        int start = snprintf(target, sizeof(target), "%s", AT("fail/"));
        memset(target + start, 'x', (size_t)(length - start));
        snprintf(target + length, sizeof(target) - (size_t)length, "?query");
        check_target(NULL, target, NULL, expected);
        target[length] = '\0';
        check_target(NULL, NULL, target, expected);
    }
}

TEST(name_in_the_path_has_to_be_a_name)
{
    static const struct {
        const char *name, *sentence;
    } rows[] = {
        {"%ff", "{pool} in the path is not UTF-8"},
        {"a%0Ab", "{pool} in the path has a control character"},
        {"%00", "{pool} in the path has a control character"},
        {"%7f", "{pool} in the path has a control character"},
        {"%C2%85", "{pool} in the path has a control character"},
        {"..", "{pool} in the path leads to another path by its \"..\""},
        {"..%2F..%2Fx", "{pool} in the path leads to another path by its \"..\""},
        {"%2E", "{pool} in the path is empty in a path, once \".\" and \"..\" are resolved"},
        {"a%2F..", "{pool} in the path is empty in a path, once \".\" and \"..\" are resolved"},
    };
    char target[300];
    struct json_object *json;

    next_err = ERR_POD_LIMIT;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        snprintf(target, sizeof(target), "%s%s", AT("fail/"), rows[i].name);
        assert_int_equal(front_ask("POST", target, "", &json), 400);
        assert_string_equal(json_text_at(json, "code"), "bad_name");
        assert_string_equal(json_text_at(json, "error"), rows[i].sentence);
        json_object_put(json);
    }
    for (int length = POOL_NAME_MAX; length <= POOL_NAME_MAX + 1; length++) {
        int start = snprintf(target, sizeof(target), "%s", AT("fail/"));
        memset(target + start, 'x', (size_t)length);
        target[start + length] = '\0';
        assert_int_equal(front_ask("POST", target, "", NULL), length == POOL_NAME_MAX ? 503 : 400);
    }
    assert_int_equal(front_ask("POST", AT("fail/a%2Fb%25%C3%BC"), "", NULL), 503);
}

static void check_body(const char *announced, const char *body, int64_t received, enum err expected)
{
    struct client client = client_new();

    next_err = ERR_POD_LIMIT;
    client.body_received = received;
    if (announced)
        client_add(&client, "CONTENT_LENGTH", announced);
    assert_true(client_submit(&client, "POST", AT("fail/p"), body));
    service_turn_end(front.service);
    client_assert_error(&client, expected);
    client_free(&client);
}

TEST(body_has_to_be_as_long_as_announced)
{
    check_body(NULL, "{}", -1, ERR_POD_LIMIT);
    check_body("", "{}", -1, ERR_POD_LIMIT);
    check_body("-1", "{}", -1, ERR_POD_LIMIT);
    check_body("2", "{}", -1, ERR_POD_LIMIT);
    check_body("3", "{}", -1, ERR_BAD_BODY_LENGTH);
    check_body("0", "{}", -1, ERR_BAD_BODY_LENGTH);
    check_body("2", "", -1, ERR_BAD_BODY_LENGTH);
    check_body("+2", "{}", -1, ERR_BAD_BODY_LENGTH);
    check_body("2x", "{}", -1, ERR_BAD_BODY_LENGTH);
    check_body("99999999999999999999", "{}", -1, ERR_BAD_BODY_LENGTH);
    check_body("2000000", NULL, 2000000, ERR_BODY_TOO_LARGE);
    check_body("2000000", NULL, 1999999, ERR_BAD_BODY_LENGTH);
    check_body(NULL, NULL, 2000000, ERR_BODY_TOO_LARGE);
}

TEST(body_of_a_bad_length_is_told_its_length)
{
    static const struct {
        const char *announced, *sentence;
        int64_t received;
    } rows[] = {
        {"2x", "Content-Length is not a number: 2x", 2},
        {"3", "the body has 2 bytes, but Content-Length is 3", 2},
        {"2000000", "the body has 2000000 bytes, more than --body-max allows", 2000000},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct client client = client_new();
        client.body_received = rows[i].received;
        client_add(&client, "CONTENT_LENGTH", rows[i].announced);
        assert_true(
            client_submit(&client, "POST", AT("fail/p"), rows[i].received > 2 ? NULL : "{}"));
        service_turn_end(front.service);
        struct json_object *json = client_json(&client);
        assert_string_equal(json_text_at(json, "error"), rows[i].sentence);
        json_object_put(json);
        client_free(&client);
    }
}

TEST(method_that_the_path_does_not_take_is_told_which_it_does)
{
    static const char *const methods[] = {"PUT", "DELETE", "get", "BREW", "TRACE"};

    for (size_t i = 0; i < UNIT_COUNT(methods); i++) {
        struct client client = client_new();
        client_ask(&client, methods[i], AT("now"), "");
        client_assert_error(&client, ERR_METHOD_NOT_ALLOWED);
        assert_text(client_header(&client, "Allow"), "GET, HEAD, OPTIONS");
        client_free(&client);
    }
    struct client client = client_new();
    client_ask(&client, "GET", AT("change"), "");
    assert_text(client_header(&client, "Allow"), "POST, OPTIONS");
    client_free(&client);
    client = client_new();
    client_ask(&client, "", AT("now"), "");
    client_assert_error(&client, ERR_NO_REQUEST_METHOD);
    client_free(&client);
}

/* nginx refuses these itself. tests/stack/rows/missing.rows has the ones that it passes on. */
TEST(malformed_escape_and_unknown_method_are_named)
{
#define TEN "0123456789"
    static const struct {
        const char *method, *target, *sentence;
        enum err err;
    } rows[] = {
        {"get", AT("now"), "this path takes GET, not get", ERR_METHOD_NOT_ALLOWED},
        {TEN TEN TEN, AT("now"), "this path takes GET, not " TEN TEN, ERR_METHOD_NOT_ALLOWED},
        {"GET", AT("fail/%41%zz/x"), "the path has a malformed percent-escape at \"%zz\"",
         ERR_BAD_ENCODING},
        {"GET", AT("fail/a%4"), "the path has a malformed percent-escape at \"%4\"",
         ERR_BAD_ENCODING},
        {"GET", AT("~t%4x/now"), "the path has a malformed percent-escape at \"%4x\"",
         ERR_BAD_ENCODING},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct client client = client_as(NULL, rows[i].method, rows[i].target, "");
        client_assert_refused(&client, rows[i].err, rows[i].sentence);
        client_free(&client);
    }
}

/* --- other origins --- */

static void head_is_closed_by_one_empty_line(const struct client *client)
{
    struct text head = buffer_text(&client->head);

    assert_true(head.length > 4);
    assert_memory_equal(head.at + head.length - 4, "\r\n\r\n", 4);
    assert_ptr_equal(memmem(head.at, head.length, "\r\n\r\n", 4), head.at + head.length - 4);
}

TEST(header_is_never_forged_through_the_headers_that_were_asked_for)
{
    static const char *const values[] = {"a\r\nX-Forged: 1", "a\nX-Forged: 1", "a\rX-Forged: 1",
                                         "\x7f", "\xff"};

    for (size_t i = 0; i < UNIT_COUNT(values); i++) {
        struct client client = client_new();
        client_add(&client, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS", values[i]);
        client_ask(&client, "OPTIONS", AT("now"), "");
        assert_int_equal(client_status(&client), 204);
        assert_null(client_header(&client, "Access-Control-Allow-Headers").at);
        assert_null(client_header(&client, "X-Forged").at);
        head_is_closed_by_one_empty_line(&client);
        client_free(&client);
    }
}

TEST(headers_past_all_bounds_leave_the_answer_whole)
{
    static char value[RESPONSE_HEADERS_MAX + 2];

    for (size_t length = RESPONSE_HEADERS_MAX - 600; length <= RESPONSE_HEADERS_MAX + 1;
         length += 25) {
        struct client client = client_new();
        memset(value, 'x', length);
        value[length] = '\0';
        client_add(&client, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS", value);
        client_ask(&client, "OPTIONS", AT("now"), "");
        assert_int_equal(client_status(&client), 204);
        head_is_closed_by_one_empty_line(&client);
        assert_text(client_header(&client, "Cache-Control"), "no-store");
        assert_text(client_header(&client, "Access-Control-Allow-Origin"), "*");
        client_free(&client);
    }
}

static void check_origin(const char *origins, const char *origin, const char *allowed, bool varies)
{
    front_close();
    front_open(routes, UNIT_COUNT(routes), origins);
    struct client client = client_new();
    if (origin)
        client_add(&client, "HTTP_ORIGIN", origin);
    client_ask(&client, "GET", AT("now"), "");
    struct text header = client_header(&client, "Access-Control-Allow-Origin");
    if (allowed)
        assert_text(header, allowed);
    else
        assert_null(header.at);
    assert_int_equal(client_header(&client, "Access-Control-Expose-Headers").at != NULL,
                     allowed != NULL);
    assert_int_equal(client_header(&client, "Vary").at != NULL, varies);
    client_free(&client);
}

TEST(only_origins_of_the_list_may_read_answers)
{
    check_origin("*", NULL, "*", false);
    check_origin("*", "http://a", "*", false);
    check_origin("http://a,http://b", "http://a", "http://a", true);
    check_origin("http://a,http://b", "http://b", "http://b", true);
    check_origin("http://a,http://b", "http://c", NULL, true);
    check_origin("http://a,http://b", "http://a,http://b", NULL, true);
    check_origin("http://a,http://b", "", NULL, true);
    check_origin("http://a,http://b", NULL, NULL, true);
    check_origin("", "http://a", NULL, true);
    check_origin("", "", NULL, true);
}

/* --- HEAD --- */

TEST(head_of_an_error_and_of_an_answer_has_the_length_but_no_body)
{
    struct client client = client_new();

    client_ask(&client, "HEAD", AT("now"), "");
    assert_int_equal(client_status(&client), 200);
    assert_text(client_header(&client, "Content-Length"), "16");
    assert_int_equal(client.body.length, 0);
    client_free(&client);
    client = client_new();
    next_err = ERR_POD_LIMIT;
    client_ask(&client, "HEAD", AT("fail"), "");
    assert_int_equal(client_status(&client), 503);
    assert_true(client_header(&client, "Content-Length").length >= 2);
    assert_int_equal(client.body.length, 0);
    client_free(&client);
}
