/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "chaos.h"
#include "http/dribble.h"

static struct clock real;
static struct response response;
static struct buffer given; /* what was sent so far */

static void begin(void)
{
    clock_set(&real, 0, 5000000);
    response = response_new();
    given = buffer_new(65536);
}

static void end(void)
{
    response_free(&response);
    buffer_free(&given);
}

SUITE(.set_up = begin, .tear_down = end);

/* The rest of the answer: one piece per letter. "w" waits half a second, "!" breaks off. */
struct plan {
    struct continuation continuation;
    const char *steps;
    const struct problem *failure;
    int *freed;
};

static enum continuation_step plan_step(struct continuation *continuation, struct response *to)
{
    struct plan *plan = (struct plan *)continuation;
    char step = *plan->steps++;

    continuation->wake_mono_us = real.mono_us + 500000;
    if (step == 'w')
        return CONTINUATION_WAIT;
    if (step == '!')
        return CONTINUATION_BROKEN;
    buffer_put_char(&to->body, step);
    return *plan->steps ? CONTINUATION_MORE : CONTINUATION_DONE;
}

static void plan_free(struct continuation *continuation)
{
    ++*((struct plan *)continuation)->freed;
}

/* Continues the answer as the service does. Adds the piece to `given`. */
static enum continuation_step go_on(void)
{
    struct continuation *continuation = response.continuation;

    buffer_clear(&response.body);
    enum continuation_step step = continuation->step(continuation, &response);
    if (step == CONTINUATION_MORE || step == CONTINUATION_DONE)
        buffer_put_text(&given, buffer_text(&response.body));
    return step;
}

static void pass_us(int64_t us)
{
    clock_set(&real, 0, real.mono_us + us);
}

TEST(bytes_are_sent_at_the_given_rate)
{
    buffer_put_text(&response.body, TEXT("abcdefghij"));
    assert_int_equal(dribble_begin(&response, &real, 40), OK);
    assert_int_equal(response.body.length, 0);
    assert_true(response.passed_at_once);
    assert_int_equal(go_on(), CONTINUATION_MORE);
    assert_text(buffer_text(&given), "abcd");
    assert_int_equal(go_on(), CONTINUATION_WAIT);
    assert_int_equal(response.continuation->wake_mono_us, 5100000);
    pass_us(99999);
    assert_int_equal(go_on(), CONTINUATION_WAIT);
    pass_us(1);
    assert_int_equal(go_on(), CONTINUATION_MORE);
    pass_us(100000);
    assert_int_equal(go_on(), CONTINUATION_DONE);
    assert_text(buffer_text(&given), "abcdefghij");
}

TEST(rate_below_a_byte_per_drop_sends_one_byte_at_a_time)
{
    buffer_put_text(&response.body, TEXT("ab"));
    assert_int_equal(dribble_begin(&response, &real, 1), OK);
    assert_int_equal(go_on(), CONTINUATION_MORE);
    assert_text(buffer_text(&given), "a");
    pass_us(999999);
    assert_int_equal(go_on(), CONTINUATION_WAIT);
    pass_us(1);
    assert_int_equal(go_on(), CONTINUATION_DONE);
    assert_text(buffer_text(&given), "ab");
}

TEST(empty_body_ends_at_once)
{
    assert_int_equal(dribble_begin(&response, &real, 1), OK);
    assert_int_equal(go_on(), CONTINUATION_DONE);
    assert_int_equal(given.length, 0);
}

TEST(answer_in_pieces_dribbles_to_its_end_and_keeps_its_waits)
{
    int freed = 0;
    struct plan plan = {
        .continuation = {.step = plan_step, .free = plan_free}, .steps = "bwc", .freed = &freed};

    buffer_put_text(&response.body, TEXT("a"));
    response.continuation = &plan.continuation;
    assert_int_equal(dribble_begin(&response, &real, 10), OK);
    assert_int_equal(go_on(), CONTINUATION_MORE);
    pass_us(100000);
    assert_int_equal(go_on(), CONTINUATION_MORE);
    assert_text(buffer_text(&given), "ab");
    pass_us(100000);
    assert_int_equal(go_on(), CONTINUATION_WAIT);
    assert_int_equal(response.continuation->wake_mono_us, real.mono_us + 500000);
    assert_int_equal(freed, 0);
    pass_us(500000);
    assert_int_equal(go_on(), CONTINUATION_DONE);
    assert_text(buffer_text(&given), "abc");
    assert_int_equal(freed, 1);
}

TEST(answer_that_breaks_off_does_so_after_its_pieces)
{
    int freed = 0;
    struct plan plan = {
        .continuation = {.step = plan_step, .free = plan_free}, .steps = "!", .freed = &freed};

    buffer_put_text(&response.body, TEXT("ab"));
    response.continuation = &plan.continuation;
    assert_int_equal(dribble_begin(&response, &real, 10), OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(go_on(), CONTINUATION_MORE);
        pass_us(100000);
    }
    assert_int_equal(go_on(), CONTINUATION_BROKEN);
    assert_text(buffer_text(&given), "ab");
    response_end_continuation(&response);
    assert_int_equal(freed, 1);
}

TEST(no_memory_leaves_the_answer_as_it_was)
{
    buffer_put_text(&response.body, TEXT("ab"));
    chaos_fail_at(1);
    assert_int_equal(dribble_begin(&response, &real, 10), ERR_NO_MEMORY);
    chaos_fail_at(0);
    assert_null(response.continuation);
    assert_text(buffer_text(&response.body), "ab");
}
