/* SPDX-License-Identifier: MIT
 *
 * An error names its thing (contract, section 8): what is not there, by the name in the path. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "front.h"

enum { LONGEST = 128 }; /* bytes of a name */

/* Names as they stand in a path and in a sentence. */
static const struct name {
    const char *path, *text;
} names[] = {
    {"nosuch", "nosuch"},
    {"a%2Fb", "a/b"},
    {"%22%5C%25s%3A", "\"\\%s:"},
    {"%C3%BC%F0%9F%98%80", "\xc3\xbc\xf0\x9f\x98\x80"},
};

static const struct {
    const char *method, *before, *after, *body, *what;
    enum err err;
} rows[] = {
    {"GET", "workspaces/", "", "", "pod", ERR_POD_NOT_FOUND},
    {"HEAD", "workspaces/", "", "", "pod", ERR_POD_NOT_FOUND},
    {"POST", "workspaces/", "/mark-used", "", "pod", ERR_POD_NOT_FOUND},
    {"POST", "workspaces/", "/update", "{\"repositories\":[]}", "pod", ERR_POD_NOT_FOUND},
    {"POST", "exec/", "", "{\"command\":\"ls\"}", "pod", ERR_POD_NOT_FOUND},
    {"GET", "pools/default-pool/workspaces/", "/usage", "", "pod", ERR_POD_NOT_FOUND},
    {"GET", "_pod/", "/15552/jlist", "", "pod", ERR_POD_NOT_FOUND},
    {"GET", "~fresh/_pod/", "/15552/jlist", "", "pod", ERR_POD_NOT_FOUND},
    {"GET", "pools/", "/workspaces/mock-pod-1", "", "pool", ERR_POD_NOT_FOUND},
    {"POST", "pools/", "/workspaces/nosuch/mark-used", "", "pool", ERR_POD_NOT_FOUND},
    {"DELETE", "pools/", "", "", "pool", ERR_POOL_NOT_FOUND},
    {"POST", "__admin/pools/", "/reset", "", "pool", ERR_POOL_NOT_FOUND},
    {"DELETE", "users/", "", "", "user", ERR_USER_NOT_FOUND},
    {"DELETE", "__admin/faults/", "", "", "fault rule", ERR_FAULT_NOT_FOUND},
    {"GET", "__admin/snapshots/", "", "", "snapshot", ERR_SNAPSHOT_NOT_FOUND},
    {"DELETE", "__admin/snapshots/", "", "", "snapshot", ERR_SNAPSHOT_NOT_FOUND},
    {"POST", "__admin/snapshots/", "/restore", "", "snapshot", ERR_SNAPSHOT_NOT_FOUND},
    {"DELETE", "__admin/tenants/", "", "", "tenant", ERR_TENANT_NOT_FOUND},
    {"GET", "_pod/mock-pod-1/15551/api/sessions/", "", "", "session", ERR_SESSION_NOT_FOUND},
    {"POST", "_pod/mock-pod-1/15552/stream/", "?token=t", "{\"prompt\":\"x\"}", "session",
     ERR_SESSION_NOT_FOUND},
};

static void assert_named(size_t row, const struct name *name)
{
    char target[1024], sentence[1024];

    snprintf(target, sizeof(target), FRONT_MOUNT "/%s%s%s", rows[row].before, name->path,
             rows[row].after);
    snprintf(sentence, sizeof(sentence), "there is no %s %s", rows[row].what, name->text);
    struct client client = client_as("Bearer mock-password", rows[row].method, target,
                                     rows[row].body);
    if (strcmp(rows[row].method, "HEAD") == 0)
        assert_int_equal(client_status(&client), 404);
    else
        client_assert_refused(&client, rows[row].err, sentence);
    client_free(&client);
}

SUITE(.set_up = front_set_up, .tear_down = front_tear_down);

TEST(missing_thing_is_named)
{
    struct buffer path = buffer_new(3 * LONGEST + 1), text = buffer_new(LONGEST + 1);

    for (int i = 0; i < LONGEST / 2; i++) {
        buffer_put_text(&path, TEXT("%C3%BC"));
        buffer_put_text(&text, TEXT("\xc3\xbc"));
    }
    buffer_put_char(&path, '\0');
    buffer_put_char(&text, '\0');
    const struct name longest = {path.bytes, text.bytes};
    json_object_put(front_expect(200, "GET", AT("pools/default-pool/workspace"), ""));
    for (size_t row = 0; row < UNIT_COUNT(rows); row++) {
        for (size_t i = 0; i < UNIT_COUNT(names); i++)
            assert_named(row, &names[i]);
        assert_named(row, &longest);
    }
    assert_int_equal(front_number(AT("__admin/health"), "pools"), 1);
    buffer_free(&path);
    buffer_free(&text);
}

TEST(both_names_of_a_pod_in_another_pool_are_told)
{
    char name[LONGEST + 1], body[LONGEST + 32], target[1024], sentence[1024];

    memset(name, 'x', LONGEST);
    name[LONGEST] = '\0';
    snprintf(body, sizeof(body), "{\"name\":\"%s\"}", name);
    json_object_put(front_expect(201, "POST", AT("pools"), body));
    snprintf(target, sizeof(target), AT("pools/%s/workspaces/mock-pod-1/release"), name);
    snprintf(sentence, sizeof(sentence), "pod mock-pod-1 is not in pool %s", name);
    struct client client = client_as(NULL, "POST", target, "");
    client_assert_refused(&client, ERR_POD_NOT_FOUND, sentence);
    client_free(&client);
}

TEST(thing_that_is_there_already_is_named)
{
    static const struct {
        const char *target, *body, *sentence;
        enum err err;
    } made[] = {
        {AT("users"), "{\"username\":\"\\u00fc\",\"password\":\"p\"}",
         "there is a user \xc3\xbc already", ERR_USER_EXISTS},
        {AT("__admin/faults"), "{\"id\":\"f-1\",\"answer\":{\"status\":500}}",
         "there is a fault rule f-1 already", ERR_FAULT_EXISTS},
    };

    for (size_t i = 0; i < UNIT_COUNT(made); i++) {
        json_object_put(front_expect(201, "POST", made[i].target, made[i].body));
        json_object_put(front_expect(200, "DELETE", AT("__admin/requests"), ""));
        struct client client = client_as(NULL, "POST", made[i].target, made[i].body);
        client_assert_refused(&client, made[i].err, made[i].sentence);
        client_free(&client);
    }
}

TEST(exhausted_pool_is_named)
{
    json_object_put(front_expect(200, "PATCH", AT("__admin/pools/ci"),
                                 "{\"newPoolPods\":0,\"onExhausted\":\"reject\"}"));
    struct client client = client_as(NULL, "GET", AT("pools/ci/workspace"), "");
    client_assert_refused(&client, ERR_EXHAUSTED, "pool ci has no pod to give");
    client_free(&client);
}
