/* SPDX-License-Identifier: MIT
 *
 * What answers at a pod's own ports, in the path form and in the host form; streams have a file of
 * their own. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "pod_rig.h"
#include "state_dump.h"

/* --- which pod --- */

static const char *const rests[] = {"",        "/",           "/3000", "/3000/", "/15552/jlist",
                                    "/15551/", "/80/_echo/x", "/_echo"};

/* Fails unless each of the rests at mock-pod-2, which is free, has that status. */
static void assert_free_pod(int status, enum err err)
{
    for (size_t i = 0; i < UNIT_COUNT(rests); i++) {
        char target[200];
        snprintf(target, sizeof(target), AT("_pod/mock-pod-2%s"), rests[i]);
        struct client client = ask("GET", target, "");
        assert_int_equal(client_status(&client),
                         status == 200 && strcmp(rests[i], "/15551/") == 0 ? 307 : status);
        if (err)
            client_assert_refused(&client, err,
                                  "the pod mock-pod-2 is free: nothing answers at it");
        client_free(&client);
    }
}

SUITE(.set_up = set_up_used_pod, .tear_down = front_tear_down);

TEST(free_pod_answers_as_a_used_one)
{
    assert_free_pod(200, OK);
    assert_answer("GET", AT("_pod/mock-pod-2/_echo"), "", "podId", "pod-pool-1-2");
    assert_answer("POST", AT("_pod/mock-pod-2/15552/validate_frontend"), "", "message",
                  "The front end answers");
    assert_int_equal(front_ask("POST", AT("workspaces/mock-pod-1/release"), "", NULL), 200);
    json_object_put(ask_json("GET", CONTROL("/diff"), ""));
}

TEST(free_pod_is_a_404_where_the_settings_say_so)
{
    static const struct {
        const char *target, *body;
        bool refuses;
    } steps[] = {
        {AT("__admin/settings"), "{\"freePods\":\"refuse\"}", true},
        {AT("__admin/pools/default-pool"), "{\"freePods\":\"answer\"}", false},
        {AT("__admin/pools/default-pool"), "{\"freePods\":null}", true},
        {AT("__admin/settings"), "{\"freePods\":null}", false},
        {AT("__admin/pools/default-pool"), "{\"freePods\":\"refuse\"}", true},
    };

    for (size_t i = 0; i < UNIT_COUNT(steps); i++) {
        assert_int_equal(front_ask("PATCH", steps[i].target, steps[i].body, NULL), 200);
        assert_free_pod(steps[i].refuses ? 404 : 200, steps[i].refuses ? ERR_POD_FREE : OK);
    }
    assert_error("GET", AT("_pod/pod-pool-1-2/3000"), "", ERR_POD_FREE,
                 "the pod pod-pool-1-2 is free: nothing answers at it");
    json_object_put(ask_json("GET", CONTROL("/diff"), "")); /* of the used one */
    assert_int_equal(front_ask("POST", AT("workspaces/mock-pod-1/release"), "", NULL), 200);
    assert_error("GET", CONTROL("/jlist"), "", ERR_POD_FREE,
                 "the pod mock-pod-1 is free: nothing answers at it");
}

#define FREE_CONTROL(path) AT("_pod/mock-pod-2/15552" path)

/* Stores what can be stored at mock-pod-2's ports. */
static void store_at_free_pod(void)
{
    json_object_put(ask_json("PUT", FREE_CONTROL("/latest"), "{\"repos\":[{\"url\":\"o/r\"}]}"));
    json_object_put(ask_json("POST", FREE_CONTROL("/goose_web"), "{}"));
    json_object_put(ask_json("POST", FREE_CONTROL("/session"), "{\"sessionId\":\"s\"}"));
    front_pass_us(60 * 1000 * 1000);
}

/* Fails unless it is all there, or nothing of it. */
static void assert_stored(bool stored)
{
    struct json_object *list = ask_json("GET", FREE_CONTROL("/jlist"), "");
    struct json_object *exists = ask_json("POST", FREE_CONTROL("/validate_session"),
                                          "{\"session\":\"s\"}");

    assert_answer("GET", AT("workspaces/mock-pod-2"), "", "primaryRepo", stored ? "o/r" : "");
    assert_int_equal(json_object_array_length(list), stored ? 3 : 2);
    assert_int_equal(json_object_get_boolean(json_at(exists, "exists")), stored);
    json_object_put(list);
    json_object_put(exists);
}

