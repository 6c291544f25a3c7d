/* SPDX-License-Identifier: MIT
 *
 * What a request gets when memory runs out: each route is asked with the n-th allocation of ours
 * failing, for every n until all goes well. The answer is whole, or it is an error and nothing was
 * changed, or the connection breaks off; and nothing leaks. */
#include "unit.h"

#include <string.h>

#include "by_name.h"
#include "chaos.h"
#include "front.h"
#include "state_dump.h"

#define POD_AT(path) AT("_pod/mock-pod-1/" path)

static const struct asked {
    const char *method, *target, *body;
} requests[] = {
    {"GET", AT("pools/default-pool/workspace?workspaceId=w%20x"), ""},
    {"GET", AT("pools/new/workspace"), ""},
    {"HEAD", AT("pools/new/workspace"), ""},
    {"GET", AT("workspaces/mock-pod-1"), ""},
    {"POST", AT("workspaces/mock-pod-1/update"),
     "{\"repositories\":[\"a/b\",{\"url\":\"c\",\"branch\":\"d\"}],\"branches\":[\"e\"]}"},
    {"POST", AT("workspaces/mock-pod-2/mark-used"), "{\"user_info\":\"u\"}"},
    {"POST", AT("workspaces/mock-pod-1/mark-unused"), ""},
    {"GET", AT("pools/default-pool/status"), ""},
    {"GET", AT("pools/large/workspaces"), ""},
    {"HEAD", AT("pools/large/workspaces"), ""},
    {"POST", AT("pools"),
     "{\"name\":\"p\",\"env_vars\":[{\"name\":\"A\",\"value\":\"secret\"}],"
     "\"github_pat\":\"pat-1234\"}"},
    {"GET", AT("__admin/health"), ""},
    {"GET", AT("pools"), ""},
    {"GET", AT("pools/default-pool"), ""},
    {"PUT", AT("pools/default-pool"),
     "{\"minimum_vms\":7,\"dockerfile\":\"x\",\"github_pat\":{\"value\":\"\",\"masked\":true},"
     "\"env_vars\":[{\"name\":\"A\",\"value\":\"se**et\",\"masked\":true}],"
     "\"repositories\":[\"r\",{\"url\":\"s\",\"branch\":\"b\"}]}"},
    {"POST", AT("pools/default-pool/scale"), "{\"minimum_vms\":2}"},
    {"DELETE", AT("pools/default-pool"), ""},
    {"DELETE", AT("pools/default-pool/workspaces/mock-pod-1"), ""},
    {"GET", AT("pools/default-pool/workspaces/mock-pod-1/usage"), ""},
    {"GET", AT("pools/default-pool/workspaces/mock-pod-1/processes"), ""},
    {"POST", AT("pools/default-pool/workspaces/mock-pod-1/environment"),
     "{\"environment\":{\"A\":\"secret\",\"B\":\"\"}}"},
    {"POST", AT("pools/default-pool/workspaces/mock-pod-1/staklink-start"), ""},
    {"POST", AT("exec/mock-pod-1"), "{\"command\":\"ls\"}"},
    {"POST", AT("auth/login"), "{\"username\":\"u\",\"password\":\"p\"}"},
    {"POST", AT("users"), "{\"username\":\"v\",\"password\":\"p\",\"email\":\"e\"}"},
    {"DELETE", AT("users/u"), ""},
    {"GET", AT("__admin/goose"), ""},
    {"PUT", AT("__admin/goose"),
     "{\"replies\":[{\"pattern\":\"a\",\"delay\":\"1s\",\"toolCalls\":[{\"name\":\"n\","
     "\"input\":{\"a\":1}}]}]}"},
    {"GET", POD_AT("3000/"), ""},
    {"GET", AT("_pod/mock-pod-1"), ""},
    {"GET", AT("_pod/mock-pod-2"), ""},
    {"GET", POD_AT("3000/_echo/x?token=secret&b"), ""},
    {"GET", POD_AT("15552/jlist"), ""},
    {"POST", POD_AT("15552/push"), "{\"repos\":[{\"url\":\"o/r\"},{\"url\":\"o/s\"}]}"},
    {"PUT", POD_AT("15552/latest"), "{\"repos\":[{\"url\":\"https://x/o/r\"}]}"},
    {"POST", POD_AT("15552/goose_web"), ""},
    {"POST", POD_AT("15552/push"), ""},
    {"POST", POD_AT("15552/session"), "{\"sessionId\":\"new\"}"},
    {"POST", POD_AT("15552/session"), "{\"sessionId\":\"s\",\"webhookUrl\":\"http://h/?u\"}"},
    {"POST", POD_AT("15552/validate_session"), "{\"session\":\"s\"}"},
    {"POST", POD_AT("15552/stream/s?token=mock-session-token-1"), "{\"prompt\":\"hello\"}"},
    {"GET", POD_AT("15551/"), ""},
    {"GET", POD_AT("15551/api/sessions"), ""},
    {"GET", POD_AT("15551/api/sessions/s"), ""},
    {"GET", POD_AT("15551/session/s"), ""},
    {"POST", AT("__admin/reset"), "{}"},
    {"GET", AT("~fresh/pools"), ""},
    {"GET", AT("__admin/tenants"), ""},
    {"GET", AT("__admin/faults"), ""},
    {"PUT", AT("__admin/faults"),
     "[{\"match\":{\"operation\":[\"claim\",\"status\"],\"pool\":\"p*\",\"pod\":\"x\"},"
     "\"answer\":{\"status\":503,\"error\":\"e\"}},{\"id\":\"b\",\"answer\":{\"hang\":true}}]"},
    {"POST", AT("__admin/faults"), "{\"delay\":{\"type\":\"fixed\",\"ms\":1}}"},
    {"DELETE", AT("__admin/faults"), ""},
    {"PUT", AT("__admin/callbacks"),
     "[{\"on\":\"pod.failed\",\"to\":\"t\",\"body\":{\"reason\":\"r\"}},"
     "{\"id\":\"c\",\"on\":\"pod.failed\",\"to\":\"u\"}]"},
    {"GET", AT("__admin/callbacks"), ""},
    {"GET", AT("__admin/deliveries"), ""},
    {"POST", AT("__admin/deliveries/take?timeout=0"), ""},
    {"PATCH", AT("__admin/settings"), "{\"onExhausted\":\"reject\",\"leaseTtl\":\"1m\"}"},
    {"GET", AT("__admin/pools/default-pool"), ""},
    {"POST", AT("__admin/pools/default-pool/reset"), ""},
    {"PUT", AT("__admin/clock"), "{\"action\":\"advance\",\"by\":\"1h\"}"},
    {"POST", AT("__admin/seed"), "{\"seed\":7}"},
    {"POST", AT("__admin/verify"), "{\"match\":{\"pool\":\"p\"},\"times\":{\"exactly\":1}}"},
    {"GET", AT("__admin/leaks"), ""},
    {"GET", AT("__admin/state"), ""},
    {"PUT", AT("__admin/state"),
     "{\"schemaVersion\":1,\"pools\":[{\"number\":1,\"name\":\"p\"}],\"pods\":[]}"},
    {"PUT", AT("__admin/snapshots/s"), ""},
    {"GET", AT("__admin/snapshots"), ""},
    {"OPTIONS", AT("pools"), ""},
    {"DELETE", AT("pools"), ""},
    {"GET", AT("nowhere"), ""},
};

