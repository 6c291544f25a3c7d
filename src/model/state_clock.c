/* SPDX-License-Identifier: MIT */
#include "model/state_clock.h"

int64_t state_clock_now_ms(const struct state_clock *clock, const struct clock *real)
{
    return clock->frozen ? clock->frozen_at_ms : real->steady_ms + clock->ahead_ms;
}

void state_clock_freeze(struct state_clock *clock, const struct clock *real)
{
    clock->frozen_at_ms = state_clock_now_ms(clock, real);
    clock->frozen = true;
}

void state_clock_resume(struct state_clock *clock, const struct clock *real)
{
    clock->ahead_ms = state_clock_now_ms(clock, real) - real->steady_ms;
    clock->frozen = false;
}

bool state_clock_set(struct state_clock *clock, const struct clock *real, int64_t to_ms)
{
    int64_t now_ms = state_clock_now_ms(clock, real);

    if (to_ms < now_ms || to_ms > STATE_CLOCK_MAX_MS)
        return false;
    if (clock->frozen)
        clock->frozen_at_ms = to_ms;
    else
        clock->ahead_ms += to_ms - now_ms;
    return true;
}

bool state_clock_equal(const struct state_clock *a, const struct state_clock *b)
{
    return a->frozen == b->frozen && a->frozen_at_ms == b->frozen_at_ms &&
           a->ahead_ms == b->ahead_ms;
}