TEST(what_is_stored_at_a_free_pod_stays_until_it_is_released)
{
    struct buffer before = state_dump(front.state);

    store_at_free_pod();
    assert_stored(true);
    assert_int_equal(front_ask("GET", CLAIM, "", NULL), 200);
    assert_stored(true);
    assert_int_equal(front_ask("POST", AT("workspaces/mock-pod-2/release"), "", NULL), 200);
    assert_stored(false);
    store_at_free_pod();
    assert_int_equal(front_ask("POST", AT("workspaces/mock-pod-2/mark-unused"), "", NULL), 200);
    assert_stored(false);
    buffer_free(&before);
    before = state_dump(front.state);
    assert_int_equal(front_ask("POST", AT("workspaces/mock-pod-2/release"), "", NULL), 200);
    state_assert_unchanged(front.state, &before);
    buffer_free(&before);
}

TEST(pod_that_is_not_there_is_named)
{
    assert_error("GET", AT("_pod/mock-pod-9/3000"), "", ERR_POD_NOT_FOUND,
                 "there is no pod mock-pod-9");
    assert_error("GET", AT("_pod/a%20b/3000"), "", ERR_POD_NOT_FOUND, "there is no pod a b");
    assert_error("GET", AT("_pod/pod-pool-2-1/3000"), "", ERR_POD_NOT_FOUND,
                 "there is no pod pod-pool-2-1");
    assert_error("GET", AT("_pod/%zz/3000"), "", ERR_BAD_ENCODING, NULL);
    assert_error("GET", AT("_pod"), "", ERR_NOT_FOUND, NULL);
    assert_error("GET", AT("_pod/"), "", ERR_NOT_FOUND, NULL);
    assert_error("GET", AT("_pod//3000"), "", ERR_NOT_FOUND, NULL);
    assert_error("GET", "/elsewhere/_pod/mock-pod-1/3000", "", ERR_OUTSIDE_MOUNT, NULL);
}

TEST(failed_pod_is_a_502)
{
    state_force(front.state, "UPDATE pods SET state = 3 WHERE number = 1");
    assert_error("GET", PORT("3000", ""), "", ERR_POD_FAILED, "the pod mock-pod-1 has failed");
    assert_error("GET", CONTROL("/jlist"), "", ERR_POD_FAILED, NULL);
}

TEST(pod_that_does_not_run_yet_is_a_503_with_retry_after)
{
    static const struct {
        const char *sql, *sentence;
    } rows[] = {
        {"UPDATE pods SET state = 0", "the pod mock-pod-1 is pending and does not answer yet"},
        {"UPDATE pods SET state = 1", "the pod mock-pod-1 is starting and does not answer yet"},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        state_force(front.state, rows[i].sql);
        struct client client = ask("GET", CONTROL("/jlist"), "");
        assert_text(client_header(&client, "Retry-After"), "1");
        client_assert_refused(&client, ERR_POD_PENDING, rows[i].sentence);
        client_free(&client);
        assert_error("GET", AT("_pod/mock-pod-2/3000/"), "", ERR_POD_PENDING, NULL);
    }
}

TEST(unknown_paths_and_methods_have_their_rows)
{
    assert_error("GET", CONTROL("/nothing"), "", ERR_NOT_FOUND, NULL);
    assert_error("GET", CONTROL("/"), "", ERR_NOT_FOUND, NULL);
    assert_error("GET", PORT("3001", "/"), "", ERR_NOT_FOUND, NULL);
    assert_error("GET", PORT("65536", "/"), "", ERR_NOT_FOUND, NULL);
    assert_error("GET", PORT("0", "/jlist"), "", ERR_NOT_FOUND, NULL);
    assert_error("GET", PORT("3000", "/jlist"), "", ERR_NOT_FOUND, NULL);
    assert_error("GET", AT("_pod/mock-pod-1/jlist"), "", ERR_NOT_FOUND, NULL);
    assert_error("POST", CONTROL("/jlist"), "", ERR_METHOD_NOT_ALLOWED, NULL);
    struct client client = ask("GET", CONTROL("/latest"), "");
    client_assert_error(&client, ERR_METHOD_NOT_ALLOWED);
    assert_text(client_header(&client, "Allow"), "PUT, OPTIONS");
    client_free(&client);
}

/* --- pages --- */

