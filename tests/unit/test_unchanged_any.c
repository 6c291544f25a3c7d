/* SPDX-License-Identifier: MIT
 *
 * Whatever requests have made of the state: those that say what is so already leave it as it is, to
 * the byte.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dice.h"
#include "documents.h"
#include "unchanged_rig.h"

enum { PODS = 30, TARGET_MAX = 512, ROUNDS = 40, ROUNDS_LONG = 2000 };

static struct dice dice;

/* A target below the mount, until the next call. */
static const char *at(const char *format, ...)
{
    va_list args;
    static char target[TARGET_MAX];
    int prefix = snprintf(target, sizeof(target), "%s/", FRONT_MOUNT);

    va_start(args, format);
    vsnprintf(target + prefix, sizeof(target) - (size_t)prefix, format, args);
    va_end(args);
    return target;
}

/* --- what is so already --- */

static void send_settings_back(const char *path)
{
    struct json_object *whole, *own = shown(path, "own", &whole);

    send_back("PATCH", path, own);
    json_object_put(whole);
    ask_nothing_new(200, "PATCH", path, "{}");
}

/* The rules are the same; that they are counted anew is what PUT is for. */
static void send_faults_back(void)
{
    struct json_object *before, *after, *rules = shown(AT("__admin/faults"), "faults", &before);
    static const char *const counts[] = {"matched", "hits", "spent"};

    send_back("PUT", AT("__admin/faults"), rules);
    struct json_object *kept = shown(AT("__admin/faults"), "faults", &after);
    for (size_t i = 0; i < json_object_array_length(rules); i++)
        for (size_t j = 0; j < UNIT_COUNT(counts); j++) {
            json_object_object_del(json_object_array_get_idx(rules, i), counts[j]);
            json_object_object_del(json_object_array_get_idx(kept, i), counts[j]);
        }
    assert_string_equal(json_plain(rules), json_plain(kept));
    json_object_put(before);
    json_object_put(after);
}

static void send_goose_back(void)
{
    struct json_object *whole;

    shown(AT("__admin/goose"), "replies", &whole);
    json_object_object_del(whole, "success");
    send_back("PUT", AT("__admin/goose"), whole);
    json_object_put(whole);
}

/* The whole, by the document and by a snapshot. Only the generation is another one. */
static void send_state_back(void)
{
    struct buffer before = buffer_new(DOCUMENT_MAX), after = buffer_new(DOCUMENT_MAX);

    document_put(front.state, true, &before);
    buffer_put_char(&before, '\0');
    assert_int_equal(timed_ask("PUT", AT("__admin/snapshots/s"), "", NULL), 201);
    assert_int_equal(timed_ask("PUT", AT("__admin/state"), before.bytes, NULL), 200);
    before.length--;
    document_put(front.state, true, &after);
    document_assert_same(&before, &after);
    assert_int_equal(timed_ask("POST", AT("__admin/snapshots/s/restore"), "", NULL), 200);
    document_put(front.state, true, &after);
    document_assert_same(&before, &after);
    ask_nothing_new(200, "DELETE", AT("__admin/snapshots/s"), "");
    buffer_free(&before);
    buffer_free(&after);
}

/* Names of pools, and how they stand in a path and in a body. */
static const struct name {
    const char *text, *path, *json;
} names[] = {
    {"default-pool", "default-pool", "default-pool"},
    {"a", "a", "a"},
    {"b/c", "b%2Fc", "b/c"},
    {"\"\xc3\xbc \xf0\x9f\x98\x80", "%22%C3%BC%20%F0%9F%98%80", "\\\"\\u00fc \\ud83d\\ude00"},
};

static void repeat_pool(const struct name *name)
{
    char body[TARGET_MAX];
    struct json_object *whole;
    const char *path;

    snprintf(body, sizeof(body), "{\"name\":\"%s\",\"minimum_vms\":7,\"repo_name\":\"new\"}",
             name->json);
    ask_nothing_new(200, "POST", AT("pools"), body);
    send_pool_back("PUT", at("pools/%s", name->path));
    send_pool_back("PATCH", at("pools/%s", name->path));
    path = at("pools/%s", name->path);
    struct json_object *status = shown(path, "status", &whole);
    int64_t total = json_number_at(status, "current_vms");
    bool has_free = total > json_number_at(status, "used_vms");
    int64_t minimum = json_number_at(status, "minimum_vms");
    json_object_put(whole);
    if (total > 0 && total <= 1000) {
        snprintf(body, sizeof(body), "{\"minimum_pods\":%lld}", (long long)total);
        ask_nothing_new(200, "PUT", path, body);
        ask_nothing_new(200, "PUT", path, "{\"minimum_pods\":1}");
    }
    snprintf(body, sizeof(body), "{\"minimum_vms\":%lld}", (long long)minimum);
    if (minimum > 0 && (minimum == total || (minimum < total && !has_free)))
        ask_nothing_new(200, "POST", at("pools/%s/scale", name->path), body);
}