static char long_header[1000];

static void add_goose_and_users(struct arena *arena)
{
    const struct tool_call tool_call = {TEXT("t"), TEXT("1"), TEXT("2")};
    const struct goose_reply reply = {.pattern = TEXT("hel*"),
                                      .text = TEXT("some text"),
                                      .pieces = 3,
                                      .tool_calls = &tool_call,
                                      .tool_calls_count = 1};
    const struct env_var env_var = {TEXT("A"), TEXT("secret")};
    const struct pool_spec changes = {
        .texts = {[POOL_GITHUB_PAT] = TEXT("pat-1234")}, .env_vars = &env_var, .env_vars_count = 1};
    const struct user wanted = {.username = TEXT("u"), .password = TEXT("p")};
    struct goose_session session;
    struct pool pool;
    struct user user;

    assert_int_equal(
        open_session_by_name(front.state, TEXT("mock-pod-1"), TEXT("s"), arena, &session), OK);
    assert_int_equal(pool_state_set_webhook(front.state, 1, &session, TEXT("http://h/?t")), OK);
    assert_int_equal(pool_state_set_replies(front.state, &reply, 1), OK);
    assert_int_equal(pool_state_create_user(front.state, &wanted, arena, &user), OK);
    assert_int_equal(pool_state_get_or_create_pool(front.state, TEXT("default-pool"),
                                                   (struct text){0}, arena, &pool),
                     OK);
    assert_int_equal(pool_state_update_pool(front.state, &pool, &changes, arena, &pool), OK);
}

/* A fresh service on a state in which everything asked for is there. */
static void open_service(void)
{
    const struct text texts[] = {TEXT("r"), TEXT("s")};
    struct arena arena = {0};
    struct problem problem;
    struct pod pod;
    struct pool pool;

    front_open(NULL, 0, NULL);
    assert_int_equal(pod_templates_read(TEXT("path"), TEXT(""), &front.api.templates, &problem),
                     OK);
    assert_int_equal(pool_state_claim_pod(front.state,
                                          &(struct claim_wish){.pool_name = TEXT("default-pool"),
                                                               .workspace_id = TEXT("w")},
                                          &arena, &pod, &(struct claim_refusal){0}),
                     OK);
    assert_int_equal(
        set_repositories_by_name(front.state, TEXT("mock-pod-1"), texts, 2, texts, 2, &arena, &pod),
        OK);
    assert_int_equal(
        pool_state_get_or_create_pool(front.state, TEXT("large"), (struct text){0}, &arena, &pool),
        OK);
    assert_int_equal(pool_state_add_pods(front.state, TEXT("large"), 200), OK);
    add_goose_and_users(&arena);
    assert_int_equal(pool_state_turn_end(front.state), OK);
    arena_free(&arena);
}

