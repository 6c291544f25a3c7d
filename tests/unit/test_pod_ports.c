/* SPDX-License-Identifier: MIT
 *
 * A pod's own ports, where a case needs the clock, a variable of the front end, or a path that
 * nginx changes. Plain requests and answers are in tests/stack/rows/pod_ports.rows and
 * pod_push.rows. */
#include "unit.h"

#include <string.h>

#include "pod_rig.h"

SUITE(.set_up = set_up_used_pod, .tear_down = front_tear_down);

TEST(pod_that_is_not_there_is_named)
{
    assert_error("GET", AT("_pod/mock-pod-9/3000"), "", ERR_POD_NOT_FOUND,
                 "there is no pod mock-pod-9");
    assert_error("GET", AT("_pod/a%20b/3000"), "", ERR_POD_NOT_FOUND, "there is no pod a b");
    assert_error("GET", AT("_pod/pod-pool-2-1/3000"), "", ERR_POD_NOT_FOUND,
                 "there is no pod pod-pool-2-1");
    assert_error("GET", AT("_pod/%zz/3000"), "", ERR_BAD_ENCODING,
                 "the path has a malformed percent-escape at \"%zz\"");
    assert_error("GET", AT("_pod/mock-pod-1/15552/%"), "", ERR_BAD_ENCODING,
                 "the path has a malformed percent-escape at \"%\"");
    assert_error("GET", AT("_pod"), "", ERR_NOT_FOUND, NULL);
    assert_error("GET", AT("_pod/"), "", ERR_NOT_FOUND, NULL);
    assert_error("GET", AT("_pod//3000"), "", ERR_NOT_FOUND, NULL);
    assert_error("GET", "/elsewhere/_pod/mock-pod-1/3000", "", ERR_OUTSIDE_MOUNT, NULL);
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
