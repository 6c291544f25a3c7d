/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "model/operation.h"

/* The routes of the API that are no control routes. */
static const struct {
    const char *pattern, *operation;
} routes[] = {
#define ROUTE(method, pattern, operation, handle, effect, access, ...) {pattern, operation},
#include "api/routes.def"
#undef ROUTE
};

static void each_route_of_clients_is_an_operation_and_no_other_is(void **state)
{
    bool seen[OPERATION__MAX] = {[OPERATION_POD] = true}; /* the pods' own routes */

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(routes); i++) {
        enum operation operation;
        bool is = operation_of(text_of(routes[i].operation), &operation);
        bool is_control = text_starts_with(text_of(routes[i].pattern), TEXT("__admin/"));
        bool is_index = text_equal(text_of(routes[i].operation), TEXT("index"));
        if (is == (is_control || is_index))
            fail_msg("%s is \"%s\"", routes[i].pattern, routes[i].operation);
        if (is)
            seen[operation] = true;
    }
    for (int i = 0; i < OPERATION__MAX; i++)
        if (!seen[i])
            fail_msg("no route is \"%s\"", operation_words()[i]);
}

static void words_are_the_names_in_order(void **state)
{
    const char *const *words = operation_words();

    (void)state;
    for (int i = 0; i < OPERATION__MAX; i++) {
        enum operation operation = OPERATION__MAX;
        assert_true(operation_of(text_of(words[i]), &operation));
        assert_int_equal(operation, i);
    }
    assert_null(words[OPERATION__MAX]);
}

static void what_is_no_operation_is_none(void **state)
{
    static const char *const names[] = {"", "claims", "clai", "Claim", "*", "request"};
    enum operation operation = OPERATION_SCALE;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++)
        assert_false(operation_of(text_of(names[i]), &operation));
    assert_false(operation_of((struct text){0}, &operation));
    assert_int_equal(operation, OPERATION_SCALE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_route_of_clients_is_an_operation_and_no_other_is),
        cmocka_unit_test(words_are_the_names_in_order),
        cmocka_unit_test(what_is_no_operation_is_none),
    };

    return UNIT_RUN(tests);
}