/* The client's own memory is set aside before, so that only the service's can fail. */
static struct client new_client(void)
{
    struct client client = client_new();

    assert_true(buffer_reserve(&client.head, 8192));
    assert_true(buffer_reserve(&client.body, 1 << 20));
    client_add(&client, "REQUEST_ID", "id");
    client_add(&client, "HTTP_HOST", "127.0.0.1:8080");
    client_add(&client, "HTTP_AUTHORIZATION", "Bearer mock-password");
    client_add(&client, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS", long_header);
    return client;
}

static void run(struct client *client, const struct asked *asked)
{
    if (!client_submit(client, asked->method, asked->target, asked->body)) {
        client->part = EXCHANGE_BROKEN;
        client->ended = true;
    }
    service_turn_end(front.service);
    while (!client->ended) {
        if (client_has_room(client))
            client_pull(client);
        else
            front_pass_us(1000);
        service_turn_end(front.service);
    }
}

static void assert_head_is_whole(const struct client *client)
{
    struct text head = buffer_text(&client->head);

    assert_true(head.length > 4);
    assert_memory_equal(head.at + head.length - 4, "\r\n\r\n", 4);
    assert_text(client_header(client, "Cache-Control"), "no-store");
}

/* What stands beside the state, and can't be undone with it. */
struct beside {
    size_t faults, snapshots, callbacks;
    int64_t last_fault;
    uint64_t seed;
};

static struct beside look_beside(void)
{
    const struct tenant *tenant = tenants_default(front.tenants);

    return (struct beside){tenant->faults.count, tenant->snapshots.count,
                           tenant->callback_rules.count, tenant->faults.last_id,
                           tenant->faults.seed};
}

/* What came of a request in which memory has run out, against what comes of it otherwise. */
static void assert_sound(const struct asked *asked, const struct client *client,
                         const struct client *sound, const struct buffer *before,
                         const struct beside *beside)
{
    if (client->part == EXCHANGE_BROKEN)
        return;
    assert_head_is_whole(client);
    int status = client_status(client);
    bool head = strcmp(asked->method, "HEAD") == 0;
    if (status == client_status(sound)) {
        if (!head && client->body.length != sound->body.length)
            fail_msg("%s %s: %.*s", asked->method, asked->target,
                     TEXT_ARGS(buffer_text(&client->body)));
        return;
    }
    if (status != 503)
        fail_msg("%s %s: %.*s", asked->method, asked->target,
                 TEXT_ARGS(buffer_text(&client->body)));
    if (!head)
        client_assert_error(client,
                            memmem(client->body.bytes, client->body.length, "not_committed", 13)
                                ? ERR_TURN_LOST
                                : ERR_NO_MEMORY);
    state_assert_unchanged(front.state, before);
    const struct beside after = look_beside();
    assert_memory_equal(&after, beside, sizeof(after));
}

static void ask_failing(const struct asked *asked, const struct client *sound, unsigned long *n)
{
    open_service();
    struct client client = new_client();
    struct buffer before = state_dump(front.state);
    const struct beside beside = look_beside();
    chaos_fail_at(*n);
    run(&client, asked);
    bool failed = chaos_failed();
    chaos_fail_at(0);
    if (!failed)
        assert_int_equal(client_status(&client), client_status(sound));
    assert_sound(asked, &client, sound, &before, &beside);
    buffer_free(&before);
    client_free(&client);
    assert_int_equal(front_ask("GET", AT("__admin/health"), "", NULL), 200);
    front_close();
    *n = failed ? *n + 1 : 0;
}

TEST(each_route_without_memory_answers_soundly)
{
    memset(long_header, 'x', sizeof(long_header) - 1);
    for (size_t i = 0; i < UNIT_COUNT(requests); i++) {
        long blocks = chaos_blocks();
        open_service();
        struct client sound = new_client();
        run(&sound, &requests[i]);
        front_close();
        unsigned long n = 1, failures = 0;
        while (n > 0) {
            ask_failing(&requests[i], &sound, &n);
            failures++;
        }
        assert_true(failures > 3);
        client_free(&sound);
        if (chaos_blocks() != blocks)
            fail_msg("%s %s leaks %ld blocks", requests[i].method, requests[i].target,
                     chaos_blocks() - blocks);
    }
}
