/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <string.h>
#include <time.h>

static const int64_t YEAR_0_MS = -62167219200000;
static const int64_t YEAR_9999_MS = 253402300799999;
static const int64_t DAY_MS = 86400000;

enum { SECONDS_KEPT = 16 };

/* Dates are computed one era (400 years) later than they are, because C's division rounds down only
 * while all operands are positive. */
enum { ERA_YEARS = 400, DAYS_BEFORE_1970 = 719468 + 146097 };

int64_t clock_mono_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void clock_tick(struct clock *clock)
{
    struct timespec wall;

    if (clock->manual)
        return;
    bool is_first = clock->mono_us == 0;
    int64_t before_us = clock->mono_us;
    clock_gettime(CLOCK_REALTIME, &wall);
    clock->wall_ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000;
    clock->mono_us = clock_mono_now_us();
    clock->steady_ms = is_first ? clock->wall_ms
                                : clock->steady_ms + clock->mono_us / 1000 - before_us / 1000;
}

void clock_set(struct clock *clock, int64_t wall_ms, int64_t mono_us)
{
    *clock = (struct clock){
        .wall_ms = wall_ms, .steady_ms = wall_ms, .mono_us = mono_us, .manual = true};
}

static void put_digits(char *at, int count, int64_t number)
{
    while (count > 0) {
        at[--count] = (char)('0' + number % 10);
        number /= 10;
    }
}

/* Converts a day number, counted from 0000-03-01, into a date. A year that begins in March ends
 * with its leap day. */
static void date_of_day(int64_t day, int64_t *year, int64_t *month, int64_t *day_of_month)
{
    int64_t era = day / 146097, of_era = day % 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * of_year + 2) / 153; /* 0 is March */

    *day_of_month = of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = era * ERA_YEARS + year_of_era + (*month <= 2);
}

/* The inverse of date_of_day. For a date that no calendar has, the result is another date's. */
static int64_t day_of_date(int64_t year, int64_t month, int64_t day_of_month)
{
    int64_t shifted = month > 2 ? month - 3 : month + 9; /* 0 is March */

    year -= month <= 2;
    return 365 * year + year / 4 - year / 100 + year / 400 + (153 * shifted + 2) / 5 +
           day_of_month - 1;
}

/* Formats a second, counted from the era before year 0, and thus never 0. Keeps some of them: most
 * times that are formatted in a turn are of the present second, or of the one in which the pods
 * were made. */
static const char *format_second(int64_t since_s)
{
    static struct {
        int64_t since_s;
        char text[CLOCK_TEXT_MAX];
    } kept[SECONDS_KEPT];
    const int64_t day_s = 86400, of_day = since_s % day_s;
    char *text = kept[since_s % SECONDS_KEPT].text;
    int64_t year, month, day;

    if (kept[since_s % SECONDS_KEPT].since_s == since_s)
        return text;
    memcpy(text, "0000-00-00T00:00:00.000Z", CLOCK_TEXT_MAX);
    date_of_day(since_s / day_s, &year, &month, &day);
    put_digits(text, 4, year - ERA_YEARS);
    put_digits(text + 5, 2, month);
    put_digits(text + 8, 2, day);
    put_digits(text + 11, 2, of_day / 3600);
    put_digits(text + 14, 2, of_day / 60 % 60);
    put_digits(text + 17, 2, of_day % 60);
    kept[since_s % SECONDS_KEPT].since_s = since_s;
    return text;
}

void clock_format(int64_t wall_ms, char text[static CLOCK_TEXT_MAX])
{
    if (wall_ms < YEAR_0_MS)
        wall_ms = YEAR_0_MS;
    if (wall_ms > YEAR_9999_MS)
        wall_ms = YEAR_9999_MS;
    int64_t since_ms = wall_ms + DAYS_BEFORE_1970 * DAY_MS;
    memcpy(text, format_second(since_ms / 1000), CLOCK_TEXT_MAX);
    put_digits(text + 20, 3, since_ms % 1000);
}

/* Reads `count` decimal digits. For other bytes the result is some number or other. */
static int digits(const char *at, int count)
{
    int number = 0;

    while (count-- > 0)
        number = number * 10 + (*at++ - '0') % 10;
    return number;
}

bool clock_parse(struct text text, int64_t *wall_ms)
{
    char whole[CLOCK_TEXT_MAX] = "0000-00-00T00:00:00.000Z", again[CLOCK_TEXT_MAX];
    const size_t full = sizeof(whole) - 1, to_seconds = sizeof("0000-00-00T00:00:00") - 1;
    bool has_fraction = text.length == full;

    if (!has_fraction && (text.length != to_seconds + 1 || text.at[to_seconds] != 'Z'))
        return false;
    memcpy(whole, text.at, has_fraction ? full : to_seconds);
    int64_t day = day_of_date(digits(whole, 4) + ERA_YEARS, digits(whole + 5, 2),
                              digits(whole + 8, 2));
    int64_t of_day_s = digits(whole + 11, 2) * 3600 + digits(whole + 14, 2) * 60 +
                       digits(whole + 17, 2);
    int64_t parsed_ms = (day - DAYS_BEFORE_1970) * DAY_MS + of_day_s * 1000 + digits(whole + 20, 3);
    clock_format(parsed_ms, again); /* a text that is not a valid time comes back different */
    if (memcmp(again, whole, full) != 0)
        return false;
    *wall_ms = parsed_ms;
    return true;
}
