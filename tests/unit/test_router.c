/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "chaos.h"
#include "http/router.h"

enum { LIST, CREATE, SHOW, DROP, STATUS, POD, POD_OF_POOL, ROUTES };

static const struct {
    enum http_method method;
    const char *pattern;
} rows[ROUTES] = {
    [LIST] = {HTTP_GET, "pools"},
    [CREATE] = {HTTP_POST, "pools"},
    [STATUS] = {HTTP_GET, "pools/{pool}/status"},
    [SHOW] = {HTTP_GET, "pools/{pool}"},
    [DROP] = {HTTP_DELETE, "pools/{pool}"},
    [POD] = {HTTP_GET, "workspaces/{pod}"},
    [POD_OF_POOL] = {HTTP_GET, "pools/{pool}/workspaces/{pod}"},
};

static enum err add_all(struct router *router)
{
    for (unsigned route = 0; route < ROUTES; route++) {
        enum err err = router_add(router, rows[route].method, rows[route].pattern, route);
        if (err)
            return err;
    }
    return OK;
}

static struct router *filled;

static void make_router(void)
{
    filled = router_new();
    assert_non_null(filled);
    assert_int_equal(add_all(filled), OK);
}

static void free_router(void)
{
    router_free(&filled);
}

SUITE(.set_up = make_router, .tear_down = free_router);

/* Matches a path whose segments contain no slash. */
static enum err match(const struct router *router, enum http_method method, const char *path,
                      struct router_match *found)
{
    struct text segments[16], rest = text_of(path);
    size_t count = 0;

    while (text_cut(&rest, '/', &segments[count]))
        count++;
    return router_match(router, method, segments, count, found);
}

TEST(path_finds_its_route_by_method)
{
    struct router_match found;

    assert_int_equal(match(filled, HTTP_GET, "pools", &found), OK);
    assert_int_equal(found.route, LIST);
    assert_int_equal(match(filled, HTTP_POST, "pools", &found), OK);
    assert_int_equal(found.route, CREATE);
    assert_int_equal(match(filled, HTTP_GET, "pools/a", &found), OK);
    assert_int_equal(found.route, SHOW);
    assert_int_equal(match(filled, HTTP_DELETE, "pools/a", &found), OK);
    assert_int_equal(found.route, DROP);
}

TEST(parameters_are_found_by_name_in_any_number)
{
    struct router_match found;

    assert_int_equal(match(filled, HTTP_GET, "pools/a b/workspaces/pod-1", &found), OK);
    assert_int_equal(found.route, POD_OF_POOL);
    assert_int_equal(found.parameters_count, 2);
    assert_text(router_parameter(&found, TEXT("pool")), "a b");
    assert_text(router_parameter(&found, TEXT("pod")), "pod-1");
    assert_null(router_parameter(&found, TEXT("po")).at);
    assert_int_equal(match(filled, HTTP_GET, "pools", &found), OK);
    assert_int_equal(found.parameters_count, 0);
    assert_null(router_parameter(&found, TEXT("pool")).at);
}

TEST(parameter_matches_any_segment_even_one_with_a_slash)
{
    const struct text segments[] = {TEXT("pools"), TEXT("a/status"), TEXT("status")};
    struct router_match found;

    assert_int_equal(router_match(filled, HTTP_GET, segments, 3, &found), OK);
    assert_int_equal(found.route, STATUS);
    assert_text(router_parameter(&found, TEXT("pool")), "a/status");
}

TEST(head_finds_the_route_of_get)
{
    struct router_match found;

    assert_int_equal(match(filled, HTTP_HEAD, "pools/a/status", &found), OK);
    assert_int_equal(found.route, STATUS);
}

TEST(known_path_without_the_method_returns_its_methods)
{
    const unsigned get = 1u << HTTP_GET | 1u << HTTP_HEAD, options = 1u << HTTP_OPTIONS;
    struct router_match found;

    assert_int_equal(match(filled, HTTP_PUT, "pools", &found), ERR_METHOD_NOT_ALLOWED);
    assert_int_equal(found.allow_methods, get | 1u << HTTP_POST | options);
    assert_int_equal(match(filled, HTTP_POST, "pools/a", &found), ERR_METHOD_NOT_ALLOWED);
    assert_int_equal(found.allow_methods, get | 1u << HTTP_DELETE | options);
    assert_text(router_parameter(&found, TEXT("pool")), "a");
    assert_int_equal(match(filled, HTTP_OPTIONS, "pools", &found), ERR_METHOD_NOT_ALLOWED);
    assert_int_equal(match(filled, HTTP_OTHER, "pools", &found), ERR_METHOD_NOT_ALLOWED);
}

TEST(unknown_path_is_not_found)
{
    static const char *const paths[] = {"pool",       "Pools",  "pools/a/b", "pools/a/status/x",
                                        "workspaces", "status", "{pool}",    "pools/a/workspaces"};
    struct router_match found;

    for (size_t i = 0; i < UNIT_COUNT(paths); i++) {
        if (match(filled, HTTP_GET, paths[i], &found) != ERR_NOT_FOUND)
            fail_msg("%s", paths[i]);
        assert_int_equal(found.allow_methods, 0);
    }
    assert_int_equal(router_match(filled, HTTP_GET, NULL, 0, &found), ERR_NOT_FOUND);
    const struct text segments[] = {TEXT("workspaces"), TEXT("pod-1"), TEXT("")};
    assert_int_equal(router_match(filled, HTTP_GET, segments, 3, &found), ERR_NOT_FOUND);
}

TEST(of_two_matching_patterns_the_first_wins)
{
    struct router *router = router_new();
    struct router_match found;

    router_add(router, HTTP_GET, "pools/special", 1);
    router_add(router, HTTP_GET, "pools/{pool}", 2);
    assert_int_equal(match(router, HTTP_GET, "pools/special", &found), OK);
    assert_int_equal(found.route, 1);
    assert_int_equal(match(router, HTTP_GET, "pools/other", &found), OK);
    assert_int_equal(found.route, 2);
    router_free(&router);
    assert_null(router);
    router_free(&router);
}

TEST(no_memory_is_reported_and_nothing_leaks)
{
    long before = chaos_blocks();
    unsigned n = 0;

    do {
        chaos_fail_at(++n);
        struct router *router = router_new();
        enum err err = router ? add_all(router) : ERR_NO_MEMORY;
        assert_int_equal(err, chaos_failed() ? ERR_NO_MEMORY : OK);
        router_free(&router);
        assert_int_equal(chaos_blocks(), before);
    } while (chaos_failed());
    chaos_fail_at(0);
    assert_true(n > 2);
}
