/* SPDX-License-Identifier: MIT */
#include "unchanged_rig.h"

#include <string.h>

#include "state_dump.h"
#include "unit.h"

int timed_ask(const char *method, const char *path, const char *body, struct json_object **json)
{
    struct client client = client_as("Bearer mock-password", method, path, body);
    int status = client_status(&client);

    if (json)
        *json = client_json(&client);
    client_free(&client);
    front_pass_us(1000);
    return status;
}

void ask_nothing_new(int status, const char *method, const char *path, const char *body)
{
    struct buffer before = state_dump_rows(front.state);
    struct json_object *json;
    int answered = timed_ask(method, path, body, &json);

    if (answered != status)
        fail_msg("%s %s %.2000s: %d %s", method, path, body, answered, json_plain(json));
    json_object_put(json);
    state_assert_rows(front.state, &before);
    buffer_free(&before);
}

struct json_object *shown(const char *path, const char *member, struct json_object **whole)
{
    int status = timed_ask("GET", path, "", whole);

    if (status != 200)
        fail_msg("GET %s: %d", path, status);
    return json_at(*whole, member);
}

void send_back(const char *method, const char *path, struct json_object *json)
{
    ask_nothing_new(200, method, path, json_plain(json));
}

void send_pool_back(const char *method, const char *path)
{
    struct json_object *whole, *answer, *config = shown(path, "config", &whole);

    send_back(method, path, config);
    assert_int_equal(timed_ask(method, path, json_plain(config), &answer), 200);
    assert_false(json_object_get_boolean(json_at(answer, "config_changed")));
    assert_text_at(answer, "message", "Pool is as it was");
    send_back(method, path, json_at(answer, "pool"));
    json_object_put(answer);
    json_object_put(whole);
}

void move_clock_nowhere(void)
{
    struct json_object *whole;
    bool is_frozen = strcmp(json_object_get_string(shown(AT("__admin/clock"), "mode", &whole)),
                            "frozen") == 0;

    ask_nothing_new(200, "PUT", AT("__admin/clock"),
                    is_frozen ? "{\"action\":\"freeze\"}" : "{\"action\":\"resume\"}");
    ask_nothing_new(200, "PUT", AT("__admin/clock"), "{\"action\":\"advance\",\"by\":0}");
    json_object_put(whole);
}