static void assert_page(const char *method, const char *target, const char *what)
{
    struct client client = client_as(NULL, method, target, "");

    assert_int_equal(client_status(&client), 200);
    assert_text(client_header(&client, "Content-Type"), "text/html; charset=utf-8");
    if (strcmp(method, "GET") == 0) {
        assert_non_null(memmem(client.body.bytes, client.body.length, what, strlen(what)));
        assert_non_null(memmem(client.body.bytes, client.body.length, "mock-pod-1", 10));
        assert_non_null(memmem(client.body.bytes, client.body.length, "default-pool", 12));
        assert_non_null(memmem(client.body.bytes, client.body.length, "w&lt;x&gt;", 10));
        assert_null(memmem(client.body.bytes, client.body.length, "w<x>", 4));
    }
    client_free(&client);
}

TEST(front_end_and_ide_are_pages)
{
    static const char *const methods[] = {"GET", "HEAD"};

    for (size_t i = 0; i < UNIT_COUNT(methods); i++) {
        assert_page(methods[i], PORT("3000", ""), "Front end");
        assert_page(methods[i], PORT("3000", "/"), "Front end");
        assert_page(methods[i], AT("_pod/mock-pod-1"), "IDE");
        assert_page(methods[i], AT("_pod/mock-pod-1/"), "IDE");
        assert_page(methods[i], AT("_pod/pod-pool-1-1/3000/?x=1"), "Front end");
    }
}

TEST(host_form_takes_pod_and_port_from_the_front_end)
{
    static const struct {
        const char *port, *target, *type;
    } rows[] = {
        {"3000", "/", "text/html; charset=utf-8"},
        {"", "/", "text/html; charset=utf-8"},
        {"15552", "/jlist", "application/json"},
        {"15552", "/jlist?x", "application/json"},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct client client = client_new();
        client_add(&client, "POOL_MANAGER_POD", "mock-pod-1");
        client_add(&client, "POOL_MANAGER_POD_PORT", rows[i].port);
        client_ask(&client, "GET", rows[i].target, "");
        assert_int_equal(client_status(&client), 200);
        assert_text(client_header(&client, "Content-Type"), rows[i].type);
        client_free(&client);
    }
    /* the mount is a path like any there */
    struct client client = client_new();
    client_add(&client, "POOL_MANAGER_POD", "mock-pod-1");
    client_add(&client, "POOL_MANAGER_POD_PORT", "3000");
    client_ask(&client, "GET", AT("pools"), "");
    client_assert_error(&client, ERR_NOT_FOUND);
    client_free(&client);
}

/* --- control --- */

TEST(control_asks_for_the_pods_password_but_for_jlist)
{
    static const struct {
        const char *method, *target, *body;
    } rows[] = {
        {"PUT", CONTROL("/latest"), "{\"repos\":[]}"},
        {"POST", CONTROL("/goose_web"), ""},
        {"GET", CONTROL("/diff"), ""},
        {"POST", CONTROL("/push"), ""},
        {"POST", CONTROL("/validate_frontend"), ""},
        {"POST", CONTROL("/validate_session"), "{\"session\":\"s\"}"},
        {"POST", CONTROL("/session"), "{\"sessionId\":\"s\"}"},
        {"POST", CONTROL("/playwright_test"), ""},
    };
    static const struct {
        const char *authorization;
        enum err err;
    } wrong[] = {
        {NULL, ERR_NO_TOKEN},
        {"", ERR_NO_TOKEN},
        {"Bearer mock-passwor", ERR_BAD_TOKEN},
        {"Bearer mock-password2", ERR_BAD_TOKEN},
        {"mock-password", ERR_BAD_TOKEN},
    };
    struct buffer before = state_dump(front.state);

    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        for (size_t j = 0; j < UNIT_COUNT(wrong); j++) {
            struct client client = client_as(wrong[j].authorization, rows[i].method, rows[i].target,
                                             rows[i].body);
            client_assert_error(&client, wrong[j].err);
            client_free(&client);
            state_assert_unchanged(front.state, &before);
        }
    buffer_free(&before);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct client client = ask(rows[i].method, rows[i].target, rows[i].body);
        assert_int_equal(client_status(&client), 200);
        client_free(&client);
    }
    assert_int_equal(front_ask("GET", CONTROL("/jlist"), "", NULL), 200);
    assert_int_equal(front_ask("OPTIONS", CONTROL("/latest"), "", NULL), 204);
}