/* The requests that say of a pod what it has already. */
static void repeat_pod(unsigned number)
{
    struct json_object *whole;

    if (timed_ask("GET", at("workspaces/mock-pod-%u", number), "", &whole) != 200) {
        json_object_put(whole);
        return;
    }
    struct json_object *again = json_object_new_object(), *used = json_object_new_object();
    json_object_object_add(again, "repositories", json_object_get(json_at(whole, "repositories")));
    json_object_object_add(again, "branches", json_object_get(json_at(whole, "branches")));
    send_back("POST", at("workspaces/mock-pod-%u/update", number), again);
    if (strcmp(json_text_at(whole, "usage_status"), "used") == 0) {
        json_object_object_add(used, "user_info", json_object_get(json_at(whole, "user_info")));
        send_back("POST", at("workspaces/mock-pod-%u/mark-used", number), used);
        ask_nothing_new(200, "POST", at("workspaces/mock-pod-%u/mark-used", number), "");
    } else { /* what was stored at a free pod ends with the first */
        timed_ask("POST", at("workspaces/mock-pod-%u/release", number), "", NULL);
        ask_nothing_new(200, "POST", at("workspaces/mock-pod-%u/release", number), "");
    }
    json_object_put(used);
    json_object_put(again);
    json_object_put(whole);
}

/* What has just been done, done again. */
static void repeat(int first_status, int status, const char *method, const char *path,
                   const char *body)
{
    int answered = timed_ask(method, path, body, NULL);

    if (answered == first_status || answered == status)
        ask_nothing_new(status, method, path, body);
    else if (answered < 400 || answered == 500)
        fail_msg("%s %s: %d", method, path, answered);
}

static void repeat_requests(void)
{
    unsigned pod = 1 + dice_roll(&dice, PODS);
    char path[TARGET_MAX];

    repeat(201, 409, "POST", AT("users"), "{\"username\":\"u\",\"password\":\"p\"}");
    snprintf(path, sizeof(path), AT("_pod/mock-pod-%u/15552/session"), pod);
    repeat(200, 200, "POST", path, "{\"sessionId\":\"s\"}");
    snprintf(path, sizeof(path), AT("_pod/mock-pod-%u/15552/latest"), pod);
    repeat(200, 200, "PUT", path, "{\"repos\":[{\"url\":\"https://x/y.git\"}]}");
    snprintf(path, sizeof(path), AT("_pod/mock-pod-%u/15552/goose_web"), pod);
    repeat(200, 200, "POST", path, "");
    for (unsigned i = 0; i < UNIT_COUNT(names); i++) {
        snprintf(path, sizeof(path), AT("pools/%s/workspaces/mock-pod-%u/environment"),
                 names[i].path, pod);
        repeat(200, 200, "POST", path, "{\"environment\":{\"A\":\"1\",\"\\u00fc\":\"\"}}");
    }
}

static bool pool_is_there(const char *name)
{
    struct arena arena = {0};
    struct pool pool;
    bool is_there = pool_state_get_pool(front.state, text_of(name), &arena, &pool) == OK;

    arena_free(&arena);
    return is_there;
}

static void check_that_nothing_changes(void)
{
    for (unsigned i = 0; i < UNIT_COUNT(names); i++) {
        if (pool_is_there(names[i].text))
            repeat_pool(&names[i]);
        send_settings_back(at("__admin/pools/%s", names[i].path));
    }
    for (unsigned i = 1; i <= PODS; i++)
        repeat_pod(i);
    send_settings_back(AT("__admin/settings"));
    send_goose_back();
    send_faults_back();
    move_clock_nowhere();
    send_state_back();
    repeat_requests();
}

/* --- what may happen --- */

static const char *some_text(void)
{
    static const char *const texts[] = {
        "\"\"", "\"x\"", "\"secret-value\"", "\"****\"", "\"\\u00fc\\ud83d\\ude00\"", "null"};

    return texts[dice_roll(&dice, UNIT_COUNT(texts))];
}

