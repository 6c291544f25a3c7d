/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "front.h"
#include "model/name.h"

static const char nothing[] = "is empty in a path, once \".\" and \"..\" are resolved";
static const char above[] = "leads to another path by its \"..\"";

TEST(name_is_any_text_that_a_path_can_carry)
{
    static const struct {
        const char *name, *fault; /* NULL: it is valid */
    } rows[] = {
        {"", "is empty"},
        {"\xFF", "is not UTF-8"},
        {"a\nb", "has a control character"},
        {"\xC2\x9B", "has a control character"},
        {".", nothing},
        {"./", nothing},
        {"/.", nothing},
        {"././.", nothing},
        {"a/..", nothing},
        {"a//..", nothing},
        {"/a/../", nothing},
        {"a/b/../..", nothing},
        {"..", above},
        {"../a", above},
        {"/..", above},
        {"//../a", above},
        {"a/../..", above},
        {"a/../../b", above},
        {"a//../../b", above},
        {"../../x", above},
        {"a", NULL},
        {"/", NULL},
        {"//", NULL},
        {"/etc/passwd", NULL},
        {"...", NULL},
        {"..a", NULL},
        {".a/..b/c..", NULL},
        {"./a", NULL},
        {"a/.", NULL},
        {"a/../b", NULL},
        {"a/b/..", NULL},
        {"..\\..\\x", NULL},
        {"%2e%2e", NULL},
        {"\xEF\xBC\x8E\xEF\xBC\x8E", NULL},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const char *fault = name_fault(text_of(rows[i].name));
        if (!fault != !rows[i].fault)
            fail_msg("\"%s\" %s", rows[i].name, fault ? fault : "is accepted");
        if (fault)
            assert_string_equal(fault, rows[i].fault);
    }
    assert_string_equal(name_fault((struct text){0}), "is empty");
}

/* All routes with a name in the path, of the API and of the pods. */
static const struct {
    const char *method, *pattern;
} routes[] = {
#define ROUTE(method, pattern, operation, handle, effect, access, ...) {#method, pattern},
#include "call/routes.def"
#undef ROUTE
    {"POST", "_pod/{pod}/15552/session"},
    {"POST", "_pod/mock-pod-1/15552/stream/{session}"},
    {"GET", "_pod/mock-pod-1/15551/api/sessions/{session}"},
    {"GET", "_pod/mock-pod-1/15551/session/{session}"},
};

/* Writes the target of a pattern, with `name` for each parameter. */
static void put_target(const char *pattern, const char *name, char *to, size_t size)
{
    size_t length = (size_t)snprintf(to, size, "%s/", FRONT_MOUNT);

    for (const char *at = pattern; *at; at = strchr(at, '}') + 1) {
        const char *open = strchr(at, '{');
        int fixed = open ? (int)(open - at) : (int)strlen(at);
        length += (size_t)snprintf(to + length, size - length, "%.*s%s", fixed, at,
                                   open ? name : "");
        if (!open)
            return;
    }
}

TEST(name_that_a_path_cannot_carry_is_refused_by_every_route)
{
    static const char *const names[] = {"..", "%2E", "a%2F..", "..%2F..%2Fx"};
    char target[256];
    size_t asked = 0;

    front_set_up();
    assert_int_equal(front_ask("GET", AT("pools/default-pool/workspace"), "", NULL), 200);
    for (size_t i = 0; i < UNIT_COUNT(routes); i++)
        for (size_t j = 0; j < UNIT_COUNT(names) && strchr(routes[i].pattern, '{'); j++) {
            struct json_object *json;
            put_target(routes[i].pattern, names[j], target, sizeof(target));
            int status = front_ask(routes[i].method, target, "", &json);
            if (status != 400 || strcmp(json_text_at(json, "code"), "bad_name") != 0)
                fail_msg("%s %s: %d %s", routes[i].method, target, status, json_plain(json));
            json_object_put(json);
            asked++;
        }
    assert_true(asked > 100);
    assert_int_equal(front_number(AT("__admin/health"), "pools"), 1);
    front_tear_down();
}

TEST(ids_of_rules_have_a_limited_set_of_characters)
{
    static const char *const good[] = {"a", "slow-claims", "A_z.9", "-", "_x"};
    static const char *const bad[] = {"", " ", "a b", "a/b", "\xC3\xBC", "a\n", ".", "..", ".a"};
    char longest[RULE_ID_MAX + 2];

    for (size_t i = 0; i < UNIT_COUNT(good); i++)
        assert_true(rule_id_is_valid(text_of(good[i])));
    for (size_t i = 0; i < UNIT_COUNT(bad); i++)
        assert_false(rule_id_is_valid(text_of(bad[i])));
    memset(longest, 'a', sizeof(longest));
    assert_true(rule_id_is_valid((struct text){longest, RULE_ID_MAX}));
    assert_false(rule_id_is_valid((struct text){longest, RULE_ID_MAX + 1}));
}
