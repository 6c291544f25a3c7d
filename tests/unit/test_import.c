/* SPDX-License-Identifier: MIT
 *
 * Documents that no state is made of; what they are when they are good is in test_document.c.
 */
#include "unit.h"

#include "admin/import.h"
#include "base/buffer.h"
#include "base/clock.h"

static struct clock now;
static int64_t pools_max, pods_max;

/* Makes a state of a document, and throws it away. */
static enum err take_document(struct text document, struct problem *problem)
{
    const struct pool_state_config config = {.default_pool = TEXT("default-pool"),
                                             .default_pool_pods = 2,
                                             .new_pool_pods = 3,
                                             .pools_max = pools_max,
                                             .pods_max = pods_max};
    struct pool_state *state;
    struct import *import;
    bool done = false;

    clock_set(&now, 1705314600000, 1000000);
    *problem = (struct problem){0};
    assert_int_equal(pool_state_open(&config, &now, &state, problem), OK);
    enum err err = import_new(document, state, now.wall_ms, &import);
    while (!err && !done)
        err = import_step(import, &done, problem);
    import_free(&import);
    return err;
}

#define DOCUMENT(members) "{\"schemaVersion\":1," members "}"
#define POOL "\"pools\":[{\"number\":1,\"name\":\"a\"}]"
#define POOL_WITH(member) "\"pools\":[{\"number\":1,\"name\":\"a\"," member "}]"
#define PODS(...) DOCUMENT(POOL ",\"pods\":[" __VA_ARGS__ "]")
#define POD(members) "{\"number\":1,\"pool\":\"a\"," members "}"

/* A document, and what is wrong with it; NULL: it is not even JSON. */
struct row {
    const char *document, *sentence;
};

static void check_refused(const struct row *rows, size_t count)
{
    struct problem problem;

    for (size_t i = 0; i < count; i++) {
        enum err err = take_document(text_of(rows[i].document), &problem);
        if (err != (rows[i].sentence ? ERR_BAD_FIELD : ERR_BAD_JSON))
            fail_msg("%s: %s", rows[i].document, problem.text);
        if (rows[i].sentence)
            assert_string_equal(problem.text, rows[i].sentence);
    }
}

TEST(what_is_wrong_with_the_whole_is_named_by_its_place)
{
    static const struct row rows[] = {
        {"{}", "/schemaVersion: required"},
        {"{\"schemaVersion\":2}", "/schemaVersion: expected 1, the only version known here, not 2"},
        {"{\"schemaVersion\":\"1\"}", "/schemaVersion: expected a whole number, not a string"},
        {"{\"schemaVersion\":[1]}", "/schemaVersion: must not be an array"},
        {DOCUMENT("\"pod\":[]"), "/pod: unknown; expected counters, pods, pools, pullRequests, "
                                 "replies, schemaVersion, settings, strict or users"},
        {DOCUMENT("\"a~/b\":[]"), "/a~0~1b: unknown; expected counters, pods, pools, pullRequests, "
                                  "replies, schemaVersion, settings, strict or users"},
        {DOCUMENT("\"pods\":{}"), "/pods: expected an array"},
        {DOCUMENT("\"counters\":{\"lastpod\":1}"),
         "/counters/lastpod: unknown; did you mean lastPod?"},
        {DOCUMENT("\"counters\":{\"lastPod\":-1}"),
         "/counters/lastPod: expected a number from 0 to 9007199254740991, not -1"},
        {DOCUMENT("\"counters\":{\"lastPool\":0}," POOL),
         "/counters/lastPool: must not be below 1, which is in use"},
        {DOCUMENT("\"counters\":{\"lastPod\":4},\"pods\":[{\"number\":5,\"pool\":\"a\"}]," POOL),
         "/counters/lastPod: must not be below 5, which is in use"},
        {DOCUMENT("\"counters\":{\"lastPod\":4},\"pools\":[{\"number\":1,\"name\":\"a\","
                  "\"firstPod\":3,\"firstPods\":3}]"),
         "/counters/lastPod: must not be below 5, which is in use"},
        {DOCUMENT("\"counters\":{\"lastToken\":4},\"users\":[{\"name\":\"u\",\"token\":"
                  "\"mock-token-5\"}]"),
         "/counters/lastToken: must not be below 5, which is in use"},
        {DOCUMENT("\"counters\":{\"lastSession\":4}," POOL ",\"pods\":[" POD(
             "\"usage\":\"used\",\"sessions\":[{\"id\":\"s\",\"number\":5}]") "]"),
         "/counters/lastSession: must not be below 5, which is in use"},
    };

    check_refused(rows, UNIT_COUNT(rows));
}

