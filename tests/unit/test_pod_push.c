/* SPDX-License-Identifier: MIT
 *
 * POST push at a pod's control port: the answer follows the request. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "pod_rig.h"
#include "state_dump.h"

#define PUSH CONTROL("/push")
#define LATEST "{\"repos\":[{\"url\":\"https://github.com/o/site.git\"},{\"url\":\"o2/api\"}]}"
#define PULL(repository, number) "https://github.com/" repository "/pull/" number

static void assert_pushed(const char *target, const char *body, const char *member,
                          const char *expected)
{
    struct json_object *json = ask_json("POST", target, body);
    bool makes_pulls = strcmp(member, "prs") == 0;

    assert_string_equal(json_plain(json_at(json, member)), expected);
    assert_null(json_object_object_get(json, makes_pulls ? "branches" : "prs"));
    json_object_put(json);
}

static void store_repositories(void)
{
    json_object_put(ask_json("PUT", CONTROL("/latest"), LATEST));
}

SUITE(.set_up = set_up_used_pod, .tear_down = front_tear_down);

TEST(repositories_are_the_bodys_else_those_of_the_pod)
{
    assert_pushed(PUSH, "{}", "prs", "{}");
    assert_pushed(PUSH, "{\"repos\":[{\"url\":\"https://github.com/octo-org/web.git\"}]}", "prs",
                  "{\"octo-org/web\":\"" PULL("octo-org/web", "1") "\"}");
    store_repositories();
    assert_pushed(
        PUSH, "", "prs",
        "{\"o/site\":\"" PULL("o/site", "1") "\",\"o2/api\":\"" PULL("o2/api", "1") "\"}");
    assert_pushed(PUSH, "{\"repos\":[{\"url\":\"o/other\"}]}", "prs",
                  "{\"o/other\":\"" PULL("o/other", "1") "\"}");
    assert_pushed(PUSH, "{\"repos\":[]}", "prs", "{}");
    assert_pushed(
        PUSH, "{\"repos\":null}", "prs",
        "{\"o/site\":\"" PULL("o/site", "2") "\",\"o2/api\":\"" PULL("o2/api", "2") "\"}");
}

TEST(without_pull_requests_the_branches_are_named)
{
    static const struct {
        const char *body, *branches;
    } rows[] = {
        {"{\"repos\":[{\"url\":\"https://github.com/o/other.git\",\"branch_name\":\"b2\","
         "\"base_branch\":\"main\"}]}",
         "{\"other\":\"b2\"}"},
        {"{\"repos\":[{\"url\":\"git@github.com:o/r\",\"base_branch\":\"dev\"}]}",
         "{\"r\":\"dev\"}"},
        {"{\"repos\":[{\"url\":\"r\"}]}", "{\"r\":\"main\"}"},
        {"{\"repos\":[{\"url\":\"a/r\",\"branch_name\":\"x\"},{\"url\":\"b/r\"}]}",
         "{\"r\":\"x\"}"},
        {"{}", "{\"site\":\"main\",\"api\":\"main\"}"},
    };
    struct buffer before;

    store_repositories();
    before = state_dump(front.state);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        assert_pushed(CONTROL("/push?commit=true&pr=false"), rows[i].body, "branches",
                      rows[i].branches);
    state_assert_unchanged(front.state, &before);
    buffer_free(&before);
    json_object_put(
        ask_json("PUT", CONTROL("/latest"),
                 "{\"repos\":[{\"url\":\"o/site\",\"branch\":\"kept\"},{\"url\":\"o2/api\"}]}"));
    assert_pushed(CONTROL("/push?pr=false"), "", "branches",
                  "{\"site\":\"kept\",\"api\":\"main\"}");
}

TEST(pull_requests_count_for_each_repository)
{
    static const struct {
        const char *target, *url, *expected;
    } rows[] = {
        {PUSH, "o/a", "{\"o/a\":\"" PULL("o/a", "1") "\"}"},
        {PUSH, "https://github.com/o/a.git", "{\"o/a\":\"" PULL("o/a", "2") "\"}"},
        {PUSH, "o/b", "{\"o/b\":\"" PULL("o/b", "1") "\"}"},
        {CONTROL("/push?pr=true&commit=true&stayOnCurrentBranch=true&label=agent"), "o/a",
         "{\"o/a\":\"" PULL("o/a", "2") "\"}"},
        {CONTROL("/push?stayOnCurrentBranch=true"), "o/c", "{\"o/c\":\"" PULL("o/c", "1") "\"}"},
        {CONTROL("/push?stayOnCurrentBranch=true"), "o/c", "{\"o/c\":\"" PULL("o/c", "1") "\"}"},
        {CONTROL("/push?stayOnCurrentBranch=false"), "o/c", "{\"o/c\":\"" PULL("o/c", "2") "\"}"},
        {AT("_pod/mock-pod-2/15552/push"), "o/c", "{\"o/c\":\"" PULL("o/c", "3") "\"}"},
    };
    char body[100];

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        snprintf(body, sizeof(body), "{\"repos\":[{\"url\":\"%s\"}]}", rows[i].url);
        assert_pushed(rows[i].target, body, "prs", rows[i].expected);
    }
}

TEST(numbers_go_with_the_state)
{
    static const char body[] = "{\"repos\":[{\"url\":\"o/a\"}]}";

    assert_pushed(PUSH, body, "prs", "{\"o/a\":\"" PULL("o/a", "1") "\"}");
    json_object_put(front_expect(201, "PUT", AT("__admin/snapshots/s"), ""));
    assert_pushed(PUSH, body, "prs", "{\"o/a\":\"" PULL("o/a", "2") "\"}");
    json_object_put(front_expect(200, "POST", AT("__admin/snapshots/s/restore"), ""));
    assert_pushed(PUSH, body, "prs", "{\"o/a\":\"" PULL("o/a", "2") "\"}");
    json_object_put(front_expect(200, "POST", AT("__admin/reset"), ""));
    assert_pushed(PUSH, body, "prs", "{\"o/a\":\"" PULL("o/a", "1") "\"}");
}

TEST(bad_list_is_refused_and_counts_nothing)
{
    static const char *const rows[][2] = {
        {"{\"repos\":{}}", "repos: expected an array, not an object"},
        {"{\"repos\":[\"o/a\"]}", "repos[0]: expected an object"},
        {"{\"repos\":[{\"url\":\"o/a\"},{}]}", "repos[1].url: required"},
        {"{\"repos\":[{\"url\":\"o/a\"},{\"url\":\"\"}]}", "repos[1].url: is empty"},
        {"{\"repos\":[{\"url\":\"o/a\",\"branch_name\":7}]}",
         "repos[0].branch_name: expected a string, not a number"},
        {"{\"repos\":[{\"url\":\"o/a\",\"base_branch\":7}]}",
         "repos[0].base_branch: expected a string, not a number"},
    };
    struct buffer before = state_dump(front.state);

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_error("POST", PUSH, rows[i][0], ERR_BAD_FIELD, rows[i][1]);
        state_assert_unchanged(front.state, &before);
    }
    assert_error("POST", CONTROL("/push?pr=%zz"), "{}", ERR_BAD_QUERY, NULL);
    buffer_free(&before);
}