/* A body with some of these members: a $ in one is some text, and a # some number. */
static void put_members(struct buffer *body, const char *const *members, size_t count)
{
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        if (dice_roll(&dice, 3) > 0)
            continue;
        if (any)
            buffer_put_char(body, ',');
        for (const char *from = members[i]; *from; from++)
            if (*from == '$')
                buffer_put_text(body, text_of(some_text()));
            else if (*from == '#')
                buffer_put_number(body, 1 + dice_roll(&dice, 5));
            else
                buffer_put_char(body, *from);
        any = true;
    }
}

static void ask_with_members(const char *method, const char *path, const char *first,
                             const char *const *some, size_t count)
{
    struct buffer members = buffer_new(4096), body = buffer_new(4096);

    put_members(&members, some, count);
    buffer_put_char(&body, '{');
    buffer_put_text(&body, text_of(first));
    if (first[0] && members.length > 0)
        buffer_put_char(&body, ',');
    buffer_put_text(&body, buffer_text(&members));
    buffer_put_text(&body, TEXT("}"));
    buffer_put_char(&body, '\0');
    if (timed_ask(method, path, body.bytes, NULL) == 500)
        fail_msg("%s %s %s", method, path, body.bytes);
    buffer_free(&members);
    buffer_free(&body);
}

static const struct name *some_name(void)
{
    return &names[dice_roll(&dice, UNIT_COUNT(names))];
}

static const char *const config_members[] = {
    "\"minimum_vms\":#",
    "\"minimum_pods\":#",
    "\"repo_name\":$",
    "\"branch_name\":$",
    "\"apiKey\":$",
    "\"github_pat\":$",
    "\"dockerfile\":$",
    "\"poolCpu\":$",
    "\"devcontainer_json\":$",
    "\"repositories\":[\"a\",\"b\"]",
    "\"repositories\":[]",
    "\"repositories\":[{\"url\":\"a\",\"branch\":$},\"c\"]",
    "\"env_vars\":[{\"name\":\"A\",\"value\":$},{\"name\":\"A\",\"value\":\"second\"}]"};

static void say_config(void)
{
    char first[TARGET_MAX];
    const struct name *name = some_name();

    snprintf(first, sizeof(first), "\"name\":\"%s\"", name->json);
    if (dice_roll(&dice, 2))
        ask_with_members("POST", AT("pools"), first, config_members, UNIT_COUNT(config_members));
    else
        ask_with_members("PUT", at("pools/%s", name->path), "", config_members,
                         UNIT_COUNT(config_members));
}

static void say_settings(void)
{
    static const char *const members[] = {"\"newPoolPods\":0",
                                          "\"newPoolPods\":#",
                                          "\"maxPods\":#",
                                          "\"maxPods\":null",
                                          "\"onExhausted\":\"reject\"",
                                          "\"rejectStatus\":429",
                                          "\"freePods\":\"refuse\"",
                                          "\"retryAfter\":#",
                                          "\"failNext\":#",
                                          "\"leaseTtl\":\"#s\"",
                                          "\"leaseTtl\":null",
                                          "\"progression\":{\"mode\":\"time\",\"pending\":\"#s\"}",
                                          "\"progression\":{\"mode\":\"time\",\"starting\":\"#s\"}",
                                          "\"progression\":null"};
    char path[TARGET_MAX];

    snprintf(path, sizeof(path), "%s",
             dice_roll(&dice, 2) ? at("__admin/pools/%s", some_name()->path)
                                 : AT("__admin/settings"));
    ask_with_members("PATCH", path, "", members, UNIT_COUNT(members));
}

static void say_faults(void)
{
    static const char *const rules[] = {
        "[]",
        "[{\"match\":{\"operation\":\"usage\"},\"times\":1,\"ttl\":\"3s\",\"answer\":{\"status\":"
        "429,\"retryAfter\":1,\"error\":\"\\u00fc\"}},{\"id\":\"x\",\"match\":{\"operation\":"
        "\"usage\",\"pool\":\"a*\"},\"skip\":1,\"every\":2,\"probability\":0.1,\"phase\":\"after\","
        "\"delay\":{\"type\":\"uniform\",\"lowerMs\":0,\"upperMs\":0}}]",
        "[{\"match\":{\"operation\":\"usage\"},\"answer\":{\"truncate\":0.3}},{\"match\":"
        "{\"operation\":[\"usage\"]},\"answer\":{\"dribble\":{\"bytesPerSecond\":7}}},{\"delay\":"
        "{\"type\":\"lognormal\",\"medianMs\":1,\"sigma\":0.25},\"match\":{\"operation\":"
        "\"usage\"}}]"};

    assert_int_equal(
        timed_ask("PUT", AT("__admin/faults"), rules[dice_roll(&dice, UNIT_COUNT(rules))], NULL),
        200);
    timed_ask("GET", at("pools/a/workspaces/mock-pod-%u/usage", 1 + dice_roll(&dice, PODS)), "",
              NULL);
}