TEST(what_is_wrong_with_pods_is_named_by_its_place)
{
    static const struct row rows[] = {
        {PODS("{\"pool\":\"a\"}"), "/pods/0/number: required"},
        {PODS("{\"number\":0,\"pool\":\"a\"}"),
         "/pods/0/number: expected a number from 1 to 9007199254740991, not 0"},
        {PODS("{\"number\":1}"), "/pods/0/pool: required"},
        {PODS("{\"number\":1,\"pool\":\"b\"}"),
         "/pods/0/pool: the document has no pool of that name"},
        {PODS("{\"number\":115552,\"pool\":\"a\"}"),
         "/pods/0/number: no pod has a number with 15551 or 15552"},
        {PODS("{\"number\":1,\"pool\":\"a\"},{\"number\":1,\"pool\":\"a\"}"),
         "/pods/1/number: must be above the number of the pod before it"},
        {PODS("{\"number\":2,\"pool\":\"a\"},{\"number\":1,\"pool\":\"a\"}"),
         "/pods/1/number: must be above the number of the pod before it"},
        {PODS("7"), "/pods/0: expected an object, not a number"},
        {PODS(POD("\"claimed_by\":null")), "/pods/0/claimed_by: unknown; did you mean claimedBy?"},
        {PODS(POD("\"usage\":\"busy\"")), "/pods/0/usage: expected free or used, not 'busy'"},
        {PODS(POD("\"state\":\"stopped\"")),
         "/pods/0/state: expected pending, starting, running or failed, not 'stopped'"},
        {PODS(POD("\"claimedBy\":\"w\"")), "/pods/0/claimedBy: the pod is not used"},
        {PODS(POD("\"usage\":\"used\",\"claimedBy\":\"a\\u0085\"")),
         "/pods/0/claimedBy: has a control character"},
        {PODS(POD("\"userInfo\":\"w\"")), "/pods/0/userInfo: the pod is not used"},
        {PODS("{\"number\":1,\"pool\":\"a\",\"usage\":\"used\",\"sessions\":["
              "{\"id\":\"s\",\"number\":7}]},"
              "{\"number\":2,\"pool\":\"a\",\"usage\":\"used\",\"sessions\":["
              "{\"id\":\"s\",\"number\":6},{\"id\":\"t\",\"number\":7}]}"),
         "/pods/1/sessions/1/number: a pod before it has a session with the same number"},
        {PODS(POD("\"usage\":\"used\",\"sessions\":[{\"id\":\"s\",\"number\":1},"
                  "{\"id\":\"t\",\"number\":1}]")),
         "/pods/0/sessions/1/number: must be above the number of the session before it"},
        {PODS(POD("\"usage\":\"used\",\"sessions\":[{\"id\":\"s\",\"number\":1},"
                  "{\"id\":\"s\",\"number\":2}]")),
         "/pods/0/sessions/1/id: another session of the pod has this id"},
        {PODS(POD("\"dueAt\":\"2026-01-01T00:00:00Z\"")),
         "/pods/0/dueAt: the pod must be pending, starting, or used and running"},
        {PODS(POD("\"looks\":1")), "/pods/0/looks: the pod must be pending or starting"},
        {PODS(POD("\"state\":\"starting\",\"looks\":1,\"dueAt\":\"2026-01-01T00:00:00Z\"")),
         "/pods/0/looks: must be 0 for a pod with dueAt"},
        {PODS(POD("\"looks\":1001")), "/pods/0/looks: expected a number from 0 to 1000, not 1001"},
        {PODS(POD("\"createdAt\":\"yesterday\"")),
         "/pods/0/createdAt: expected a time such as 2026-01-31T10:00:00.000Z, not 'yesterday'"},
        {PODS(POD("\"since\":\"1969-01-01T00:00:00Z\"")),
         "/pods/0/since: expected a time after 1970-01-01T00:00:00Z"},
        {PODS(POD("\"environment\":[{\"value\":\"x\"}]")), "/pods/0/environment/0/name: required"},
        {PODS(POD("\"environment\":{}")), "/pods/0/environment: expected an array, not an object"},
        {PODS(POD("\"repositories\":[1]")),
         "/pods/0/repositories/0: expected a string, not a number"},
        {PODS("{\"number\":1,\"pool\":\"a\",\"pool\":\"a\"}"), NULL},
    };

    check_refused(rows, UNIT_COUNT(rows));
}

