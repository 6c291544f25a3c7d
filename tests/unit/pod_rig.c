/* SPDX-License-Identifier: MIT */
#include "pod_rig.h"

#include "unit.h"

void set_up_used_pod(void)
{
    front_set_up();
    assert_int_equal(front_ask("GET", CLAIM, "", NULL), 200);
}

struct client ask(const char *method, const char *target, const char *body)
{
    return client_as("Bearer mock-password", method, target, body);
}

struct json_object *ask_json(const char *method, const char *target, const char *body)
{
    struct client client = ask(method, target, body);
    struct json_object *json = client_json(&client);

    if (client_status(&client) != 200)
        fail_msg("%s %s: %d %s", method, target, client_status(&client), json_plain(json));
    assert_text(client_header(&client, "Content-Type"), "application/json");
    client_free(&client);
    return json;
}

void assert_answer(const char *method, const char *target, const char *body, const char *path,
                   const char *expected)
{
    struct json_object *json = ask_json(method, target, body);

    assert_text_at(json, path, expected);
    json_object_put(json);
}

void assert_error(const char *method, const char *target, const char *body, enum err err,
                  const char *sentence)
{
    struct client client = ask(method, target, body);

    client_assert_refused(&client, err, sentence);
    client_free(&client);
}