TEST(jlist_has_goose_once_it_was_started)
{
    static const char *const names[] = {"frontend", "staklink-proxy", "goose"};
    static const char *const ports[] = {"3000", "15552", "15551"};

    front.api.goose_start_ms = 2000;
    struct json_object *json = ask_json("GET", CONTROL("/jlist"), "");
    assert_int_equal(json_object_get_type(json), json_type_array);
    assert_int_equal(json_object_array_length(json), 2);
    json_object_put(json);
    assert_answer("POST", CONTROL("/goose_web"), "{\"repoName\":\"r\",\"apiKey\":\"k\"}", "message",
                  "Goose is starting");
    front_pass_us(1999 * 1000);
    json = ask_json("GET", CONTROL("/jlist"), "");
    assert_int_equal(json_object_array_length(json), 2);
    json_object_put(json);
    front_pass_us(1000);
    json = ask_json("GET", CONTROL("/jlist"), "");
    assert_int_equal(json_object_array_length(json), 3);
    for (size_t i = 0; i < 3; i++) {
        struct json_object *process = json_object_array_get_idx(json, i);
        assert_text_at(process, "name", names[i]);
        assert_text_at(process, "port", ports[i]);
        assert_text_at(process, "status", "online");
        assert_true(json_number_at(process, "pid") > 0);
        assert_int_equal(json_number_at(process, "pm_uptime"), 1705314600000);
        assert_true(strlen(json_text_at(process, "cwd")) > 0);
    }
    json_object_put(json);
    json = ask_json("GET", AT("pools/default-pool/workspaces/mock-pod-1/processes"), "");
    assert_int_equal(json_object_array_length(json_at(json, "processes")), 3);
    json_object_put(json);
    /* another claim of the pod finds it as new */
    assert_int_equal(front_ask("POST", AT("workspaces/mock-pod-1/release"), "", NULL), 200);
    assert_int_equal(front_ask("GET", CLAIM, "", NULL), 200);
    json = ask_json("GET", CONTROL("/jlist"), "");
    assert_int_equal(json_object_array_length(json), 2);
    json_object_put(json);
}

TEST(latest_stores_the_repositories_and_push_names_them)
{
    assert_answer("PUT", CONTROL("/latest"),
                  "{\"repos\":[{\"url\":\"https://github.com/o/first.git\"},"
                  "{\"url\":\"git@github.com:o2/second\",\"branch\":\"b\"},{\"url\":\"third\"}]}",
                  "message", "Repositories are up to date");
    assert_answer("GET", AT("workspaces/mock-pod-1"), "", "repositories.1",
                  "git@github.com:o2/second");
    assert_answer("GET", AT("workspaces/mock-pod-1"), "", "repoName", "first");
    struct json_object *json = ask_json("POST", CONTROL("/push"), "{}");
    assert_int_equal(json_object_object_length(json_at(json, "prs")), 3);
    assert_text_at(json, "prs.o/first", "https://github.com/o/first/pull/1");
    assert_text_at(json, "prs.o2/second", "https://github.com/o2/second/pull/1");
    assert_text_at(json, "prs.third", "https://github.com/third/pull/1");
    json_object_put(json);
    assert_answer("PUT", CONTROL("/latest"), "{\"repos\":[]}", "message",
                  "Repositories are up to date");
    json = ask_json("POST", CONTROL("/push"), "");
    assert_int_equal(json_object_object_length(json_at(json, "prs")), 0);
    json_object_put(json);
    json = ask_json("GET", CONTROL("/diff"), "");
    assert_int_equal(json_object_get_type(json), json_type_array);
    json_object_put(json);
}

TEST(two_repositories_of_one_name_are_one_pull_request)
{
    assert_answer("PUT", CONTROL("/latest"),
                  "{\"repos\":[{\"url\":\"https://a/o/r\"},{\"url\":\"https://b/o/r.git\"}]}",
                  "message", "Repositories are up to date");
    struct json_object *json = ask_json("POST", CONTROL("/push"), "");
    assert_int_equal(json_object_object_length(json_at(json, "prs")), 1);
    json_object_put(json);
}