TEST(what_is_wrong_with_pools_is_named_by_its_place)
{
    static const struct row rows[] = {
        {DOCUMENT("\"pools\":[{\"number\":1}]"), "/pools/0/name: required"},
        {DOCUMENT("\"pools\":[{\"number\":1,\"name\":\"\"}]"), "/pools/0/name: is empty"},
        {DOCUMENT("\"pools\":[{\"number\":1,\"name\":\"\\n\"}]"),
         "/pools/0/name: has a control character"},
        {DOCUMENT("\"pools\":[{\"number\":1,\"name\":\"a\"},{\"number\":1,\"name\":\"b\"}]"),
         "/pools/1/number: must be above the number of the pool before it"},
        {DOCUMENT("\"pools\":[{\"number\":1,\"name\":\"a\"},{\"number\":2,\"name\":\"a\"}]"),
         "/pools/1/name: a pool before it has the same name"},
        {DOCUMENT("\"pools\":[{\"number\":1,\"name\":\"a\",\"firstPods\":1}]"),
         "/pools/0/firstPod: required"},
        {DOCUMENT("\"pools\":[{\"number\":1,\"name\":\"a\",\"firstPod\":15551,\"firstPods\":1}]"),
         "/pools/0/firstPod: no pod has a number with 15551 or 15552"},
        {DOCUMENT("\"pools\":[{\"number\":1,\"name\":\"a\",\"firstPod\":9007199254740991,"
                  "\"firstPods\":2}]"),
         "/pools/0/firstPods: there are not that many pod numbers left"},
        {DOCUMENT("\"pools\":[{\"number\":1,\"name\":\"a\",\"firstPod\":1,\"firstPods\":3},"
                  "{\"number\":2,\"name\":\"b\",\"firstPod\":3,\"firstPods\":3}]"),
         "/pools/1/firstPod: must be above the first pods of the pools before it"},
        {DOCUMENT("\"pools\":[{\"number\":1,\"name\":\"a\",\"firstPod\":1,\"firstPods\":3},"
                  "{\"number\":2,\"name\":\"b\"}],\"pods\":[{\"number\":3,\"pool\":\"b\"}]"),
         "/pods/0/number: reserved for the first pods of another pool"},
        {DOCUMENT("\"pools\":[{\"number\":1,\"name\":\"a\",\"minimumVms\":1001}]"),
         "/pools/0/minimumVms: expected a number from 0 to 1000, not 1001"},
        {DOCUMENT(POOL_WITH("\"repositories\":[\"r\",{\"branch\":\"b\"}]")),
         "/pools/0/repositories/1/url: required"},
        {DOCUMENT(POOL_WITH("\"repositories\":[{\"url\":\"r\",\"x\":1}]")),
         "/pools/0/repositories/0/x: unknown; expected branch or url"},
        {DOCUMENT("\"pools\":[{\"number\":1,\"name\":\"a\",\"config\":{\"cpu\":\"\"}}]"),
         "/pools/0/config/cpu: unknown; expected apiKey, repo_name, branch_name, github_username, "
         "github_pat, poolCpu, poolMemory, dockerfile, docker_compose_yml, devcontainer_json or "
         "pm2_config_js"},
    };

    check_refused(rows, UNIT_COUNT(rows));
}

