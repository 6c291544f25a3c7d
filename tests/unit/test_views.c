/* SPDX-License-Identifier: MIT
 *
 * The JSON shapes in answers (views/views.h). */
#include "unit.h"

#include <json.h>
#include <string.h>

#include "views/views.h"

static const struct view_defaults defaults = {.pod_password = TEXT("mock-password"),
                                              .pod_image = TEXT("image:1"),
                                              .pod_cpu_millicores = 2000,
                                              .pod_memory_mib = 4096,
                                              .owner = TEXT("owner")};
static struct pod_templates templates;
static const struct view view = {.defaults = &defaults, .templates = &templates};
static struct buffer out;
static struct writer writer;

static void set_up(void)
{
    struct problem problem;

    assert_int_equal(pod_templates_read(TEXT("mock"), TEXT(""), &templates, &problem), OK);
    out = buffer_new(1 << 20);
    writer = writer_new(&out);
}

static void tear_down(void)
{
    buffer_free(&out);
}

SUITE(.set_up = set_up, .tear_down = tear_down);

/* Fails unless the written text is JSON to json-c and equals `expected`, in this order of members.
 */
static void assert_shape(const char *expected)
{
    assert_false(out.failed);
    buffer_put_char(&out, '\0');
    struct json_object *json = json_tokener_parse(out.bytes),
                       *wanted = json_tokener_parse(expected);
    assert_non_null(json);
    assert_non_null(wanted);
    const int flags = JSON_C_TO_STRING_PRETTY;
    char *actual = strdup(json_object_to_json_string_ext(json, flags));
    assert_string_equal(actual, json_object_to_json_string_ext(wanted, flags));
    free(actual);
    json_object_put(json);
    json_object_put(wanted);
}

static const struct text repositories[] = {TEXT("o/first.git"), TEXT("o/\"second\"")};
static const struct text branches[] = {TEXT("main")};

static struct pod used_pod(void)
{
    return (struct pod){.number = 7,
                        .pool_number = 2,
                        .pool_name = TEXT("a \"pool\""),
                        .usage = POD_USED,
                        .state = POD_RUNNING,
                        .created_ms = 1705314600000,
                        .since_ms = 1705314601500,
                        .claimed_by = TEXT("workspace-123"),
                        .user_info = TEXT("task"),
                        .repositories = repositories,
                        .repositories_count = 2,
                        .branches = branches,
                        .branches_count = 1};
}

TEST(used_pod_shows_every_known_value)
{
    const struct pod pod = used_pod();

    view_pod(&writer, &pod, &view);
    assert_shape(
        "{\"id\":\"pod-pool-2-7\",\"poolName\":\"a \\\"pool\\\"\","
        "\"url\":\"https://mock-pod-7.mock.sphinx.chat\","
        "\"password\":\"mock-password\",\"usage_status\":\"used\",\"claimedBy\":\"workspace-123\","
        "\"claimedAt\":\"2024-01-15T10:30:01.500Z\",\"portMappings\":{"
        "\"15551\":\"https://mock-pod-7.mock.sphinx.chat:15551\","
        "\"15552\":\"https://mock-pod-7.mock.sphinx.chat:15552\","
        "\"3000\":\"https://mock-pod-7.mock.sphinx.chat:3000\"},"
        "\"subdomain\":\"mock-pod-7\",\"fqdn\":\"mock-pod-7.mock.sphinx.chat\","
        "\"state\":\"running\","
        "\"internal_state\":\"running\",\"user_info\":\"task\","
        "\"marked_at\":\"2024-01-15T10:30:01.500Z\","
        "\"created\":\"2024-01-15T10:30:00.000Z\",\"branches\":[\"main\"],"
        "\"repositories\":[\"o/first.git\",\"o/\\\"second\\\"\"],"
        "\"primaryRepo\":\"o/first.git\",\"repoName\":\"first\","
        "\"image\":\"image:1\",\"customImage\":false,\"useDevContainer\":false,"
        "\"flagged_for_recreation\":false,"
        "\"resource_usage\":{\"available\":true,\"requests\":{\"cpu\":\"2000m\","
        "\"memory\":\"4096Mi\"},"
        "\"usage\":{\"cpu\":\"500m\",\"memory\":\"1024Mi\"}}}");
}

