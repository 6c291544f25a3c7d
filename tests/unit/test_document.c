/* SPDX-License-Identifier: MIT
 *
 * State documents: writing one, and making a state from one. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "by_name.h"
#include "chaos.h"
#include "documents.h"

enum { PIECE_MAX = 64 * 1024, STEP_MAX = 128 * 1024, NOW_S = 1705314600 };

static struct clock now;
static struct arena arena;
static struct pool_state *state; /* the state under test */
static struct buffer text;       /* the last document written */

static struct pool_state *open_one(void)
{
    const struct pool_state_config config = {.default_pool = TEXT("default-pool"),
                                             .default_pool_pods = 2,
                                             .new_pool_pods = 3,
                                             .pools_max = 1000,
                                             .pods_max = 100000};
    struct problem problem = {0};
    struct pool_state *opened;

    if (pool_state_open(&config, &now, &opened, &problem) != OK)
        fail_msg("%s", problem.text);
    return opened;
}

static void begin(void)
{
    clock_set(&now, NOW_S * INT64_C(1000), 1000000);
    state = open_one();
    text = buffer_new(DOCUMENT_MAX);
}

static void end(void)
{
    pool_state_close(&state);
    arena_free(&arena);
    buffer_free(&text);
}

SUITE(.set_up = begin, .tear_down = end);

static struct pool_state *take(struct text document, struct problem *problem)
{
    return document_take(state, document, now.wall_ms + 7, problem);
}

/* --- a state with everything in it --- */

static void commit(void)
{
    assert_int_equal(pool_state_turn_end(state), OK);
    now.wall_ms += 1001;
}

static struct pod claim(const char *pool, const char *workspace, int64_t ttl_ms)
{
    const struct claim_wish wish = {.pool_name = text_of(pool),
                                    .workspace_id = text_of(workspace),
                                    .ttl_is_set = ttl_ms > 0,
                                    .ttl_ms = ttl_ms};
    struct claim_refusal refusal;
    struct pod pod;

    assert_int_equal(pool_state_claim_pod(state, &wish, &arena, &pod, &refusal), OK);
    return pod;
}

static void set(const char *pool, enum setting setting, int64_t value)
{
    struct settings_patch patch = {0};

    patch.settings.is_set[setting] = true;
    patch.settings.values[setting] = value;
    assert_int_equal(pool_state_change_settings(state, text_of(pool), &patch), OK);
}

static void set_progression(const char *pool, enum progression mode, int64_t pending_ms,
                            int64_t starting_ms, int64_t looks)
{
    struct settings_patch patch = {0};
    int64_t *values = patch.settings.values;

    for (int i = SETTING_PROGRESSION; i <= SETTING_LOOKS; i++)
        patch.settings.is_set[i] = true;
    values[SETTING_PROGRESSION] = mode;
    values[SETTING_PENDING] = mode == PROGRESSION_TIME ? pending_ms : 0;
    values[SETTING_STARTING] = mode == PROGRESSION_TIME ? starting_ms : 0;
    values[SETTING_LOOKS] = mode == PROGRESSION_MANUAL ? looks : 0;
    assert_int_equal(pool_state_change_settings(state, text_of(pool), &patch), OK);
}

static void make_pool(const char *name)
{
    struct pool pool;

    assert_int_equal(
        pool_state_get_or_create_pool(state, text_of(name), (struct text){0}, &arena, &pool), OK);
}

/* Makes a pool with every text and list. */
static void make_full_pool(const char *name)
{
    static const struct env_var env_vars[] = {{TEXT("A"), TEXT("s1")}, {TEXT("A"), TEXT("")}};
    static const struct text repositories[] = {TEXT("owner/repo"), TEXT("")};
    static const struct text branches[] = {{0}, TEXT("main")};
    struct pool_spec spec = {.name = text_of(name),
                             .minimum_vms = 2,
                             .env_vars = env_vars,
                             .env_vars_count = 2,
                             .repositories = repositories,
                             .branches = branches,
                             .repositories_count = 2};
    struct pool pool;
    bool created;

    for (int i = 0; i < POOL_TEXT__MAX; i++)
        spec.texts[i] = text_of(pool_text_names((enum pool_text)i).key);
    assert_int_equal(pool_state_create_pool(state, &spec, &arena, &pool, &created), OK);
}