static void say_goose(void)
{
    static const char *const scripts[] = {
        "{\"replies\":[]}",
        "{\"replies\":[{\"pattern\":\"*\",\"text\":\"\\u00fc\",\"pieces\":3,\"delay\":\"1s\"},"
        "{\"pattern\":\"a\",\"error\":\"no\"}]}",
        "{\"replies\":[{\"pattern\":\"b*\",\"toolCalls\":[{\"name\":\"t\",\"input\":{\"b\":1.50,"
        "\"a\":[1e3,\"/\\u00e9\",null]},\"output\":\"x\"}]}]}"};

    assert_int_equal(
        timed_ask("PUT", AT("__admin/goose"), scripts[dice_roll(&dice, UNIT_COUNT(scripts))], NULL),
        200);
}

static void use_pods(void)
{
    static const char *const claims[] = {"pools/%s/workspace?workspaceId=w",
                                         "pools/%s/workspace?workspaceId=%%C3%%BC&ttl=2s"};
    unsigned pod = 1 + dice_roll(&dice, PODS);

    for (unsigned i = dice_roll(&dice, 4); i > 0; i--)
        timed_ask("GET", at(claims[dice_roll(&dice, 2)], some_name()->path), "", NULL);
    ask_with_members("POST", at("workspaces/mock-pod-%u/mark-used", pod), "",
                     (const char *const[]){"\"user_info\":$"}, 1);
    timed_ask("POST", at("workspaces/mock-pod-%u/update", 1 + dice_roll(&dice, PODS)),
              "{\"repositories\":[\"https://x/a.git\",{\"url\":\"b\",\"branch\":\"\\u00fc\"}]}",
              NULL);
    timed_ask("POST", at("workspaces/mock-pod-%u/release", 1 + dice_roll(&dice, PODS)), "", NULL);
}

static void lose_some(void)
{
    if (dice_roll(&dice, 3) == 0)
        timed_ask("DELETE", at("pools/%s", some_name()->path), "", NULL);
    timed_ask("DELETE",
              at("pools/%s/workspaces/mock-pod-%u", some_name()->path, dice_roll(&dice, PODS)), "",
              NULL);
    ask_with_members("POST", at("pools/%s/scale", some_name()->path), "",
                     (const char *const[]){"\"minimum_vms\":#"}, 1);
}

static void use_accounts(void)
{
    timed_ask("POST", AT("auth/login"), "{\"username\":\"u\",\"password\":\"p\"}", NULL);
    timed_ask("DELETE", AT("users/u"), "", NULL);
}

static void move_clock(void)
{
    static const char *const moves[] = {"{\"action\":\"freeze\"}", "{\"action\":\"resume\"}",
                                        "{\"action\":\"advance\",\"by\":\"2s\"}"};

    assert_int_equal(
        timed_ask("PUT", AT("__admin/clock"), moves[dice_roll(&dice, UNIT_COUNT(moves))], NULL),
        200);
}

/* All that falls due does so before it is looked. */
static void await_quiet(void)
{
    assert_int_equal(
        timed_ask("PUT", AT("__admin/clock"), "{\"action\":\"advance\",\"by\":\"1m\"}", NULL), 200);
}

/* --- the test --- */

SUITE(.set_up = front_set_up, .tear_down = front_tear_down);

TEST(nothing_changes_in_any_state)
{
    static void (*const changes[])(void) = {say_config,   say_config, say_settings, say_faults,
                                            say_goose,    use_pods,   use_pods,     lose_some,
                                            use_accounts, move_clock};
    int rounds = getenv("POOL_MANAGER_TEST_LONG") ? ROUNDS_LONG : ROUNDS;

    dice = dice_new();
    for (int round = 0; round < rounds; round++) {
        for (unsigned i = 1 + dice_roll(&dice, 8); i > 0; i--)
            changes[dice_roll(&dice, UNIT_COUNT(changes))]();
        await_quiet();
        check_that_nothing_changes();
        if (dice_roll(&dice, 10) == 0)
            assert_int_equal(timed_ask("POST", AT("__admin/reset"), "", NULL), 200);
    }
}