TEST(free_pod_shows_null_for_unknown_values)
{
    const struct pod pod = {.number = 1,
                            .pool_number = 1,
                            .pool_name = TEXT("p"),
                            .state = POD_PENDING,
                            .created_ms = 1,
                            .since_ms = 1};

    view_pod(&writer, &pod, &view);
    assert_shape("{\"id\":\"pod-pool-1-1\",\"poolName\":\"p\","
                 "\"url\":\"https://mock-pod-1.mock.sphinx.chat\","
                 "\"password\":\"mock-password\",\"usage_status\":\"free\",\"claimedBy\":null,"
                 "\"claimedAt\":null,\"portMappings\":{"
                 "\"15551\":\"https://mock-pod-1.mock.sphinx.chat:15551\","
                 "\"15552\":\"https://mock-pod-1.mock.sphinx.chat:15552\","
                 "\"3000\":\"https://mock-pod-1.mock.sphinx.chat:3000\"},"
                 "\"subdomain\":\"mock-pod-1\",\"fqdn\":\"mock-pod-1.mock.sphinx.chat\","
                 "\"state\":\"pending\","
                 "\"internal_state\":\"pending\",\"user_info\":null,\"marked_at\":null,"
                 "\"created\":\"1970-01-01T00:00:00.001Z\",\"branches\":[],\"repositories\":[],"
                 "\"primaryRepo\":\"\",\"repoName\":\"\","
                 "\"image\":\"image:1\",\"customImage\":false,\"useDevContainer\":false,"
                 "\"flagged_for_recreation\":false,"
                 "\"resource_usage\":{\"available\":true,\"requests\":{\"cpu\":\"2000m\","
                 "\"memory\":\"4096Mi\"},"
                 "\"usage\":{\"cpu\":\"100m\",\"memory\":\"204Mi\"}}}");
}

TEST(control_url_contains_its_port_once)
{
    for (int64_t number = 15540; number < 15560; number++) {
        const struct pod pod = {.number = number, .pool_number = 1};
        if (pod_number_is_skipped(number))
            continue;
        buffer_clear(&out);
        view_pod(&writer, &pod, &view);
        const char *key = memmem(out.bytes, out.length, "\"15552\":", 8);
        const char *first = memmem(key + 8, 60, "15552", 5);
        assert_non_null(first);
        assert_int_equal(first[5], '"');
    }
}

TEST(status_entry_has_the_five_members_of_the_source_document)
{
    struct pod pod = used_pod();

    writer_array(&writer);
    view_pod_status(&writer, &pod, &view);
    pod = (struct pod){.number = 8, .pool_number = 2};
    view_pod_status(&writer, &pod, &view);
    writer_end_array(&writer);
    assert_shape(
        "[{\"id\":\"pod-pool-2-7\",\"status\":\"used\",\"claimed_by\":\"workspace-123\","
        "\"claimed_at\":\"2024-01-15T10:30:01.500Z\","
        "\"url\":\"https://mock-pod-7.mock.sphinx.chat\"},"
        "{\"id\":\"pod-pool-2-8\",\"status\":\"free\",\"claimed_by\":null,\"claimed_at\":null,"
        "\"url\":\"https://mock-pod-8.mock.sphinx.chat\"}]");
}

static const struct env_var env_vars[] = {
    {TEXT("SHORT"), TEXT("abcd")}, {TEXT("LONG"), TEXT("abcdefgh")}, {TEXT("EMPTY"), TEXT("")}};

