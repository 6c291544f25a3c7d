/* SPDX-License-Identifier: MIT
 *
 * Timers, in a heap whose root is the timer due first. Of two timers due at the same time, the one
 * armed first comes first. A struct timer is embedded in its owner, so arming it allocates nothing
 * and can't fail. The heap is a pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986).
 *
 * A zeroed struct timer is disarmed, and a zeroed struct timers has no timers.
 */
#ifndef BASE_TIMER_H
#define BASE_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
    int64_t due_us; /* on the same clock as the `now_us` of timers_run */
    /* Called when the timer has been disarmed because it is due. May arm, disarm and free any
     * timer, including its own. */
    void (*fire)(struct timer *);
    uint64_t order; /* this and the fields below are private to the heap */
    struct timer *child, *next, *previous;
    bool armed;
};

/* The struct of type `type` that contains the timer as its field `member`. */
#define TIMER_OWNER(timer, type, member) ((type *)((char *)(timer)-offsetof(type, member)))

struct timers {
    struct timer *root;
    uint64_t armed_ever;
};

/* Arms a timer, or changes the time of an armed one. `fire` must be set. */
void timers_arm(struct timers *timers, struct timer *timer, int64_t due_us);

/* Disarms a timer. Does nothing if it is not armed. */
void timers_disarm(struct timers *timers, struct timer *timer);

/* Returns the time of the timer due first, or INT64_MAX if none is armed. */
int64_t timers_next_due_us(const struct timers *timers);

/* Fires the timers that are due at `now_us`, in order, at most `max` of them. Returns how many it
 * fired. A timer that `fire` arms for `now_us` or earlier is fired too. */
unsigned timers_run(struct timers *timers, int64_t now_us, unsigned max);

#endif