TEST(what_is_wrong_with_users_settings_and_replies_is_named_by_its_place)
{
    static const struct row rows[] = {
        {DOCUMENT("\"pullRequests\":[{}]"), "/pullRequests/0/repository: required"},
        {DOCUMENT("\"pullRequests\":[{\"repository\":\"\"}]"),
         "/pullRequests/0/repository: is empty"},
        {DOCUMENT("\"pullRequests\":[{\"repository\":\"o/r\",\"newest\":0}]"),
         "/pullRequests/0/newest: expected a number from 1 to 9007199254740991, not 0"},
        {DOCUMENT("\"pullRequests\":[{\"repository\":\"o/r\",\"last\":1}]"),
         "/pullRequests/0/last: unknown; expected newest or repository"},
        {DOCUMENT("\"pullRequests\":[{\"repository\":\"o/r\"},{\"repository\":\"o/r\"}]"),
         "/pullRequests/1/repository: an element before it has the same repository"},
        {DOCUMENT("\"users\":[{}]"), "/users/0/name: required"},
        {DOCUMENT("\"users\":[{\"name\":\"u\"},{\"name\":\"u\"}]"),
         "/users/1: a user before it has the same name or token"},
        {DOCUMENT("\"users\":[{\"name\":\"u\",\"token\":\"t\"},{\"name\":\"v\",\"token\":\"t\"}]"),
         "/users/1: a user before it has the same name or token"},
        {DOCUMENT("\"users\":[{\"name\":\"u\",\"token\":\"\"}]"), "/users/0/token: is empty"},
        {DOCUMENT("\"settings\":[{\"settings\":{\"maxPod\":1}}]"),
         "/settings/0/settings/maxPod: unknown; did you mean maxPods?"},
        {DOCUMENT("\"settings\":[{}]"), "/settings/0/settings: required"},
        {DOCUMENT("\"settings\":[{\"pool\":\"a\\n\",\"settings\":{\"maxPods\":1}}]"),
         "/settings/0/pool: has a control character"},
        {DOCUMENT("\"settings\":[{\"settings\":{\"rejectStatus\":500}}]"),
         "/settings/0/settings/rejectStatus: expected 503, 429, 409 or 404"},
        {DOCUMENT("\"settings\":[{\"settings\":{\"progression\":{\"looks\":2}}}]"),
         "/settings/0/settings/progression/mode: required"},
        {DOCUMENT("\"settings\":[{\"pool\":\"a\",\"settings\":{\"maxPods\":2}},"
                  "{\"pool\":\"a\",\"settings\":{\"failNext\":2}}]"),
         "/settings/1/pool: an element before it has the same pool"},
        {DOCUMENT("\"replies\":[{\"pieces\":0}]"),
         "/replies/0/pieces: expected a number from 1 to 1000, not 0"},
        {DOCUMENT("\"replies\":[{\"toolCalls\":[{}]}]"), "/replies/0/toolCalls/0/name: required"},
    };

    check_refused(rows, UNIT_COUNT(rows));
}

