/* SPDX-License-Identifier: MIT
 *
 * The routes that the clients need beside the source document's: pools and their configuration,
 * pods of a pool, lists of pools. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "front.h"
#include "state_dump.h"

#define POD AT("pools/default-pool/workspaces/mock-pod-1")

/* Asks for one text of the answer. */
static void assert_answer(const char *method, const char *target, const char *body,
                          const char *path, const char *expected)
{
    struct json_object *json = front_expect(200, method, target, body);

    assert_text_at(json, path, expected);
    json_object_put(json);
}

static void assert_error(const char *method, const char *target, const char *body, enum err err,
                         const char *sentence)
{
    struct client client = client_as(NULL, method, target, body);

    client_assert_refused(&client, err, sentence);
    client_free(&client);
}

/* --- masks --- */

/* What is stored, secrets as they are. */
static void assert_stored(const char *github_pat, const char *first_env, const char *second_env)
{
    struct arena arena = {0};
    struct pool pool;

    assert_int_equal(
        pool_state_get_or_create_pool(front.state, TEXT("p"), (struct text){0}, &arena, &pool), OK);
    assert_int_equal(pool_state_load_config(front.state, &arena, &pool), OK);
    assert_text(pool.spec.texts[POOL_GITHUB_PAT], github_pat);
    assert_int_equal(pool.spec.env_vars_count, 2);
    assert_text(pool.spec.env_vars[0].value, first_env);
    assert_text(pool.spec.env_vars[1].value, second_env);
    arena_free(&arena);
}

SUITE(.set_up = front_set_up, .tear_down = front_tear_down);

TEST(masked_text_stands_for_the_stored_one_only_where_it_is_said_to)
{
    static const struct {
        const char *body;
        const char *github_pat, *first, *second;
        bool changed;
    } rows[] = {
        /* exactly the mask, said to be one */
        {"{\"github_pat\":{\"value\":\"gh*****56\",\"masked\":true}}", "ghp_12356", "abcdefgh",
         "wxyz", false},
        {"{\"env_vars\":[{\"name\":\"A\",\"value\":\"ab****gh\",\"masked\":true},"
         "{\"name\":\"B\",\"value\":\"****\",\"masked\":true}]}",
         "ghp_12356", "abcdefgh", "wxyz", false},
        /* the mask, but not said to be one */
        {"{\"github_pat\":{\"value\":\"gh*****56\",\"masked\":false}}", "gh*****56", "abcdefgh",
         "wxyz", true},
        {"{\"github_pat\":{\"value\":\"gh*****56\"}}", "gh*****56", "abcdefgh", "wxyz", true},
        {"{\"github_pat\":\"gh*****56\"}", "gh*****56", "abcdefgh", "wxyz", true},
        {"{\"env_vars\":[{\"name\":\"A\",\"value\":\"ab****gh\"},"
         "{\"name\":\"B\",\"value\":\"****\",\"masked\":false}]}",
         "ghp_12356", "ab****gh", "****", true},
        /* said to be one, but another text */
        {"{\"github_pat\":{\"value\":\"gh****56\",\"masked\":true}}", "gh****56", "abcdefgh",
         "wxyz", true},
        {"{\"github_pat\":{\"value\":\"\",\"masked\":true}}", "", "abcdefgh", "wxyz", true},
        {"{\"env_vars\":[{\"name\":\"A\",\"value\":\"AB****gh\",\"masked\":true},"
         "{\"name\":\"B\",\"value\":\"***\",\"masked\":true}]}",
         "ghp_12356", "AB****gh", "***", true},
        /* one kept, one new; the order is the body's */
        {"{\"env_vars\":[{\"name\":\"B\",\"value\":\"****\",\"masked\":true},"
         "{\"name\":\"A\",\"value\":\"new\",\"masked\":false}]}",
         "ghp_12356", "wxyz", "new", true},
        /* a mask of another variable's, and of one that is not there */
        {"{\"env_vars\":[{\"name\":\"A\",\"value\":\"****\",\"masked\":true},"
         "{\"name\":\"C\",\"value\":\"ab****gh\",\"masked\":true}]}",
         "ghp_12356", "****", "ab****gh", true},
        /* nothing said of secrets */
        {"{\"github_pat\":{\"masked\":true}}", "ghp_12356", "abcdefgh", "wxyz", false},
        {"{}", "ghp_12356", "abcdefgh", "wxyz", false},
        {"", "ghp_12356", "abcdefgh", "wxyz", false},
    };
    static const char *const methods[] = {"PUT", "PATCH"};

    for (size_t i = 0; i < 2 * UNIT_COUNT(rows); i++) {
        size_t row = i / 2;
        json_object_put(front_expect(200, "POST", AT("__admin/reset"), ""));
        json_object_put(front_expect(
            201, "POST", AT("pools"),
            "{\"name\":\"p\",\"github_pat\":\"ghp_12356\",\"env_vars\":["
            "{\"name\":\"A\",\"value\":\"abcdefgh\"},{\"name\":\"B\",\"value\":\"wxyz\"}]}"));
        struct json_object *json = front_expect(200, methods[i % 2], AT("pools/p"), rows[row].body);
        if (json_object_get_boolean(json_at(json, "config_changed")) != rows[row].changed)
            fail_msg("%s: config_changed", rows[row].body);
        json_object_put(json);
        assert_stored(rows[row].github_pat, rows[row].first, rows[row].second);
    }
}