static struct pool full_pool(void)
{
    return (struct pool){
        .number = 3,
        .spec = {.name = TEXT("p"),
                 .minimum_vms = 4,
                 .texts[POOL_API_KEY] = TEXT("never shown"),
                 .texts[POOL_REPO_NAME] = TEXT("r"),
                 .texts[POOL_BRANCH_NAME] = TEXT("b"),
                 .texts[POOL_GITHUB_PAT] = TEXT("ghp_12345"),
                 .texts[POOL_GITHUB_USERNAME] = TEXT("u"),
                 .env_vars = env_vars,
                 .env_vars_count = 3},
        .counts = {.total = 10, .used = 3, .available = 4, .pending = 2, .failed = 1},
        .created_ms = 1705314600000,
        .updated_ms = 1705314601000};
}

TEST(pool_summary_and_status_count_pods)
{
    const struct pool pool = full_pool();

    writer_array(&writer);
    view_pool_summary(&writer, &pool);
    view_pool_status(&writer, &pool, 1705314600000);
    writer_end_array(&writer);
    assert_shape(
        "[{\"name\":\"p\",\"id\":\"pool-3\",\"total_workspaces\":10,\"available_workspaces\":4,"
        "\"used_workspaces\":3},"
        "{\"running_vms\":7,\"pending_vms\":2,\"failed_vms\":1,\"used_vms\":3,\"unused_vms\":4,"
        "\"minimum_vms\":4,"
        "\"current_vms\":10,\"last_check\":\"2024-01-15T10:30:00.000Z\"}]");
}

TEST(created_pool_masks_its_secrets)
{
    const struct pool pool = full_pool();

    view_pool_created(&writer, &pool, &view);
    assert_null(memmem(out.bytes, out.length, "never shown", 11));
    assert_shape(
        "{\"id\":\"pool-3\",\"name\":\"p\",\"pool_name\":\"p\","
        "\"created_at\":\"2024-01-15T10:30:00.000Z\","
        "\"updated_at\":\"2024-01-15T10:30:01.000Z\",\"status\":\"active\",\"minimum_vms\":4,"
        "\"repo_name\":\"r\","
        "\"branch_name\":\"b\",\"github_username\":\"u\","
        "\"github_pat\":{\"value\":\"gh*****45\",\"masked\":true},"
        "\"env_vars\":[{\"name\":\"SHORT\",\"value\":\"****\",\"masked\":true},"
        "{\"name\":\"LONG\",\"value\":\"ab****gh\",\"masked\":true},{\"name\":\"EMPTY\","
        "\"value\":\"\",\"masked\":false}],"
        "\"owner_id\":\"owner\",\"owner_username\":\"owner\",\"description\":\"\"}");
}

TEST(created_pool_shows_empty_texts_for_unset_ones)
{
    const struct pool pool = {.number = 1,
                              .spec = {.name = TEXT("p"), .minimum_vms = 3},
                              .created_ms = 1000,
                              .updated_ms = 1000};

    view_pool_created(&writer, &pool, &view);
    assert_shape(
        "{\"id\":\"pool-1\",\"name\":\"p\",\"pool_name\":\"p\","
        "\"created_at\":\"1970-01-01T00:00:01.000Z\","
        "\"updated_at\":\"1970-01-01T00:00:01.000Z\",\"status\":\"active\",\"minimum_vms\":3,"
        "\"repo_name\":\"\","
        "\"branch_name\":\"\",\"github_username\":\"\",\"github_pat\":{\"value\":\"\","
        "\"masked\":false},\"env_vars\":[],"
        "\"owner_id\":\"owner\",\"owner_username\":\"owner\",\"description\":\"\"}");
}

