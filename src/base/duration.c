/* SPDX-License-Identifier: MIT */
#include "base/duration.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

/* Largest first. A number without a unit is milliseconds. */
static const struct unit {
    const char *suffix;
    int64_t ms;
} units[] = {{"h", 3600 * 1000}, {"m", 60 * 1000}, {"s", 1000}, {"ms", 1}, {"", 1}};

enum { UNITS = sizeof(units) / sizeof(units[0]) };

/* Splits a text into digits and a unit. Returns false if it has another form. */
static bool split(struct text text, struct text *digits, const struct unit **unit)
{
    size_t count = 0;

    while (count < text.length && text.at[count] >= '0' && text.at[count] <= '9')
        count++;
    *digits = (struct text){text.at, count};
    if (count == 0 || (count > 1 && text.at[0] == '0'))
        return false;
    for (*unit = units; *unit < units + UNITS; ++*unit)
        if (text_equal(text_from(text, count), text_of((*unit)->suffix)))
            return true;
    return false;
}

bool duration_read(struct text text, int64_t max_ms, int64_t *out_ms)
{
    const struct unit *unit;
    struct text digits;
    uint64_t number;

    if (!split(text, &digits, &unit) ||
        !text_to_number(digits, (uint64_t)(max_ms / unit->ms), &number))
        return false;
    *out_ms = (int64_t)number * unit->ms;
    return true;
}

void duration_write(int64_t ms, char out[static DURATION_TEXT_MAX])
{
    const struct unit *unit = units;

    while (ms % unit->ms != 0)
        unit++;
    snprintf(out, DURATION_TEXT_MAX, "%" PRId64 "%s", ms / unit->ms, ms > 0 ? unit->suffix : "");
}

void duration_fault(struct text text, int64_t max_ms, char out[static DURATION_FAULT_MAX])
{
    char most[DURATION_TEXT_MAX];
    const struct unit *unit;
    struct text digits;

    duration_write(max_ms, most);
    if (split(text, &digits, &unit))
        snprintf(out, DURATION_FAULT_MAX, "at most %s", most);
    else
        snprintf(out, DURATION_FAULT_MAX, "expected a duration such as \"30m\"");
}