static void make_users(void)
{
    const struct user ann = {
        .username = TEXT("ann"), .password = TEXT("p1"), .email = TEXT("ann@example.org")};
    const struct user zoe = {.username = TEXT("zoe"), .password = TEXT("p2")};
    struct user user;

    assert_int_equal(pool_state_create_user(state, &zoe, &arena, &user), OK);
    assert_int_equal(pool_state_create_user(state, &ann, &arena, &user), OK);
    assert_int_equal(pool_state_log_in(state, TEXT("guest \xC3\xA9"), TEXT("any"), &arena, &user),
                     OK);
    assert_int_equal(pool_state_log_in(state, TEXT("zoe"), TEXT("p2"), &arena, &user), OK);
}

static void set_replies(void)
{
    static const struct tool_call calls[] = {
        {TEXT("edit"), TEXT("{\"file\":\"a.c\"}"), TEXT("null")},
        {TEXT("x"), TEXT("1"), TEXT("[]")}};
    static const struct goose_reply replies[] = {
        {.pattern = TEXT("fix*"),
         .text = TEXT("done"),
         .pieces = 3,
         .delay_ms = 50,
         .tool_calls = calls,
         .tool_calls_count = 2},
        {.pattern = TEXT(""), .pieces = 5, .error = TEXT("down \x7F\x01\"\\")},
    };

    assert_int_equal(pool_state_set_replies(state, replies, 2), OK);
}

/* Gives a pod everything that a pod can have. */
static void fill_pod(void)
{
    static const struct text repositories[] = {TEXT("owner/repo"), TEXT("b")};
    static const struct text branches[] = {TEXT("main")};
    static const struct env_var env_vars[] = {{TEXT("TOKEN"), TEXT("secret")}};
    const struct text name = TEXT("mock-pod-1");
    struct goose_session session;
    struct pod pod;

    claim("default-pool", "w\xC3\xA9 1", 60000);
    assert_int_equal(mark_pod_used_by_name(state, name, TEXT("{\"a\":1}"), &arena, &pod), OK);
    assert_int_equal(
        set_repositories_by_name(state, name, repositories, 2, branches, 1, &arena, &pod), OK);
    assert_int_equal(set_environment_by_name(state, name, env_vars, 1, &arena, &pod), OK);
    assert_int_equal(start_goose_by_name(state, name, &arena, &pod), OK);
    assert_int_equal(open_session_by_name(state, name, (struct text){0}, &arena, &session), OK);
    assert_int_equal(open_session_by_name(state, name, TEXT("mine"), &arena, &session), OK);
    assert_int_equal(pool_state_set_webhook(state, 1, &session, TEXT("http://h/p?token=secret")),
                     OK);
}

static void make_pull_requests(void)
{
    int64_t number;

    assert_int_equal(pool_state_pull_request(state, TEXT("o/second"), false, &number), OK);
    assert_int_equal(pool_state_pull_request(state, TEXT("a/\"first\""), false, &number), OK);
    assert_int_equal(pool_state_pull_request(state, TEXT("o/second"), false, &number), OK);
}

static void make_rich_state(void)
{
    struct pod pod;

    fill_pod();
    make_full_pool("full \"pool\"");
    make_pool("gone");
    assert_int_equal(pool_state_delete_pool(state, TEXT("gone")), OK);
    commit();
    set("", SETTING_LEASE_TTL, 5000);
    set("not there yet", SETTING_ON_EXHAUSTED, ON_EXHAUSTED_QUEUE);
    set("not there yet", SETTING_REJECT_STATUS, 429);
    set("timed", SETTING_FAIL_NEXT, 1);
    set_progression("timed", PROGRESSION_TIME, 2000, 3000, 0);
    set_progression("looked", PROGRESSION_MANUAL, 0, 0, 3);
    make_pool("timed");
    make_pool("looked");
    claim("full \"pool\"", "a workspace whose id is longer than a row has room for", 0);
    claim("full \"pool\"", "short", 0);
    assert_int_equal(release_pod_by_name(state, TEXT("mock-pod-4"), &arena, &pod), OK);
    make_users();
    set_replies();
    assert_int_equal(pool_state_set_strict(state, true), OK);
    make_pull_requests();
    commit();
}

