/* SPDX-License-Identifier: MIT
 *
 * Timers in one heap, the earliest first; of two due at the same time the one armed first. A timer
 * is a field of what it wakes, so arming one allocates nothing and can't fail (a pairing heap:
 * Fredman, Sedgewick, Sleator, Tarjan 1986).
 */
#ifndef BASE_TIMER_H
#define BASE_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
    int64_t due_us; /* on the clock whose time timers_run is given */
    /* called once, disarmed; may arm, disarm and free any timer, itself too */
    void (*fire)(struct timer *);
    uint64_t order; /* the rest belongs to the heap; zeroed is disarmed */
    struct timer *child, *next, *previous;
    bool armed;
};

/* What has the timer as its field `member`. */
#define TIMER_OWNER(timer, type, member) ((type *)((char *)(timer)-offsetof(type, member)))

struct timers {
    struct timer *root;
    uint64_t armed_ever;
};

/* Arms a disarmed timer, or moves an armed one. `fire` is set. */
void timers_arm(struct timers *timers, struct timer *timer, int64_t due_us);

/* Disarms; a disarmed timer is legal. */
void timers_disarm(struct timers *timers, struct timer *timer);

/* When the earliest is due; INT64_MAX where none is armed. */
int64_t timers_next_due_us(const struct timers *timers);

/* Fires what is due at `now_us`, in order, `max` timers at the most; gives how many. A timer that a
 * fired one arms for now is fired too. */
unsigned timers_run(struct timers *timers, int64_t now_us, unsigned max);

#endif
