/* SPDX-License-Identifier: MIT
 *
 * Time. No other file reads the system's clocks. The loop updates its clock once per turn
 * (clock_tick; docs/architecture.md, "A turn"), so all events of a turn have the same time. Tests
 * set the clock (clock_set) and never sleep.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* The time of the present turn. It starts zeroed; clock_tick or clock_set sets it. */
struct clock {
    int64_t wall_ms; /* milliseconds since 1970-01-01 UTC, for time stamps */
    /* wall_ms of the first tick, plus the monotonic time since then: never goes back, and does not
     * jump when the system's time is set */
    int64_t steady_ms;
    int64_t mono_us; /* monotonic, in microseconds, for durations and deadlines */
    bool manual;     /* set by clock_set; clock_tick then does nothing */
};

/* Updates `clock` from the system's clocks. */
void clock_tick(struct clock *clock);

/* Sets wall_ms and steady_ms to `wall_ms`, and mono_us to `mono_us`. From then on clock_tick does
 * nothing. */
void clock_set(struct clock *clock, int64_t wall_ms, int64_t mono_us);

/* Returns the system's monotonic time now, in microseconds. For durations within a turn. */
int64_t clock_mono_now_us(void);

enum { CLOCK_TEXT_MAX = 25 }; /* "2024-01-15T10:30:00.000Z" and a NUL */

/* Writes a time as RFC 3339 with milliseconds, in UTC (docs/api.md, "Answers"). A time outside the
 * years 0 to 9999 is written as the nearest time inside. */
void clock_format(int64_t wall_ms, char text[static CLOCK_TEXT_MAX]);

/* Parses a text that is exactly such a time; the fraction is optional. Returns false, and leaves
 * `wall_ms` as it is, for any other text. */
bool clock_parse(struct text text, int64_t *wall_ms);

#endif