TEST(masked_secret_of_a_new_pool_is_a_text_like_any)
{
    json_object_put(
        front_expect(201, "POST", AT("pools"),
                     "{\"name\":\"p\",\"github_pat\":{\"value\":\"gh**56\",\"masked\":true},"
                     "\"env_vars\":[{\"name\":\"A\",\"value\":\"**\",\"masked\":true},"
                     "{\"name\":\"B\"}]}"));
    assert_stored("gh**56", "**", "");
}

TEST(secrets_are_masked_in_every_answer)
{
    static const char *const targets[][3] = {
        {"GET", AT("pools/p"), ""},
        {"PUT", AT("pools/p"), "{\"branch_name\":\"b\"}"},
        {"POST", AT("pools"), "{\"name\":\"p\"}"},
        {"GET", AT("pools"), ""},
        {"POST", AT("pools/p/workspaces/mock-pod-6/environment"),
         "{\"environment\":{\"E\":\"s3cret-value\",\"F\":\"xyz\"}}"},
        {"GET", AT("workspaces/mock-pod-6"), ""},
        {"GET", AT("pools/p/workspaces"), ""},
        {"GET", AT("pools/p/workspaces/mock-pod-6/processes"), ""},
    };

    json_object_put(
        front_expect(201, "POST", AT("pools"),
                     "{\"name\":\"p\",\"apiKey\":\"s3cret-key\",\"github_pat\":\"s3cret-pat\","
                     "\"env_vars\":[{\"name\":\"A\",\"value\":\"s3cret-env\"}]}"));
    for (size_t i = 0; i < UNIT_COUNT(targets); i++) {
        struct json_object *json = front_expect(200, targets[i][0], targets[i][1], targets[i][2]);
        if (strstr(json_object_to_json_string(json), "s3cret"))
            fail_msg("%s", json_object_to_json_string(json));
        json_object_put(json);
    }
    struct json_object *json = front_expect(200, "GET", AT("pools/p"), "");
    assert_text_at(json, "config.github_pat.value", "s3******at");
    assert_text_at(json, "config.env_vars.0.value", "s3******nv");
    assert_true(json_object_get_boolean(json_at(json, "config.env_vars.0.masked")));
    json_object_put(json);
    assert_answer("GET", AT("workspaces/mock-pod-6"), "", "workspace.environment.E",
                  "s3********ue");
    assert_answer("GET", AT("workspaces/mock-pod-6"), "", "environment.F", "***");
}

/* --- configuration and size --- */

TEST(configuration_is_shown_as_it_was_put)
{
    static const char *const shown[][2] = {
        {"config.branch_name", "b"},        {"config.repo_name", ""},
        {"config.github_username", "u"},    {"config.cpu", "4"},
        {"config.memory", "8Gi"},           {"config.dockerfile", "FROM x\n"},
        {"config.docker_compose_yml", "d"}, {"config.devcontainer_json", "{}"},
        {"config.pm2_config_js", "js"},     {"config.owner_username", "mock-owner"},
        {"config.repositories.1", "r2"},    {"config.pool_name", "default-pool"},
        {"config.github_pat.value", ""},    {"owner", "mock-owner"},
        {"pool_name", "default-pool"},
    };

    json_object_put(
        front_expect(200, "PUT", AT("pools/default-pool"),
                     "{\"branch_name\":\"b\",\"github_username\":\"u\",\"poolCpu\":\"4\","
                     "\"poolMemory\":\"8Gi\",\"dockerfile\":\"FROM x\\n\","
                     "\"docker_compose_yml\":\"d\",\"devcontainer_json\":\"{}\","
                     "\"pm2_config_js\":\"js\",\"repositories\":[{\"url\":\"r1\"},\"r2\"],"
                     "\"unknown\":[{}]}"));
    struct json_object *json = front_expect(200, "GET", AT("pools/default-pool"), "");
    for (size_t i = 0; i < UNIT_COUNT(shown); i++)
        assert_text_at(json, shown[i][0], shown[i][1]);
    assert_int_equal(json_number_at(json, "config.minimum_vms"), 5);
    assert_int_equal(json_number_at(json, "status.current_vms"), 5);
    assert_false(json_object_get_boolean(json_at(json, "config.github_pat.masked")));
    json_object_put(json);
}

