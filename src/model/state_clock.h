/* SPDX-License-Identifier: MIT
 *
 * The clock of a state. It shows real time until a test changes it (docs/control.md, "PUT
 * __admin/clock"). Then it can be ahead of real time, or frozen. Only a reset sets it back.
 */
#ifndef MODEL_STATE_CLOCK_H
#define MODEL_STATE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/* A zeroed clock shows real time. */
struct state_clock {
    bool frozen;
    int64_t frozen_at_ms; /* its time, if frozen */
    int64_t ahead_ms;     /* its lead over real time, if not frozen */
};

/* The latest time that a state's clock may be set to: the end of the year 9999. */
#define STATE_CLOCK_MAX_MS INT64_C(253402300799999)

/* Returns the time of the clock, in milliseconds since 1970, when real time is that of `real`. */
int64_t state_clock_now_ms(const struct state_clock *clock, const struct clock *real);

/* Freezes the clock at its present time. Does nothing if it is frozen already. */
void state_clock_freeze(struct state_clock *clock, const struct clock *real);

/* Lets a frozen clock run on from its present time, at the speed of real time. */
void state_clock_resume(struct state_clock *clock, const struct clock *real);

/* Sets the clock, frozen or not, to a time. Returns false, and changes nothing, if that is before
 * its present time or past STATE_CLOCK_MAX_MS. */
bool state_clock_set(struct state_clock *clock, const struct clock *real, int64_t to_ms);

/* Returns true if two clocks have the same settings. */
bool state_clock_equal(const struct state_clock *a, const struct state_clock *b);

#endif