TEST(journal_entry_shows_null_for_unknown_values)
{
    const struct journal_entry pending = {.seq = 1,
                                          .at_ms = 1705314601500,
                                          .method = TEXT("GET"),
                                          .path = TEXT("/x"),
                                          .about = {.operation = OPERATION_WORKSPACE,
                                                    .pod_name = {.pod_number = 7}}},
                               ended = {.seq = 2,
                                        .at_ms = 1705314601500,
                                        .request_id = TEXT("id"),
                                        .method = TEXT("GET"),
                                        .path = TEXT("/\xff"),
                                        .about = {.operation = OPERATION_CLAIM,
                                                  .pool_name = TEXT("p"),
                                                  .pod_name = {.pod_number = 7, .pool_number = 2},
                                                  .workspace = TEXT("w")},
                                        .status = 200,
                                        .duration_us = 1250,
                                        .fault = TEXT("slow"),
                                        .fate = ANSWER_LOST};

    writer_array(&writer);
    view_journal_entry(&writer, &pending);
    view_journal_entry(&writer, &ended);
    writer_end_array(&writer);
    assert_shape("[{\"seq\":1,\"at\":\"2024-01-15T10:30:01.500Z\",\"requestId\":null,"
                 "\"method\":\"GET\",\"path\":\"/x\",\"operation\":\"workspace\",\"pool\":null,"
                 "\"pod\":\"mock-pod-7\",\"workspaceId\":null,\"status\":0,\"durationMs\":null,"
                 "\"fault\":null,\"delivered\":null},"
                 "{\"seq\":2,\"at\":\"2024-01-15T10:30:01.500Z\",\"requestId\":\"id\","
                 "\"method\":\"GET\",\"path\":\"/\xEF\xBF\xBD\",\"operation\":\"claim\","
                 "\"pool\":\"p\",\"pod\":\"pod-pool-2-7\",\"workspaceId\":\"w\",\"status\":200,"
                 "\"durationMs\":1.25,\"fault\":\"slow\",\"delivered\":false}]");
}

TEST(leak_shows_the_pod_and_when_it_was_lost)
{
    const struct pod pod = used_pod();
    const struct leak leak = {.pod_name = {.pod_number = 7, .pool_number = 2},
                              .since_ms = 1705314601500,
                              .at_ms = 1705314602000,
                              .request_id = TEXT("id"),
                              .workspace = TEXT("w")};

    view_leak(&writer, &leak, &pod, 1705314603000);
    assert_shape("{\"pod\":\"pod-pool-2-7\",\"pool\":\"a \\\"pool\\\"\",\"workspaceId\":\"w\","
                 "\"claimedAt\":\"2024-01-15T10:30:01.500Z\","
                 "\"lostAt\":\"2024-01-15T10:30:02.000Z\",\"ageMs\":1000,\"seq\":null,"
                 "\"requestId\":\"id\"}");
}

TEST(error_has_the_same_sentence_in_error_and_message)
{
    view_error(&writer, TEXT("no \"pool\"\n"), "pool_not_found", (struct text){0});
    assert_shape("{\"success\":false,\"error\":\"no \\\"pool\\\"\\n\","
                 "\"message\":\"no \\\"pool\\\"\\n\",\"code\":\"pool_not_found\"}");
}

TEST(error_has_the_given_further_members)
{
    view_error(&writer, TEXT("no"), "x", TEXT("\"count\":1,\"misses\":[]"));
    assert_shape("{\"success\":false,\"error\":\"no\",\"message\":\"no\",\"code\":\"x\","
                 "\"count\":1,\"misses\":[]}");
}

TEST(view_without_room_marks_its_buffer_failed)
{
    const struct pod pod = used_pod();
    const struct pool pool = full_pool();

    for (size_t max = 0; max < 300; max++) {
        struct buffer small = buffer_new(max);
        struct writer to_small = writer_new(&small);
        view_pod(&to_small, &pod, &view);
        assert_true(small.failed);
        buffer_clear(&small);
        view_pool_created(&to_small, &pool, &view);
        assert_true(small.failed);
        buffer_free(&small);
    }
}