/* Fails unless the pool's repositories are shown so, and what is shown can be put back. */
static void assert_repositories(const char *pool, const char *expected)
{
    char target[100];
    struct buffer before, body = buffer_new(1000);

    snprintf(target, sizeof(target), AT("pools/%s"), pool);
    struct json_object *json = front_expect(200, "GET", target, "");
    assert_string_equal(json_plain(json_at(json, "config.repositories")), expected);
    json_object_put(json);
    buffer_printf(&body, "{\"repositories\":%s}", expected);
    buffer_put_char(&body, '\0');
    before = state_dump(front.state);
    json = front_expect(200, "PUT", target, body.bytes);
    assert_false(json_object_get_boolean(json_at(json, "config_changed")));
    json_object_put(json);
    state_assert_unchanged(front.state, &before);
    buffer_free(&before);
    buffer_free(&body);
}

TEST(repositories_of_a_pool_keep_their_branches)
{
    json_object_put(
        front_expect(201, "POST", AT("pools"),
                     "{\"name\":\"p\",\"repositories\":[{\"url\":\"r\",\"branch\":\"b\"},"
                     "\"s\",{\"url\":\"t\"},{\"url\":\"u\",\"branch\":\"\"}]}"));
    assert_repositories("p", "[{\"url\":\"r\",\"branch\":\"b\"},\"s\",\"t\","
                             "{\"url\":\"u\",\"branch\":\"\"}]");
    struct json_object *json = front_expect(
        200, "PUT", AT("pools/p"), "{\"repositories\":[{\"url\":\"r\",\"branch\":\"c\"}]}");
    assert_true(json_object_get_boolean(json_at(json, "config_changed")));
    json_object_put(json);
    assert_repositories("p", "[{\"url\":\"r\",\"branch\":\"c\"}]");
    json = front_expect(200, "PATCH", AT("pools/p"), "{\"repositories\":[\"r\"]}");
    assert_true(json_object_get_boolean(json_at(json, "config_changed")));
    json_object_put(json);
    assert_repositories("p", "[\"r\"]");
}

TEST(files_of_a_new_pool_are_its_texts)
{
    json_object_put(front_expect(201, "POST", AT("pools"),
                                 "{\"pool_name\":\"p\",\"container_files\":{\"Dockerfile\":\"a\","
                                 "\"docker-compose.yml\":\"b\",\"devcontainer.json\":\"c\","
                                 "\"pm2.config.js\":\"d\",\"other\":7}}"));
    struct json_object *json = front_expect(200, "GET", AT("pools/p"), "");
    assert_text_at(json, "config.dockerfile", "a");
    assert_text_at(json, "config.docker_compose_yml", "b");
    assert_text_at(json, "config.devcontainer_json", "c");
    assert_text_at(json, "config.pm2_config_js", "d");
    json_object_put(json);
}

TEST(minimum_of_a_put_scales_where_it_is_another_one)
{
    struct json_object *json = front_expect(200, "POST", AT("pools/p/scale"),
                                            "{\"minimum_vms\":6}");
    assert_int_equal(json_number_at(json, "old_minimum"), 3);
    assert_int_equal(json_number_at(json, "new_minimum"), 6);
    assert_text_at(json, "owner", "mock-owner");
    json_object_put(json);
    assert_int_equal(front_number(AT("pools/p"), "status.current_vms"), 6);
    json = front_expect(200, "PUT", AT("pools/p"), "{\"minimum_vms\":2}");
    assert_true(json_object_get_boolean(json_at(json, "config_changed")));
    json_object_put(json);
    assert_int_equal(front_number(AT("pools/p"), "status.current_vms"), 2);
    json_object_put(front_expect(200, "DELETE", AT("pools/p/workspaces/mock-pod-6"), ""));
    json = front_expect(200, "PUT", AT("pools/p"), "{\"minimum_vms\":2}");
    assert_false(json_object_get_boolean(json_at(json, "config_changed")));
    json_object_put(json);
    assert_int_equal(front_number(AT("pools/p"), "status.current_vms"), 1);
    /* scale makes up for the pod that was deleted */
    json_object_put(front_expect(200, "POST", AT("pools/p/scale"), "{\"minimum_vms\":2}"));
    assert_int_equal(front_number(AT("pools/p"), "status.current_vms"), 2);
}