TEST(checks_of_a_front_end_and_of_a_test_are_ok)
{
    static const char *const targets[] = {CONTROL("/validate_frontend"),
                                          CONTROL("/playwright_test")};

    for (size_t i = 0; i < UNIT_COUNT(targets); i++) {
        struct json_object *json = ask_json("POST", targets[i], "{\"apiKey\":\"k\"}");
        assert_true(json_object_get_boolean(json_at(json, "ok")));
        assert_true(strlen(json_text_at(json, "message")) > 0);
        json_object_put(json);
    }
}

static void assert_exists(const char *body, bool exists)
{
    struct json_object *json = ask_json("POST", CONTROL("/validate_session"), body);

    assert_int_equal(json_object_get_boolean(json_at(json, "exists")), exists);
    json_object_put(json);
}

TEST(session_is_opened_by_control_and_known_to_goose)
{
    assert_exists("{\"session\":\"a b\"}", false);
    assert_answer("POST", CONTROL("/session"),
                  "{\"sessionId\":\"a b\",\"webhookUrl\":\"http://x\",\"apiKey\":\"k\"}", "token",
                  "mock-session-token-1");
    assert_answer("POST", CONTROL("/session"), "{\"sessionId\":\"a b\"}", "token",
                  "mock-session-token-1");
    assert_exists("{\"session\":\"a b\"}", true);
    struct json_object *json = ask_json("GET", GOOSE("/api/sessions/a%20b"), "");
    assert_text_at(json, "id", "a b");
    assert_false(json_object_object_get_ex(json, "error", NULL));
    json_object_put(json);
    assert_answer("GET", GOOSE("/api/sessions"), "", "sessions.0.id", "a b");
    assert_page("GET", GOOSE("/session/a%20b"), "a b");
    assert_error("GET", GOOSE("/api/sessions/other"), "", ERR_SESSION_NOT_FOUND, NULL);
    assert_error("GET", GOOSE("/session/other"), "", ERR_SESSION_NOT_FOUND, NULL);
    assert_answer("GET", GOOSE("/api/health"), "", "status", "ok");
}

TEST(root_of_goose_leads_to_a_new_session)
{
    static const char *const targets[] = {GOOSE(""), GOOSE("/")};
    static const char *const locations[] = {"/session/session-1", "/session/session-2"};
    struct buffer before = {0};

    for (size_t i = 0; i < UNIT_COUNT(targets); i++) {
        struct client client = client_as(NULL, "GET", targets[i], "");
        assert_int_equal(client_status(&client), 307);
        assert_text(client_header(&client, "Location"), locations[i]);
        client_free(&client);
    }
    before = state_dump(front.state);
    struct client head = client_as(NULL, "HEAD", GOOSE("/"), "");
    assert_int_equal(client_status(&head), 307);
    client_free(&head);
    state_assert_unchanged(front.state, &before);
    buffer_free(&before);
    assert_answer("GET", GOOSE("/api/sessions/session-2"), "", "id", "session-2");
}

TEST(bad_body_is_refused_and_changes_nothing)
{
    static const struct {
        const char *method, *target, *body, *error;
    } rows[] = {
        {"PUT", CONTROL("/latest"), "", "repos: required"},
        {"PUT", CONTROL("/latest"), "{\"repos\":{}}", "repos: expected an array, not an object"},
        {"PUT", CONTROL("/latest"), "{\"repos\":[\"x\"]}", "repos[0]: expected an object"},
        {"PUT", CONTROL("/latest"), "{\"repos\":[{\"url\":\"a\"},{}]}", "repos[1].url: required"},
        {"PUT", CONTROL("/latest"), "{\"repos\":[{\"url\":7}]}",
         "repos[0].url: expected a string, not a number"},
        {"POST", CONTROL("/session"), "", "sessionId: required"},
        {"POST", CONTROL("/session"), "{\"sessionId\":\"\"}", "sessionId: is empty"},
        {"POST", CONTROL("/session"), "{\"sessionId\":\"a\\nb\"}",
         "sessionId: has a control character"},
        {"POST", CONTROL("/validate_session"), "{}", "session: required"},
        {"POST", CONTROL("/goose_web"), "7", "the body: expected a JSON object, not a number"},
        {"POST", CONTROL("/push"), "[]", "the body: expected a JSON object, not an array"},
    };
    struct buffer before = state_dump(front.state);

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_error(rows[i].method, rows[i].target, rows[i].body, ERR_BAD_FIELD, rows[i].error);
        state_assert_unchanged(front.state, &before);
    }
    buffer_free(&before);
}