/* Every member of every part, with a value of a wrong kind. */
TEST(a_member_of_a_wrong_kind_is_named_by_its_place)
{
    static const struct row rows[] = {
        {DOCUMENT("\"counters\":7"), "/counters: expected an object, not a number"},
        {DOCUMENT("\"counters\":{\"lastPod\":\"1\"}"),
         "/counters/lastPod: expected a whole number, not a string"},
        {DOCUMENT("\"counters\":{\"lastPool\":true}"),
         "/counters/lastPool: expected a whole number, not a boolean"},
        {DOCUMENT("\"counters\":{\"lastSession\":1.5}"),
         "/counters/lastSession: expected a whole number, not 1.5"},
        {DOCUMENT("\"counters\":{\"lastToken\":[]}"),
         "/counters/lastToken: expected a whole number, not an array"},
        {PODS("{\"number\":\"1\",\"pool\":\"a\"}"),
         "/pods/0/number: expected a whole number, not a string"},
        {PODS("{\"number\":1,\"pool\":2}"), "/pods/0/pool: expected a string, not a number"},
        {PODS(POD("\"usage\":1")), "/pods/0/usage: expected free or used, not 1"},
        {PODS(POD("\"state\":true")),
         "/pods/0/state: expected pending, starting, running or failed, not a boolean"},
        {PODS(POD("\"usage\":\"used\",\"claimedBy\":7")),
         "/pods/0/claimedBy: expected a string, not a number"},
        {PODS(POD("\"usage\":\"used\",\"userInfo\":7")),
         "/pods/0/userInfo: expected a string, not a number"},
        {PODS(POD("\"doomed\":\"yes\"")), "/pods/0/doomed: expected true or false, not a string"},
        {PODS(POD("\"looks\":\"1\"")), "/pods/0/looks: expected a whole number, not a string"},
        {PODS(POD("\"startingMs\":\"1s\"")),
         "/pods/0/startingMs: expected a whole number, not a string"},
        {PODS(POD("\"since\":7")), "/pods/0/since: expected a string, not a number"},
        {PODS(POD("\"gooseSince\":false")), "/pods/0/gooseSince: expected a string, not a boolean"},
        {PODS(POD("\"branches\":\"main\"")), "/pods/0/branches: expected an array, not a string"},
        {PODS(POD("\"branches\":[\"main\",7]")),
         "/pods/0/branches/1: expected a string, not a number"},
        {PODS(POD("\"repositories\":[null]")),
         "/pods/0/repositories/0: expected a string, not null"},
        {PODS(POD("\"environment\":{}")), "/pods/0/environment: expected an array, not an object"},
        {PODS(POD("\"environment\":[\"A=1\"]")),
         "/pods/0/environment/0: expected an object, not a string"},
        {PODS(POD("\"environment\":[{\"value\":\"1\"}]")), "/pods/0/environment/0/name: required"},
        {PODS(POD("\"environment\":[{\"name\":7}]")),
         "/pods/0/environment/0/name: expected a string, not a number"},
        {PODS(POD("\"environment\":[{\"name\":\"\"}]")), "/pods/0/environment/0/name: is empty"},
        {PODS(POD("\"environment\":[{\"name\":\"A\",\"value\":7}]")),
         "/pods/0/environment/0/value: expected a string, not a number"},
        {PODS(POD("\"usage\":\"used\",\"sessions\":{}")),
         "/pods/0/sessions: expected an array, not an object"},
        {PODS(POD("\"usage\":\"used\",\"sessions\":[7]")),
         "/pods/0/sessions/0: expected an object, not a number"},
        {PODS(POD("\"usage\":\"used\",\"sessions\":[{\"id\":\"s\",\"number\":1,"
                  "\"webhookUrl\":\"x\"}]")),
         "/pods/0/sessions/0/webhookUrl: expected a URL that begins with http:// or https://"},
        {PODS(POD("\"usage\":\"used\",\"sessions\":[{\"id\":\"s\"}]")),
         "/pods/0/sessions/0/number: required"},
        {PODS(POD("\"usage\":\"used\",\"sessions\":[{\"number\":1}]")),
         "/pods/0/sessions/0/id: required"},
        {PODS(POD("\"usage\":\"used\",\"sessions\":[{\"number\":1,\"id\":\"\"}]")),
         "/pods/0/sessions/0/id: is empty"},
        {DOCUMENT("\"pools\":[7]"), "/pools/0: expected an object, not a number"},
        {DOCUMENT("\"pools\":[{\"number\":1,\"name\":7}]"),
         "/pools/0/name: expected a string, not a number"},
        {DOCUMENT(POOL_WITH("\"minimumVms\":\"1\"")),
         "/pools/0/minimumVms: expected a whole number, not a string"},
        {DOCUMENT(POOL_WITH("\"config\":[]")), "/pools/0/config: expected an object, not an array"},
        {DOCUMENT(POOL_WITH("\"config\":{\"dockerfile\":7}")),
         "/pools/0/config/dockerfile: expected a string, not a number"},
        {DOCUMENT(POOL_WITH("\"firstPod\":\"1\"")),
         "/pools/0/firstPod: expected a whole number, not a string"},
        {DOCUMENT(POOL_WITH("\"firstPods\":\"1\"")),
         "/pools/0/firstPods: expected a whole number, not a string"},
        {DOCUMENT(POOL_WITH("\"repositories\":\"r\"")),
         "/pools/0/repositories: expected an array, not a string"},
        {DOCUMENT(POOL_WITH("\"repositories\":[7]")),
         "/pools/0/repositories/0: expected a string, not a number"},
        {DOCUMENT(POOL_WITH("\"repositories\":[{\"branch\":\"b\"}]")),
         "/pools/0/repositories/0/url: required"},
        {DOCUMENT(POOL_WITH("\"repositories\":[{\"url\":7}]")),
         "/pools/0/repositories/0/url: expected a string, not a number"},
        {DOCUMENT(POOL_WITH("\"repositories\":[\"r\",{\"url\":\"s\",\"branch\":7}]")),
         "/pools/0/repositories/1/branch: expected a string, not a number"},
        {DOCUMENT(POOL_WITH("\"environment\":[{\"name\":\"A\"},7]")),
         "/pools/0/environment/1: expected an object, not a number"},
        {DOCUMENT(POOL_WITH("\"createdAt\":7")),
         "/pools/0/createdAt: expected a string, not a number"},
        {DOCUMENT(POOL_WITH("\"updatedAt\":7")),
         "/pools/0/updatedAt: expected a string, not a number"},
        {DOCUMENT("\"pullRequests\":[{\"repository\":7}]"),
         "/pullRequests/0/repository: expected a string, not a number"},
        {DOCUMENT("\"users\":[7]"), "/users/0: expected an object, not a number"},
        {DOCUMENT("\"users\":[{\"name\":7}]"), "/users/0/name: expected a string, not a number"},
        {DOCUMENT("\"users\":[{\"name\":\"u\",\"password\":7}]"),
         "/users/0/password: expected a string, not a number"},
        {DOCUMENT("\"users\":[{\"name\":\"u\",\"email\":7}]"),
         "/users/0/email: expected a string, not a number"},
        {DOCUMENT("\"users\":[{\"name\":\"u\",\"registered\":1}]"),
         "/users/0/registered: expected true or false, not 1"},
        {DOCUMENT("\"users\":[{\"name\":\"u\",\"createdAt\":1}]"),
         "/users/0/createdAt: expected a string, not a number"},
        {DOCUMENT("\"users\":[{\"name\":\"u\",\"lastLoginAt\":1}]"),
         "/users/0/lastLoginAt: expected a string, not a number"},
        {DOCUMENT("\"users\":[{\"name\":\"u\",\"token\":7}]"),
         "/users/0/token: expected a string, not a number"},
    };

    check_refused(rows, UNIT_COUNT(rows));
}