TEST(deleted_pool_is_gone_until_it_is_asked_for)
{
    assert_error("DELETE", AT("pools/p"), "", ERR_POOL_NOT_FOUND, "there is no pool p");
    assert_answer("DELETE", AT("pools/default-pool"), "", "owner", "mock-owner");
    assert_error("DELETE", AT("pools/default-pool"), "", ERR_POOL_NOT_FOUND, NULL);
    assert_error("GET", AT("workspaces/mock-pod-1"), "", ERR_POD_NOT_FOUND, NULL);
    assert_int_equal(front_number(AT("pools/default-pool"), "status.current_vms"), 3);
}

TEST(pools_are_listed_in_pages)
{
    for (int i = 0; i < 3; i++) {
        char body[50];
        snprintf(body, sizeof(body), "{\"name\":\"p%d\"}", i);
        json_object_put(front_expect(201, "POST", AT("pools"), body));
    }
    json_object_put(front_expect(200, "GET", AT("pools/p1/workspace"), ""));
    struct json_object *json = front_expect(200, "GET", AT("pools"), "");
    assert_int_equal(json_object_array_length(json_at(json, "pools")), 4);
    assert_text_at(json, "pools.2.name", "p1");
    assert_int_equal(json_number_at(json, "pools.2.used_workspaces"), 1);
    assert_int_equal(json_number_at(json, "pools.2.available_workspaces"), 2);
    assert_int_equal(json_number_at(json, "pools.2.total_workspaces"), 3);
    assert_text_at(json, "pools.2.created_at", "2024-01-15T10:30:00.000Z");
    assert_false(json_object_object_get_ex(json, "next_cursor", NULL));
    json_object_put(json);
    json = front_expect(200, "GET", AT("pools?limit=3"), "");
    assert_text_at(json, "next_cursor", "pool-3");
    json_object_put(json);
    json = front_expect(200, "GET", AT("pools?limit=3&cursor=pool-3"), "");
    assert_int_equal(json_object_array_length(json_at(json, "pools")), 1);
    assert_text_at(json, "pools.0.id", "pool-4");
    assert_null(json_at(json, "next_cursor"));
    json_object_put(json);
    assert_error("GET", AT("pools?cursor=p0"), "", ERR_BAD_QUERY,
                 "cursor: not one that a list has given");
}

TEST(long_list_of_pools_comes_in_pieces)
{
    struct client client = client_new();

    for (int i = 0; i < 700; i++) {
        char target[100];
        snprintf(target, sizeof(target), AT("pools/pool%%20%d/status?simple=true"), i);
        json_object_put(front_expect(200, "GET", target, ""));
    }
    client_ask(&client, "GET", AT("pools"), "");
    assert_true(client.pieces > 1);
    struct json_object *json = client_json(&client);
    assert_int_equal(json_object_array_length(json_at(json, "pools")), 701);
    assert_text_at(json, "pools.700.name", "pool 699");
    json_object_put(json);
    client_free(&client);
}

/* --- pods of a pool --- */

