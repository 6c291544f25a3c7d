/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "dice.h"

static const int64_t year_0_ms = -62167219200000, year_9999_ms = 253402300799999;

static void check_format(int64_t wall_ms, const char *expected)
{
    char text[CLOCK_TEXT_MAX];

    clock_format(wall_ms, text);
    assert_string_equal(text, expected);
}

TEST(format_of_known_times)
{
    check_format(0, "1970-01-01T00:00:00.000Z");
    check_format(-1, "1969-12-31T23:59:59.999Z");
    check_format(1705314600000, "2024-01-15T10:30:00.000Z");
    check_format(951782399999, "2000-02-28T23:59:59.999Z");
    check_format(951782400000, "2000-02-29T00:00:00.000Z");
    check_format(1709251199001, "2024-02-29T23:59:59.001Z");
    check_format(1709251200000, "2024-03-01T00:00:00.000Z");
    check_format(4107542399999, "2100-02-28T23:59:59.999Z");
    check_format(4107542400000, "2100-03-01T00:00:00.000Z");
}

TEST(format_outside_years_0_to_9999_shows_the_nearest)
{
    check_format(year_0_ms, "0000-01-01T00:00:00.000Z");
    check_format(year_0_ms - 1, "0000-01-01T00:00:00.000Z");
    check_format(INT64_MIN, "0000-01-01T00:00:00.000Z");
    check_format(year_9999_ms, "9999-12-31T23:59:59.999Z");
    check_format(year_9999_ms + 1, "9999-12-31T23:59:59.999Z");
    check_format(INT64_MAX, "9999-12-31T23:59:59.999Z");
}

/* Formats a time with the C library. */
static void check_against_library(int64_t wall_ms)
{
    int64_t of_second = (wall_ms % 1000 + 1000) % 1000;
    time_t seconds = (time_t)((wall_ms - of_second) / 1000);
    struct tm tm;
    char expected[96];

    gmtime_r(&seconds, &tm);
    snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)of_second);
    check_format(wall_ms, expected);
}

TEST(format_agrees_with_the_library_from_year_0_to_9999)
{
    struct dice dice = dice_new();

    for (int64_t day = year_0_ms; day < year_9999_ms; day += 86400000 * 7 - 3600000)
        check_against_library(day);
    for (int i = 0; i < 100000; i++)
        check_against_library(year_0_ms +
                              (int64_t)(dice_bits(&dice) % (uint64_t)(year_9999_ms - year_0_ms)));
}

/* The seconds that were formatted before are kept, each in a place that others share. */
TEST(seconds_that_alternate_are_formatted_each_time)
{
    for (int round = 0; round < 3; round++)
        for (int64_t second = 0; second < 200; second++) {
            check_against_library(second * 1000 + round);
            check_against_library((second / 2 * 64 + second % 2) * 1000);
        }
}

TEST(text_of_a_time_is_read_back)
{
    static const int64_t step_ms = INT64_C(86399) * 1009 * 1000 + 123; /* every time of day */
    char text[CLOCK_TEXT_MAX];
    int64_t read_ms;

    for (int64_t ms = -62167219200000; ms <= 253402300799999; ms += step_ms) {
        clock_format(ms, text);
        assert_true(clock_parse(text_of(text), &read_ms));
        assert_int_equal(read_ms, ms);
    }
    assert_true(clock_parse(TEXT("2026-11-23T03:41:03Z"), &read_ms));
    assert_int_equal(read_ms, 1795405263000);
}

TEST(text_that_is_not_a_time_is_refused)
{
    static const char *const texts[] = {
        "",
        "2026-11-23",
        "2026-11-23T03:41:03",
        "2026-11-23T03:41:03.000",
        "2026-11-23T03:41:03.0000Z",
        "2026-11-23T03:41:03.00Z",
        "2026-11-23t03:41:03.000z",
        "2026-11-23 03:41:03.000Z",
        "2026-11-23T03:41:03,000Z",
        "2026-11-23T03:41:03+00:",
        "2026-02-29T00:00:00.000Z",
        "2026-13-01T00:00:00.000Z",
        "2026-00-01T00:00:00.000Z",
        "2026-01-00T00:00:00.000Z",
        "2026-01-01T24:00:00.000Z",
        "2026-01-01T00:60:00.000Z",
        "2026-01-01T00:00:60.000Z",
        "2026-01-01T00:00:-1.000Z",
        "20x6-01-01T00:00:00.000Z",
        "\xff\xff\xff\xff-01-01T00:00:00.000Z",
        " 2026-01-01T00:00:00.00Z",
        "+2026-1-01T00:00:00.000Z",
    };
    int64_t read_ms = 7;

    for (size_t i = 0; i < UNIT_COUNT(texts); i++)
        if (clock_parse(text_of(texts[i]), &read_ms))
            fail_msg("%s", texts[i]);
    assert_int_equal(read_ms, 7);
}

TEST(tick_reads_the_system_and_mono_never_goes_back)
{
    struct clock clock = {0};
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    clock_tick(&clock);
    int64_t first = clock.mono_us;
    assert_in_range(clock.wall_ms - (int64_t)now.tv_sec * 1000 + 60000, 0, 120000);
    assert_true(clock_mono_now_us() >= first);
    clock_tick(&clock);
    assert_true(clock.mono_us >= first);
}

TEST(clock_that_was_set_does_not_tick)
{
    struct clock clock = {0};

    clock_set(&clock, 5, 7);
    clock_tick(&clock);
    assert_int_equal(clock.wall_ms, 5);
    assert_int_equal(clock.mono_us, 7);
}
