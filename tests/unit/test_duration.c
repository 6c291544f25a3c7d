/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/duration.h"

enum { HOUR_MS = 3600 * 1000 };

static void units_are_milliseconds_to_hours(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"0", 0},     {"7", 7},           {"0ms", 0},           {"250ms", 250},
        {"5s", 5000}, {"2m", 120000},     {"60m", HOUR_MS},     {"1h", HOUR_MS},
        {"0h", 0},    {"3600s", HOUR_MS}, {"3600000", HOUR_MS},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        int64_t ms = -1;
        if (!duration_read(text_of(rows[i].text), HOUR_MS, &ms) || ms != rows[i].ms)
            fail_msg("%s is %lld", rows[i].text, (long long)ms);
    }
}

static void what_is_none_or_too_long_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "s",
        "ms",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1 s",
        "01s",
        "1.5s",
        "1S",
        "1d",
        "1sm",
        "1hs",
        "0x1",
        "1us",
        "1min",
        "3600001",
        "3601s",
        "61m",
        "2h",
        "9223372036854775807h",
        "99999999999999999999",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        int64_t ms;
        if (duration_read(text_of(wrong[i]), HOUR_MS, &ms))
            fail_msg("\"%s\" is taken as %lld", wrong[i], (long long)ms);
    }
    int64_t ms;
    assert_false(duration_read((struct text){0}, HOUR_MS, &ms));
    assert_false(duration_read(TEXT("1\0s"), HOUR_MS, &ms));
}

static void bound_may_be_the_largest_number(void **state)
{
    int64_t ms;

    (void)state;
    assert_true(duration_read(TEXT("9223372036854775807"), INT64_MAX, &ms));
    assert_int_equal(ms, INT64_MAX);
    assert_false(duration_read(TEXT("9223372036854775807s"), INT64_MAX, &ms));
    assert_true(duration_read(TEXT("2562047788015h"), INT64_MAX, &ms));
    assert_false(duration_read(TEXT("2562047788016h"), INT64_MAX, &ms));
    assert_true(duration_read(TEXT("0"), 0, &ms));
    assert_false(duration_read(TEXT("1"), 0, &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_milliseconds_to_hours),
        cmocka_unit_test(what_is_none_or_too_long_is_refused),
        cmocka_unit_test(bound_may_be_the_largest_number),
    };

    return UNIT_RUN(tests);
}
