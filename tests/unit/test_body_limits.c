/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "service/service.h"

static size_t put_state(const struct body_limits *limits, struct text authorization)
{
    return body_limits_of(limits, TEXT("PUT"), TEXT("/x/~t/__admin/state?a"), authorization);
}

TEST(limit_of_a_state_is_never_below_that_of_any_body)
{
    const struct body_limits lower = {.normal_bytes = 10, .state_bytes = 3},
                             higher = {.normal_bytes = 10, .state_bytes = 30};

    assert_int_equal(body_limits_max(&lower), 10);
    assert_int_equal(body_limits_max(&higher), 30);
    assert_int_equal(put_state(&lower, (struct text){0}), 10);
    assert_int_equal(put_state(&higher, (struct text){0}), 30);
}

TEST(without_the_admin_token_no_body_is_longer_than_others)
{
    const struct body_limits limits = {
        .normal_bytes = 10, .state_bytes = 30, .admin_token = TEXT("key")};

    assert_int_equal(put_state(&limits, TEXT("Bearer key")), 30);
    assert_int_equal(put_state(&limits, TEXT("Bearer other")), 10);
    assert_int_equal(put_state(&limits, (struct text){0}), 10);
    assert_int_equal(
        body_limits_of(&limits, (struct text){0}, (struct text){0}, TEXT("Bearer key")), 10);
}

/* Each route with such a body by its own row; a parameter would never be found at the path's end.
 */
TEST(only_the_routes_of_a_state_have_its_limit)
{
    static const struct {
        const char *method, *path;
        size_t limit;
    } rows[] = {
#define BODY_NORMAL 10
#define BODY_STATE 30
#define ROUTE(method, pattern, operation, handle, effect, access, body, ...) \
    {#method, "/" pattern, BODY_##body},
#include "call/routes.def"
#undef ROUTE
    };
    const struct body_limits limits = {.normal_bytes = 10, .state_bytes = 30};

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        size_t limit = body_limits_of(&limits, text_of(rows[i].method), text_of(rows[i].path),
                                      (struct text){0});
        if (limit != rows[i].limit || (limit == 30 && strchr(rows[i].path, '{')))
            fail_msg("%s %s: %zu", rows[i].method, rows[i].path, limit);
    }
}