TEST(routes_of_a_pools_pod_answer)
{
    static const struct {
        const char *method, *target, *body, *path, *expected;
    } rows[] = {
        {"GET", POD, "", "workspace.id", "pod-pool-1-1"},
        {"POST", POD "/mark-used", "{\"user_info\":\"t\"}", "usage_status", "used"},
        {"GET", POD "/usage", "", "usage_status", "used"},
        {"GET", POD "/usage", "", "user_info", "t"},
        {"GET", POD "/usage", "", "marked_at", "2024-01-15T10:30:00.000Z"},
        {"GET", POD "/usage", "", "pool_name", "default-pool"},
        {"POST", POD "/staklink-start", "", "pod_name", "mock-pod-1"},
        {"POST", POD "/staklink-start", "", "namespace", "mock-workspaces"},
        {"POST", POD "/staklink-start", "{}", "workspace_id", "pod-pool-1-1"},
        {"POST", POD "/repositories", "{\"repositories\":[\"o/r.git\"],\"branches\":[\"b\"]}",
         "workspace.repoName", "r"},
        {"POST", POD "/environment", "{\"environment\":{\"A\":\"1\"}}", "workspace.environment.A",
         "*"},
        {"POST", POD "/environment", "{\"environment\":{}}", "pool_name", "default-pool"},
        {"GET", POD "/processes", "", "processes.0.name", "frontend"},
        {"GET", POD "/processes", "", "processes.1.port", "15552"},
        {"GET", POD "/processes", "", "podId", "pod-pool-1-1"},
        {"POST", AT("exec/mock-pod-1"), "{\"command\":\"ls \\\"x\\\"\"}", "output",
         "[mock] ls \"x\""},
        {"POST", AT("exec/pod-pool-1-1"), "{\"command\":\"ls\"}", "podId", "pod-pool-1-1"},
        {"POST", POD "/mark-unused", "", "action", "marked_unused"},
        {"GET", POD "/usage", "", "usage_status", "unused"},
        {"POST", POD "/mark-used", "", "usage_status", "used"},
        {"POST", POD "/release", "{}", "workspace.usage_status", "free"},
        {"GET", POD "", "", "workspace.usage_status", "free"},
        {"DELETE", POD, "", "workspace_id", "pod-pool-1-1"},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        assert_answer(rows[i].method, rows[i].target, rows[i].body, rows[i].path, rows[i].expected);
    assert_error("GET", POD, "", ERR_POD_NOT_FOUND, NULL);
}

TEST(pod_of_another_pool_is_not_found_and_nothing_changes)
{
    static const struct {
        const char *method, *rest, *body;
    } rows[] = {
        {"GET", "", ""},
        {"DELETE", "", ""},
        {"POST", "/mark-used", ""},
        {"POST", "/mark-unused", ""},
        {"POST", "/release", ""},
        {"GET", "/usage", ""},
        {"POST", "/staklink-start", ""},
        {"POST", "/repositories", "{\"repositories\":[]}"},
        {"POST", "/environment", "{\"environment\":{\"A\":\"1\"}}"},
        {"GET", "/processes", ""},
    };
    static const struct {
        const char *name, *sentence;
    } pods[] = {{"mock-pod-1", "pod mock-pod-1 is not in pool other"},
                {"pod-pool-1-1", "pod pod-pool-1-1 is not in pool other"},
                {"pod-pool-2-1", "there is no pod pod-pool-2-1"},
                {"nonsense", "there is no pod nonsense"}};

    json_object_put(front_expect(200, "GET", AT("pools/default-pool/workspace"), ""));
    json_object_put(front_expect(201, "POST", AT("pools"), "{\"name\":\"other\"}"));
    struct buffer before = state_dump(front.state);
    for (size_t i = 0; i < UNIT_COUNT(rows) * UNIT_COUNT(pods); i++) {
        size_t row = i / UNIT_COUNT(pods), pod = i % UNIT_COUNT(pods);
        char target[200];
        snprintf(target, sizeof(target), AT("pools/other/workspaces/%s%s"), pods[pod].name,
                 rows[row].rest);
        assert_error(rows[row].method, target, rows[row].body, ERR_POD_NOT_FOUND,
                     pods[pod].sentence);
        state_assert_unchanged(front.state, &before);
    }
    /* nor is a pool made of a name that is only looked in */
    assert_error("GET", AT("pools/new/workspaces/mock-pod-1"), "", ERR_POD_NOT_FOUND, NULL);
    state_assert_unchanged(front.state, &before);
    buffer_free(&before);
}

TEST(bad_body_is_refused_and_changes_nothing)
{
    static const struct {
        const char *method, *target, *body, *error;
    } rows[] = {
        {"POST", AT("pools/default-pool/scale"), "", "minimum_vms: required"},
        {"POST", AT("pools/default-pool/scale"), "{\"minimum_vms\":0}",
         "minimum_vms: expected a number from 1 to 1000, not 0"},
        {"POST", AT("pools/default-pool/scale"), "{\"minimum_vms\":1001}",
         "minimum_vms: expected a number from 1 to 1000, not 1001"},
        {"POST", AT("pools/new/scale"), "{\"minimum_vms\":\"3\"}",
         "minimum_vms: expected a whole number, not a string"},
        {"PUT", AT("pools/default-pool"), "{\"minimum_vms\":7,\"branch_name\":7}",
         "branch_name: expected a string, not a number"},
        {"PUT", AT("pools/new"), "{\"env_vars\":{}}", "env_vars: expected an array, not an object"},
        {"PUT", AT("pools/default-pool"), "{\"env_vars\":[7]}", "env_vars[0]: expected an object"},
        {"PUT", AT("pools/default-pool"), "{\"env_vars\":[{\"name\":\"\"}]}",
         "env_vars[0].name: is empty"},
        {"PUT", AT("pools/default-pool"), "{\"env_vars\":[{\"name\":\"A\",\"masked\":1}]}",
         "env_vars[0].masked: expected true or false, not 1"},
        {"PUT", AT("pools/default-pool"), "{\"github_pat\":{\"value\":7}}",
         "github_pat.value: expected a string, not a number"},
        {"PUT", AT("pools/default-pool"), "{\"repositories\":[{}]}",
         "repositories[0].url: required"},
        {"PUT", AT("pools/default-pool"), "{\"container_files\":7}",
         "container_files: expected an object"},
        {"POST", POD "/environment", "", "environment: required"},
        {"POST", POD "/environment", "{\"environment\":[]}",
         "environment: expected an object, not an array"},
        {"POST", POD "/environment", "{\"environment\":{\"A\":\"1\",\"B\":2}}",
         "environment.B: expected a string, not a number"},
        {"POST", POD "/repositories", "", "repositories: required"},
        {"POST", POD "/mark-unused", "7", "the body: expected a JSON object, not a number"},
        {"POST", POD "/staklink-start", "7", "the body: expected a JSON object, not a number"},
        {"POST", AT("exec/mock-pod-1"), "", "command: required"},
        {"POST", AT("exec/mock-pod-1"), "{\"command\":\"\"}", "command: is empty"},
        {"POST", AT("exec/mock-pod-1"), "{\"command\":[]}",
         "command: expected a string, not an array"},
    };

    struct buffer before = state_dump(front.state);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_error(rows[i].method, rows[i].target, rows[i].body, ERR_BAD_FIELD, rows[i].error);
        state_assert_unchanged(front.state, &before);
    }
    buffer_free(&before);
    assert_error("POST", AT("exec/mock-pod-9"), "{\"command\":\"x\"}", ERR_POD_NOT_FOUND, NULL);
}

