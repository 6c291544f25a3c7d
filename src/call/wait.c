/* SPDX-License-Identifier: MIT */
#include "call/wait.h"

#include <stdlib.h>

#include "base/duration.h"

enum {
    COUNT_MAX = 1000000,
    TIMEOUT_BY_DEFAULT_MS = 5 * 1000,
    TIMEOUT_MAX_MS = 4 * 60 * 1000, /* shorter than the front end's time limit */
    MEMBERS_MAX = 64 * 1024,        /* bytes; a gap repeats the client's position */
};

static bool is_over(const struct wait *wait)
{
    return *wait->count >= wait->wanted;
}

/* Answers a wait that has timed out: what was counted, and whether more may have been missed. */
static enum continuation_step give_up(struct wait *wait)
{
    char missing[PROBLEM_TEXT_MAX], timeout[DURATION_TEXT_MAX];
    struct buffer out = buffer_new(MEMBERS_MAX);
    struct writer writer = writer_new(&out);

    wait->show(wait, &writer);
    wait->explain(wait, missing);
    duration_write(wait->timeout_ms, timeout);
    problem_set(&wait->problem, ERR_WAIT_TIMEOUT, "%llu of %llu %s within %s%s%s",
                (unsigned long long)*wait->count, (unsigned long long)wait->wanted, wait->what,
                timeout, missing[0] ? "; " : "", missing);
    problem_set_members(&wait->problem, arena_take(wait->arena, &out));
    wait->continuation.failure = &wait->problem;
    return CONTINUATION_FAILED;
}

static enum continuation_step step(struct continuation *continuation, struct response *response)
{
    struct wait *wait = (struct wait *)continuation;

    if (!is_over(wait) && !wait->parked) {
        wait->parked = true;
        return CONTINUATION_WAIT;
    }
    if (!is_over(wait))
        return give_up(wait);
    struct writer writer = answer_begin(response, 200);
    wait->show(wait, &writer);
    writer_end_object(&writer);
    return CONTINUATION_DONE;
}

static void wait_free(struct continuation *continuation)
{
    struct wait *wait = (struct wait *)continuation;

    wait->end(wait);
    free(wait);
}

enum err wait_read_timeout(struct call *call, int64_t *timeout_ms)
{
    char fault[DURATION_FAULT_MAX];
    struct text text;
    enum err err = call_query(call, "timeout", &text);

    *timeout_ms = TIMEOUT_BY_DEFAULT_MS;
    if (err || text.length == 0 || duration_read(text, TIMEOUT_MAX_MS, timeout_ms))
        return err;
    duration_fault(text, TIMEOUT_MAX_MS, fault);
    return call_refuse_parameter(call, "timeout", text, fault);
}

enum err wait_read_query(struct call *call, uint64_t *wanted, int64_t *timeout_ms)
{
    int64_t count = 1;
    enum err err = call_query_number(call, "count", 1, COUNT_MAX, &count);

    *wanted = (uint64_t)count;
    return err ? err : wait_read_timeout(call, timeout_ms);
}

void wait_begin(struct call *call, struct wait *wait, int64_t timeout_ms)
{
    wait->continuation.step = step;
    wait->continuation.free = wait_free;
    wait->continuation.wake_mono_us = call->clock->mono_us + timeout_ms * 1000;
    wait->timeout_ms = timeout_ms;
    wait->arena = call->arena;
    call->response->continuation = &wait->continuation;
}

void wait_counted(struct wait *wait)
{
    if (is_over(wait) && wait->continuation.wake) /* not parked yet: nothing to wake */
        wait->continuation.wake(&wait->continuation);
}
