/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "base/duration.h"

enum { HOUR_MS = 3600 * 1000 };

TEST(units_are_milliseconds_to_hours)
{
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"0", 0},     {"7", 7},           {"0ms", 0},           {"250ms", 250},
        {"5s", 5000}, {"2m", 120000},     {"60m", HOUR_MS},     {"1h", HOUR_MS},
        {"0h", 0},    {"3600s", HOUR_MS}, {"3600000", HOUR_MS},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        int64_t ms = -1;
        if (!duration_read(text_of(rows[i].text), HOUR_MS, &ms) || ms != rows[i].ms)
            fail_msg("%s is %lld", rows[i].text, (long long)ms);
    }
}

TEST(text_that_is_no_duration_or_too_long_is_refused)
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

    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        int64_t ms;
        if (duration_read(text_of(wrong[i]), HOUR_MS, &ms))
            fail_msg("\"%s\" is accepted as %lld", wrong[i], (long long)ms);
    }
    int64_t ms;
    assert_false(duration_read((struct text){0}, HOUR_MS, &ms));
    assert_false(duration_read(TEXT("1\0s"), HOUR_MS, &ms));
}

TEST(maximum_may_be_the_largest_number)
{
    int64_t ms;

    assert_true(duration_read(TEXT("9223372036854775807"), INT64_MAX, &ms));
    assert_int_equal(ms, INT64_MAX);
    assert_false(duration_read(TEXT("9223372036854775807s"), INT64_MAX, &ms));
    assert_true(duration_read(TEXT("2562047788015h"), INT64_MAX, &ms));
    assert_false(duration_read(TEXT("2562047788016h"), INT64_MAX, &ms));
    assert_true(duration_read(TEXT("0"), 0, &ms));
    assert_false(duration_read(TEXT("1"), 0, &ms));
}

TEST(duration_is_written_in_the_largest_unit_that_divides_it)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {{0, "0"},
                {1, "1ms"},
                {999, "999ms"},
                {1000, "1s"},
                {1500, "1500ms"},
                {60000, "1m"},
                {90000, "90s"},
                {HOUR_MS, "1h"},
                {5 * HOUR_MS / 2, "150m"},
                {INT64_C(36000000000), "10000h"},
                {INT64_MAX, "9223372036854775807ms"}};

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char text[DURATION_TEXT_MAX];
        int64_t ms;
        duration_write(rows[i].ms, text);
        assert_string_equal(text, rows[i].text);
        assert_true(duration_read(text_of(text), INT64_MAX, &ms));
        assert_true(ms == rows[i].ms);
    }
}

TEST(fault_distinguishes_too_long_from_malformed)
{
    static const struct {
        const char *text, *fault;
    } rows[] = {
        {"61m", "at most 1h"},
        {"2h", "at most 1h"},
        {"3600001", "at most 1h"},
        {"3600001ms", "at most 1h"},
        {"99999999999999999999h", "at most 1h"},
        {"", "expected a duration such as \"30m\""},
        {"1d", "expected a duration such as \"30m\""},
        {"-1s", "expected a duration such as \"30m\""},
        {"01s", "expected a duration such as \"30m\""},
        {"1.5h", "expected a duration such as \"30m\""},
        {"null", "expected a duration such as \"30m\""},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char fault[DURATION_FAULT_MAX];
        duration_fault(text_of(rows[i].text), HOUR_MS, fault);
        assert_string_equal(fault, rows[i].fault);
    }
}
