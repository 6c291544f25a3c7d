/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <ctype.h>
#include <string.h>

#include "model/operation.h"

static const struct {
    const char *pattern, *access;
    enum operation operation;
    bool follows;
} routes[] = {
#define ROUTE_CHANGE false
#define ROUTE_SHOW false
#define ROUTE_FOLLOW true
#define ROUTE_LISTEN true
#define ROUTE(method, pattern, operation, handle, effect, access, ...) \
    {pattern, #access, OPERATION_##operation, ROUTE_##effect},
#include "call/routes.def"
#undef ROUTE
};

TEST(clients_routes_have_clients_operations_and_each_operation_has_a_route)
{
    bool seen[OPERATION__MAX] = {[OPERATION_POD] = true, [OPERATION__CLIENTS] = true};

    for (size_t i = 0; i < UNIT_COUNT(routes); i++) {
        bool is_control = text_starts_with(text_of(routes[i].pattern), TEXT("__admin/"));
        bool is_index = strcmp(routes[i].access, "INDEX") == 0;
        if ((routes[i].operation < OPERATION__CLIENTS) ==
            (is_control || is_index || routes[i].follows))
            fail_msg("%s is %s", routes[i].pattern, operation_name(routes[i].operation));
        seen[routes[i].operation] = true;
    }
    for (int i = 0; i < OPERATION__MAX; i++)
        if (!seen[i])
            fail_msg("no route has operation %s", operation_name((enum operation)i));
}

TEST(words_are_the_names_in_order)
{
    static const char *const names[OPERATION__MAX] = {
#define OPERATION(name, ...) [OPERATION_##name] = #name,
#include "model/operation.def"
#include "model/control_operation.def"
#undef OPERATION
    };

    for (int i = 0; i < OPERATION__MAX; i++) {
        char name[40];
        if (i == OPERATION__CLIENTS)
            continue;
        const char *word = operation_name((enum operation)i);
        assert_in_range(strlen(word), 1, sizeof(name) - 1);
        for (size_t at = 0; at <= strlen(word); at++)
            name[at] = (char)(word[at] == '-' ? '_' : toupper((unsigned char)word[at]));
        assert_string_equal(name, names[i]);
        if (i < OPERATION__CLIENTS)
            assert_ptr_equal(operation_words()[i], word);
    }
    assert_null(operation_words()[OPERATION__CLIENTS]);
}

TEST(set_contains_no_operation_of_a_control_route)
{
    for (int i = 0; i < OPERATION__MAX; i++) {
        enum operation operation = (enum operation)i;
        assert_int_equal(operations_contain(OPERATIONS_ALL, operation), i < OPERATION__CLIENTS);
        assert_int_equal(operations_contain(UINT32_MAX, operation), i < OPERATION__CLIENTS);
        assert_int_equal(operations_contain((uint32_t)1 << OPERATION_SCALE, operation),
                         operation == OPERATION_SCALE);
        assert_false(operations_contain(0, operation));
    }
}