TEST(errors_of_json_count_from_the_beginning_of_the_document)
{
    struct problem problem;

    assert_int_equal(take_document(TEXT("{\"pods\":[{\"number\":1,}]}"), &problem), ERR_BAD_FIELD);
    assert_string_equal(problem.text, "/schemaVersion: required"); /* pods are looked at last */
    assert_int_equal(
        take_document(TEXT("{\"schemaVersion\":1,\"pods\":[{\"number\":1,}]}"), &problem),
        ERR_BAD_JSON);
    assert_string_equal(problem.text,
                        "the body is not valid JSON: expected a key in quotes, at byte 39");
}

/* Makes a document of `count` pools with a pod each, and takes it. */
static enum err take_pools(int count, struct problem *problem)
{
    struct buffer document = buffer_new(1 << 20);

    buffer_put_text(&document, TEXT("{\"schemaVersion\":1,\"pools\":["));
    for (int i = 1; i <= count; i++)
        buffer_printf(&document, "%s{\"number\":%d,\"name\":\"p%d\"}", i > 1 ? "," : "", i, i);
    buffer_put_text(&document, TEXT("],\"pods\":["));
    for (int i = 1; i <= count; i++)
        buffer_printf(&document, "%s{\"number\":%d,\"pool\":\"p%d\"}", i > 1 ? "," : "", i, i);
    buffer_put_text(&document, TEXT("]}"));
    enum err err = take_document(buffer_text(&document), problem);
    buffer_free(&document);
    return err;
}

TEST(limits_hold_for_imports)
{
    struct problem problem;

    pools_max = 10;
    pods_max = 0;
    assert_int_equal(take_pools(10, &problem), OK);
    assert_int_equal(take_pools(11, &problem), ERR_POOL_LIMIT);
    assert_string_equal(problem.text, "11 pools exceed the limit of 10 (--pools-max)");
    pools_max = 0;
    pods_max = 10;
    assert_int_equal(take_pools(10, &problem), OK);
    assert_int_equal(take_pools(11, &problem), ERR_POD_LIMIT);
    assert_string_equal(problem.text, "11 pods exceed the limit of 10 (--pods-max)");
    pods_max = 0;
}
