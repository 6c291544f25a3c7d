/* SPDX-License-Identifier: MIT
 *
 * The clock of a state: real time, or what a test has made of it (control API, "GET clock"). It
 * runs ahead of real time or stands still, and never goes back.
 */
#ifndef MODEL_STATE_CLOCK_H
#define MODEL_STATE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/* Zeroed: it goes with real time. */
struct state_clock {
    bool frozen;
    int64_t frozen_at_ms; /* what it shows while it stands */
    int64_t ahead_ms;     /* of real time, while it goes */
};

/* The latest time that a state's clock may be set to: the end of the year 9999. */
#define STATE_CLOCK_MAX_MS INT64_C(253402300799999)

/* What it shows when real time is `real`'s, in milliseconds since 1970. */
int64_t state_clock_now_ms(const struct state_clock *clock, const struct clock *real);

/* Stops it where it stands; one that stands already stays. */
void state_clock_freeze(struct state_clock *clock, const struct clock *real);

/* Lets it go on from where it stands, at the speed of real time. */
void state_clock_resume(struct state_clock *clock, const struct clock *real);

/* Moves it to a time that is not before what it shows, whether it goes or stands; false where it
 * is, or past STATE_CLOCK_MAX_MS, and nothing is moved. */
bool state_clock_set(struct state_clock *clock, const struct clock *real, int64_t to_ms);

/* True if two clocks are set alike. */
bool state_clock_equal(const struct state_clock *a, const struct state_clock *b);

#endif
