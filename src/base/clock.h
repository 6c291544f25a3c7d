/* SPDX-License-Identifier: MIT
 *
 * The one way in for time. A clock is read once a turn of the loop (clock_tick), so all that
 * happens in a turn happens at the same instant; tests set it by hand and never sleep.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct clock {
    int64_t wall_ms; /* milliseconds since 1970-01-01 UTC: what time stamps show */
    /* the same, but counted from the first reading by the monotonic clock: it never goes back and
     * does not jump when somebody sets the system's time */
    int64_t steady_ms;
    /* microseconds that never go back: what durations and deadlines are counted in */
    int64_t mono_us;
    bool manual; /* set by clock_set: clock_tick leaves it alone */
};

/* Reads the system's clocks into `clock`. */
void clock_tick(struct clock *clock);

/* Takes the clock out of the system's hands. */
void clock_set(struct clock *clock, int64_t wall_ms, int64_t mono_us);

/* The monotonic time this instant, in microseconds, for measuring how long something took within a
 * turn. */
int64_t clock_mono_now_us(void);

enum { CLOCK_TEXT_MAX = 25 }; /* "2024-01-15T10:30:00.000Z" and a NUL */

/* Writes a time as RFC 3339 with milliseconds, in UTC (contract, section 1). Years 0 to 9999; a
 * time outside is shown as the nearest of them. */
void clock_format(int64_t wall_ms, char text[static CLOCK_TEXT_MAX]);

/* Reads all of such a text; the fraction may be left out. False where it is none. */
bool clock_parse(struct text text, int64_t *wall_ms);

#endif