/* --- tests --- */

TEST(start_state_is_written_with_one_row_a_line)
{
    static const char expected[] =
        "{\n"
        "\"counters\":{\"lastPod\":2,\"lastPool\":1,\"lastSession\":0,\"lastToken\":0},\n"
        "\"pods\":[\n"
        "{\"branches\":[],\"claimedBy\":null,\"createdAt\":\"2024-01-15T10:30:00.000Z\","
        "\"doomed\":false,\"dueAt\":null,\"environment\":[],\"gooseSince\":null,\"looks\":0,"
        "\"number\":1,\"pool\":\"default-pool\",\"repositories\":[],\"sessions\":[],"
        "\"since\":\"2024-01-15T10:30:00.000Z\",\"startingMs\":0,\"state\":\"running\","
        "\"usage\":\"free\",\"userInfo\":null},\n"
        "{\"branches\":[],\"claimedBy\":null,\"createdAt\":\"2024-01-15T10:30:00.000Z\","
        "\"doomed\":false,\"dueAt\":null,\"environment\":[],\"gooseSince\":null,\"looks\":0,"
        "\"number\":2,\"pool\":\"default-pool\",\"repositories\":[],\"sessions\":[],"
        "\"since\":\"2024-01-15T10:30:00.000Z\",\"startingMs\":0,\"state\":\"running\","
        "\"usage\":\"free\",\"userInfo\":null}],\n"
        "\"pools\":[\n"
        "{\"config\":{\"apiKey\":null,\"branch_name\":null,\"devcontainer_json\":null,"
        "\"docker_compose_yml\":null,\"dockerfile\":null,\"github_pat\":null,"
        "\"github_username\":null,\"pm2_config_js\":null,\"poolCpu\":null,\"poolMemory\":null,"
        "\"repo_name\":null},\"createdAt\":\"2024-01-15T10:30:00.000Z\",\"environment\":[],"
        "\"firstPod\":1,\"firstPods\":2,\"minimumVms\":2,\"name\":\"default-pool\",\"number\":1,"
        "\"repositories\":[],\"updatedAt\":\"2024-01-15T10:30:00.000Z\"}],\n"
        "\"pullRequests\":[],\n"
        "\"replies\":[],\n"
        "\"schemaVersion\":1,\n"
        "\"settings\":[],\n"
        "\"strict\":false,\n"
        "\"users\":[]\n"
        "}\n";

    document_put(state, true, &text);
    assert_text(buffer_text(&text), expected);
    document_assert_round_trip(state);
}

TEST(state_with_everything_round_trips)
{
    make_rich_state();
    document_assert_round_trip(state);
}

/* Every object in the document has its keys in sorted order. */
TEST(keys_are_sorted)
{
    static const char *const parts[] = {"counters",     "pods",    "pools",
                                        "pullRequests", "replies", "schemaVersion",
                                        "settings",     "strict",  "users"};
    const char *at;

    make_rich_state();
    document_put(state, true, &text);
    buffer_put_char(&text, '\0');
    at = text.bytes;
    for (size_t i = 0; i < UNIT_COUNT(parts); i++) {
        char key[32];
        snprintf(key, sizeof(key), "\n\"%s\":", parts[i]);
        at = strstr(at, key);
        assert_non_null(at);
    }
    assert_non_null(strstr(text.bytes, "\n{\"newest\":2,\"repository\":\"o/second\"},\n"
                                       "{\"newest\":1,\"repository\":\"a/\\\"first\\\"\"}],\n"));
    assert_non_null(strstr(text.bytes, "\"repositories\":[\"owner/repo\","
                                       "{\"branch\":\"main\",\"url\":\"\"}]"));
    assert_non_null(strstr(
        text.bytes, "{\"pool\":\"looked\",\"settings\":{\"progression\":{\"looks\":3,\"mode\":"
                    "\"manual\"}}}"));
    assert_non_null(strstr(text.bytes,
                           "{\"pool\":\"not there yet\",\"settings\":{\"onExhausted\":\"queue\","
                           "\"rejectStatus\":429}}"));
}

