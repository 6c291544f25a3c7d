/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdlib.h>

#include "base/timer.h"
#include "dice.h"

enum { TIMERS = 60, STEPS = 20000, FIRED_MAX = 16 };

static struct timer *fired[FIRED_MAX];
static size_t fired_count;

static void note(struct timer *timer)
{
    assert_true(fired_count < FIRED_MAX);
    assert_false(timer->armed);
    fired[fired_count++] = timer;
}

static void forget_fired(void)
{
    fired_count = 0;
}

SUITE(.set_up = forget_fired);

TEST(no_timer_is_never_due)
{
    struct timers timers = {0};

    assert_true(timers_next_due_us(&timers) == INT64_MAX);
    assert_int_equal(timers_run(&timers, INT64_MAX - 1, 10), 0);
}

TEST(due_timers_fire_in_the_order_of_their_times)
{
    struct timers timers = {0};
    struct timer a = {.fire = note}, b = {.fire = note}, c = {.fire = note};

    timers_arm(&timers, &a, 30);
    timers_arm(&timers, &b, 10);
    timers_arm(&timers, &c, 20);
    assert_int_equal(timers_next_due_us(&timers), 10);
    assert_int_equal(timers_run(&timers, 9, 10), 0);
    assert_int_equal(timers_run(&timers, 20, 10), 2);
    assert_ptr_equal(fired[0], &b);
    assert_ptr_equal(fired[1], &c);
    assert_true(a.armed);
    assert_int_equal(timers_next_due_us(&timers), 30);
}

TEST(timers_due_together_fire_in_the_order_of_arming)
{
    struct timers timers = {0};
    struct timer a = {.fire = note}, b = {.fire = note}, c = {.fire = note};

    timers_arm(&timers, &a, 5);
    timers_arm(&timers, &b, 5);
    timers_arm(&timers, &c, 5);
    timers_arm(&timers, &a, 5); /* moved, so it was armed last */
    assert_int_equal(timers_run(&timers, 5, 10), 3);
    assert_ptr_equal(fired[0], &b);
    assert_ptr_equal(fired[1], &c);
    assert_ptr_equal(fired[2], &a);
}

TEST(run_fires_at_most_max)
{
    struct timers timers = {0};
    struct timer a = {.fire = note}, b = {.fire = note};

    timers_arm(&timers, &a, 1);
    timers_arm(&timers, &b, 2);
    assert_int_equal(timers_run(&timers, 5, 1), 1);
    assert_ptr_equal(fired[0], &a);
    assert_int_equal(timers_run(&timers, 5, 0), 0);
    assert_int_equal(timers_run(&timers, 5, 1), 1);
}

TEST(disarmed_timer_does_not_fire)
{
    struct timers timers = {0};
    struct timer a = {.fire = note}, b = {.fire = note};

    timers_disarm(&timers, &a);
    timers_arm(&timers, &a, 1);
    timers_arm(&timers, &b, 2);
    timers_disarm(&timers, &a);
    timers_disarm(&timers, &a);
    assert_int_equal(timers_run(&timers, 5, 10), 1);
    assert_ptr_equal(fired[0], &b);
}

/* A timer that arms itself again when it fires. */
struct repeating {
    struct timer timer;
    struct timers *timers;
    unsigned left;
};

static void fire_again(struct timer *timer)
{
    struct repeating *repeating = (struct repeating *)timer;

    if (--repeating->left > 0)
        timers_arm(repeating->timers, timer, timer->due_us);
}

TEST(timer_that_a_fired_one_arms_for_now_fires_too)
{
    struct timers timers = {0};
    struct repeating repeating = {.timer.fire = fire_again, .timers = &timers, .left = 4};

    timers_arm(&timers, &repeating.timer, 1);
    assert_int_equal(timers_run(&timers, 1, 10), 4);
    assert_false(repeating.timer.armed);
}

/* A timer that frees another and itself when it fires. */
struct mortal {
    struct timer timer;
    struct timers *timers;
    struct mortal *other;
};

static void fire_last(struct timer *timer)
{
    struct mortal *mortal = (struct mortal *)timer;

    timers_disarm(mortal->timers, &mortal->other->timer);
    free(mortal->other);
    free(mortal);
}

TEST(fired_timer_may_free_itself_and_another)
{
    struct timers timers = {0};
    struct mortal *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));

    *a = (struct mortal){.timer.fire = fire_last, .timers = &timers, .other = b};
    b->timer.fire = note;
    timers_arm(&timers, &a->timer, 1);
    timers_arm(&timers, &b->timer, 1);
    assert_int_equal(timers_run(&timers, 1, 10), 1);
    assert_true(timers_next_due_us(&timers) == INT64_MAX);
}

/* The heap, and a plain list of the same timers that is searched for the earliest. */
struct model {
    struct timers timers;
    struct timer timer[TIMERS];
    struct {
        bool armed;
        int64_t due_us;
        unsigned order;
    } row[TIMERS];
    unsigned armed_ever;
    struct dice dice;
};

static struct model model;

static void model_arm(unsigned i, int64_t due_us)
{
    timers_arm(&model.timers, &model.timer[i], due_us);
    model.row[i].armed = true;
    model.row[i].due_us = due_us;
    model.row[i].order = model.armed_ever++;
}

static void model_disarm(unsigned i)
{
    timers_disarm(&model.timers, &model.timer[i]);
    model.row[i].armed = false;
}

/* Returns the row that fires next, or TIMERS. */
static unsigned model_first(void)
{
    unsigned first = TIMERS;

    for (unsigned i = 0; i < TIMERS; i++) {
        if (!model.row[i].armed)
            continue;
        if (first == TIMERS || model.row[i].due_us < model.row[first].due_us ||
            (model.row[i].due_us == model.row[first].due_us &&
             model.row[i].order < model.row[first].order))
            first = i;
    }
    return first;
}

static void model_fire(struct timer *timer)
{
    unsigned i = (unsigned)(timer - model.timer);

    assert_int_equal(i, model_first());
    assert_int_equal(timer->due_us, model.row[i].due_us);
    model.row[i].armed = false;
    if (dice_roll(&model.dice, 4) == 0)
        model_arm(dice_roll(&model.dice, TIMERS), timer->due_us + dice_roll(&model.dice, 50));
    if (dice_roll(&model.dice, 4) == 0)
        model_disarm(dice_roll(&model.dice, TIMERS));
}

TEST(heap_agrees_with_a_searched_list_after_random_changes)
{
    int64_t now_us = 0;
    unsigned fired_ever = 0;

    model = (struct model){.dice = dice_new()};
    for (unsigned i = 0; i < TIMERS; i++)
        model.timer[i].fire = model_fire;
    for (int step = 0; step < STEPS; step++) {
        unsigned i = dice_roll(&model.dice, TIMERS), what = dice_roll(&model.dice, 10);
        if (what < 6)
            model_arm(i, now_us + dice_roll(&model.dice, 100));
        else if (what < 8)
            model_disarm(i);
        else
            fired_ever += timers_run(&model.timers, now_us += dice_roll(&model.dice, 30), 20);
        unsigned first = model_first();
        assert_true(timers_next_due_us(&model.timers) ==
                    (first == TIMERS ? INT64_MAX : model.row[first].due_us));
        assert_int_equal(model.timer[i].armed, model.row[i].armed);
    }
    assert_true(fired_ever > STEPS / 20);
}