TEST(real_vocabulary_changes_the_pod_shapes_word_only)
{
    front.api.defaults.real_vocabulary = true;
    assert_answer("GET", AT("workspaces/mock-pod-1"), "", "usage_status", "unused");
    assert_answer("GET", AT("workspaces/mock-pod-1"), "", "workspace.usage_status", "unused");
    assert_answer("GET", AT("pools/default-pool/workspaces"), "", "workspaces.4.usage_status",
                  "unused");
    assert_answer("GET", AT("pools/default-pool/status"), "", "workspaces.4.status", "free");
    assert_answer("GET", AT("pools/default-pool/workspace"), "", "workspace.usage_status", "used");
    assert_answer("POST", POD "/release", "", "workspace.usage_status", "unused");
    assert_answer("POST", POD "/release", "", "usage_status", "unused");
    front.api.defaults.real_vocabulary = false;
    assert_answer("POST", POD "/release", "", "workspace.usage_status", "free");
    assert_answer("POST", POD "/release", "", "usage_status", "unused");
}

TEST(prepared_members_are_those_of_every_view)
{
    struct arena arena = {0};
    struct json_object *plain[2], *prepared[2];
    static const char *const pods[] = {AT("workspaces/mock-pod-1"), AT("workspaces/mock-pod-2")};

    json_object_put(front_expect(200, "GET", AT("pools/default-pool/workspace"), ""));
    for (size_t i = 0; i < UNIT_COUNT(pods); i++)
        plain[i] = front_expect(200, "GET", pods[i], "");
    assert_int_equal(view_prepare(&front.api.defaults, &arena), OK);
    for (size_t i = 0; i < UNIT_COUNT(pods); i++) {
        prepared[i] = front_expect(200, "GET", pods[i], "");
        assert_string_equal(json_object_to_json_string(prepared[i]),
                            json_object_to_json_string(plain[i]));
        json_object_put(plain[i]);
        json_object_put(prepared[i]);
    }
    arena_free(&arena);
}