TEST(secrets_are_null_unless_asked_for)
{
    static const char *const secrets[] = {
        "\"s1\"",         "\"secret\"",        "\"p1\"", "\"p2\"", "mock-token-1",
        "\"apiKey\":\"a", "\"github_pat\":\"g"};
    struct buffer open = buffer_new(DOCUMENT_MAX);

    make_rich_state();
    document_put(state, false, &text);
    document_put(state, true, &open);
    for (size_t i = 0; i < UNIT_COUNT(secrets); i++) {
        assert_null(memmem(text.bytes, text.length, secrets[i], strlen(secrets[i])));
        assert_non_null(memmem(open.bytes, open.length, secrets[i], strlen(secrets[i])));
    }
    buffer_free(&open);
}

TEST(document_without_secrets_round_trips)
{
    struct buffer again = buffer_new(DOCUMENT_MAX);
    struct problem problem;
    struct user user;

    make_rich_state();
    document_put(state, false, &text);
    struct pool_state *taken = take(buffer_text(&text), &problem);
    assert_non_null(taken);
    document_put(taken, false, &again);
    document_assert_same(&text, &again);
    assert_int_equal(pool_state_know_token(taken, TEXT("mock-token-of-ann")), OK);
    assert_int_equal(pool_state_know_token(taken, TEXT("mock-token-1")), ERR_BAD_TOKEN);
    assert_int_equal(pool_state_log_in(taken, TEXT("ann"), TEXT("any"), &arena, &user), OK);
    assert_text(user.token, "mock-token-of-ann");
    assert_int_equal(pool_state_turn_end(taken), OK);
    pool_state_close(&taken);
    buffer_free(&again);
}

TEST(missing_parts_of_a_document_get_defaults)
{
    struct problem problem;
    struct pod pod;

    struct pool_state *taken =
        take(TEXT("{\"schemaVersion\":1,\"pods\":[{\"number\":7,\"pool\":\"a\"},"
                  "{\"number\":9,\"pool\":\"a\",\"usage\":\"used\"}],"
                  "\"pools\":[{\"number\":3,\"name\":\"a\"}]}"),
             &problem);
    assert_non_null(taken);
    document_put(taken, true, &text);
    buffer_put_char(&text, '\0');
    assert_non_null(strstr(text.bytes, "{\"lastPod\":9,\"lastPool\":3,\"lastSession\":0,"
                                       "\"lastToken\":0}"));
    assert_non_null(strstr(text.bytes, "\"firstPod\":0,\"firstPods\":0,\"minimumVms\":0,"));
    assert_int_equal(get_pod_by_name(taken, TEXT("pod-pool-3-7"), &arena, &pod), OK);
    assert_int_equal(pod.usage, POD_FREE);
    assert_int_equal(pod.state, POD_RUNNING);
    assert_int_equal(pod.created_ms, now.wall_ms + 7);
    assert_int_equal(pod.since_ms, now.wall_ms + 7);
    pool_state_close(&taken);
}

