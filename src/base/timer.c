/* SPDX-License-Identifier: MIT */
#include "base/timer.h"

#include <stddef.h>

#include "base/check.h"

static bool is_before(const struct timer *a, const struct timer *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->order < b->order;
}

/* Makes the later of two trees the first child of the earlier. Either may be empty. */
static struct timer *meld(struct timer *a, struct timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (is_before(b, a)) {
        struct timer *swap = a;
        a = b;
        b = swap;
    }
    b->next = a->child;
    b->previous = a;
    if (a->child)
        a->child->previous = b;
    a->child = b;
    return a;
}

/* Melds a list of siblings into one tree: first in pairs, from the left, then the pairs, from the
 * right. */
static struct timer *meld_siblings(struct timer *first)
{
    struct timer *pairs = NULL, *tree = NULL;

    while (first) {
        struct timer *a = first, *b = a->next;
        first = b ? b->next : NULL;
        a->next = a->previous = NULL;
        if (b)
            b->next = b->previous = NULL;
        a = meld(a, b);
        a->next = pairs;
        pairs = a;
    }
    while (pairs) {
        struct timer *rest = pairs->next;
        pairs->next = NULL;
        tree = meld(tree, pairs);
        pairs = rest;
    }
    return tree;
}

/* Removes a subtree, which is not the root, from the list of its siblings. */
static void detach(struct timer *timer)
{
    if (timer->previous->child == timer)
        timer->previous->child = timer->next;
    else
        timer->previous->next = timer->next;
    if (timer->next)
        timer->next->previous = timer->previous;
    timer->next = timer->previous = NULL;
}

void timers_disarm(struct timers *timers, struct timer *timer)
{
    if (!timer->armed)
        return;
    if (timers->root == timer) {
        timers->root = meld_siblings(timer->child);
    } else {
        detach(timer);
        timers->root = meld(timers->root, meld_siblings(timer->child));
    }
    timer->child = NULL;
    timer->armed = false;
}

void timers_arm(struct timers *timers, struct timer *timer, int64_t due_us)
{
    CHECK(timer->fire);
    timers_disarm(timers, timer);
    timer->due_us = due_us;
    timer->order = timers->armed_ever++;
    timer->armed = true;
    timers->root = meld(timers->root, timer);
}

int64_t timers_next_due_us(const struct timers *timers)
{
    return timers->root ? timers->root->due_us : INT64_MAX;
}

unsigned timers_run(struct timers *timers, int64_t now_us, unsigned max)
{
    unsigned fired = 0;

    while (fired < max && timers_next_due_us(timers) <= now_us) {
        struct timer *timer = timers->root;
        timers_disarm(timers, timer);
        timer->fire(timer);
        fired++;
    }
    return fired;
}