/* Pools, pods and the like that are made after an import get numbers above all earlier ones. */
TEST(ids_continue_after_the_counters)
{
    struct problem problem;
    struct user user;
    struct pool pool;
    struct pod pod;

    struct pool_state *taken =
        take(TEXT("{\"counters\":{\"lastPod\":15550,\"lastPool\":4,\"lastToken\":9},"
                  "\"schemaVersion\":1,\"pools\":[{\"number\":3,\"name\":\"a\"}]}"),
             &problem);
    assert_non_null(taken);
    const struct claim_wish wish = {.pool_name = TEXT("a"), .workspace_id = TEXT("w")};
    struct claim_refusal refusal;
    assert_int_equal(pool_state_claim_pod(taken, &wish, &arena, &pod, &refusal), OK);
    assert_int_equal(pod.number, 15553);
    assert_int_equal(
        pool_state_get_or_create_pool(taken, TEXT("b"), (struct text){0}, &arena, &pool), OK);
    assert_int_equal(pool.number, 5);
    assert_int_equal(pool_state_log_in(taken, TEXT("u"), TEXT("p"), &arena, &user), OK);
    assert_text(user.token, "mock-token-10");
    pool_state_close(&taken);
}

TEST(counts_are_computed_from_the_pods)
{
    struct problem problem;
    struct pool_state_totals totals;
    struct pool pool;

    struct pool_state *taken =
        take(TEXT("{\"schemaVersion\":1,\"pods\":[{\"number\":1,\"pool\":\"a\"},"
                  "{\"number\":2,\"pool\":\"b\",\"usage\":\"used\"},"
                  "{\"number\":3,\"pool\":\"a\",\"state\":\"pending\"},"
                  "{\"number\":4,\"pool\":\"a\",\"state\":\"failed\",\"usage\":\"used\"}],"
                  "\"pools\":[{\"number\":1,\"name\":\"a\"},{\"number\":2,\"name\":\"b\"}]}"),
             &problem);
    assert_non_null(taken);
    assert_int_equal(pool_state_totals(taken, &totals), OK);
    assert_int_equal(totals.pools, 2);
    assert_int_equal(totals.pods, 4);
    assert_int_equal(
        pool_state_get_or_create_pool(taken, TEXT("a"), (struct text){0}, &arena, &pool), OK);
    assert_int_equal(pool.counts.total, 3);
    assert_int_equal(pool.counts.used, 1);
    assert_int_equal(pool.counts.available, 1);
    assert_int_equal(pool.counts.pending, 1);
    assert_int_equal(pool.counts.failed, 1);
    pool_state_close(&taken);
}

TEST(long_documents_are_read_and_written_in_pieces)
{
    struct problem problem = {0};
    struct import *import;
    unsigned steps = 0;
    bool done = false;

    for (int i = 0; i < 300; i++) {
        char name[16];
        snprintf(name, sizeof(name), "pool-%d", i);
        make_pool(name);
        claim(name, "w", 0);
    }
    assert_int_equal(pool_state_add_pods(state, TEXT("default-pool"), 3000), OK);
    commit();
    unsigned pieces = document_put(state, true, &text);
    assert_true(pieces > text.length / PIECE_MAX && pieces < 4 * text.length / PIECE_MAX);
    assert_int_equal(import_new(buffer_text(&text), open_one(), now.wall_ms, &import), OK);
    for (; !done; steps++)
        assert_int_equal(import_step(import, &done, &problem), OK);
    assert_true(steps > text.length / STEP_MAX);
    import_free(&import);
    document_assert_round_trip(state);
}

TEST(no_memory_is_reported_and_nothing_leaks)
{
    unsigned long n = 0;
    bool failed;

    make_rich_state();
    document_put(state, true, &text);
    do {
        struct pool_state *into = open_one();
        struct problem problem = {0};
        struct import *import = NULL;
        long before = chaos_blocks();
        chaos_fail_at(n += chaos_stride());
        enum err err = import_new(buffer_text(&text), into, now.wall_ms, &import);
        if (!err)
            err = document_import(import, &problem);
        import_free(&import);
        failed = chaos_failed();
        chaos_fail_at(0);
        assert_int_equal(err, failed ? ERR_NO_MEMORY : OK);
        assert_true(chaos_blocks() < before);
    } while (failed);
    assert_true(n > 3);
}
