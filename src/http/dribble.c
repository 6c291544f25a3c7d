/* SPDX-License-Identifier: MIT */
#include "http/dribble.h"

#include <stdlib.h>

enum { DROPS_PER_SECOND = 10 };

struct dribble {
    struct continuation continuation;
    const struct clock *real;
    int64_t bytes_per_second;
    int64_t next_us;            /* when the next drop is due */
    struct buffer rest;         /* body bytes not sent yet */
    struct continuation *inner; /* the response's own; NULL: `rest` is the end of the body */
};

static void dribble_free(struct continuation *continuation)
{
    struct dribble *dribble = (struct dribble *)continuation;

    if (dribble->inner)
        dribble->inner->free(dribble->inner);
    buffer_free(&dribble->rest);
    free(dribble);
}

/* Gets the next piece of the body into `rest`. */
static enum continuation_step ask_inner(struct dribble *dribble, struct response *response)
{
    struct continuation *inner = dribble->inner;
    enum continuation_step step = inner->step(inner, response);

    dribble->continuation.wake_mono_us = inner->wake_mono_us;
    dribble->continuation.failure = inner->failure;
    buffer_put_text(&dribble->rest, buffer_text(&response->body));
    buffer_clear(&response->body);
    if (step == CONTINUATION_DONE) {
        inner->free(inner);
        dribble->inner = NULL;
    }
    return dribble->rest.failed ? CONTINUATION_BROKEN : step;
}

/* Sends a drop, and sets the time of the next one. */
static void drop(struct dribble *dribble, struct response *response)
{
    int64_t bytes = dribble->bytes_per_second / DROPS_PER_SECOND;

    if (bytes < 1)
        bytes = 1;
    if ((uint64_t)bytes > dribble->rest.length)
        bytes = (int64_t)dribble->rest.length;
    buffer_put(&response->body, dribble->rest.bytes, (size_t)bytes);
    buffer_drop(&dribble->rest, (size_t)bytes);
    dribble->next_us = dribble->real->mono_us + bytes * 1000000 / dribble->bytes_per_second;
}

static enum continuation_step step(struct continuation *continuation, struct response *response)
{
    struct dribble *dribble = (struct dribble *)continuation;

    if (dribble->real->mono_us < dribble->next_us) {
        continuation->wake_mono_us = dribble->next_us;
        return CONTINUATION_WAIT;
    }
    while (dribble->rest.length == 0 && dribble->inner) {
        enum continuation_step asked = ask_inner(dribble, response);
        if (asked != CONTINUATION_MORE && asked != CONTINUATION_DONE)
            return asked;
    }
    drop(dribble, response);
    return dribble->rest.length > 0 || dribble->inner ? CONTINUATION_MORE : CONTINUATION_DONE;
}

enum err dribble_begin(struct response *response, const struct clock *real,
                       int64_t bytes_per_second)
{
    struct dribble *dribble = malloc(sizeof(*dribble));

    if (!dribble || response->body.failed) {
        free(dribble);
        return ERR_NO_MEMORY;
    }
    *dribble = (struct dribble){
        .continuation = {.step = step, .free = dribble_free},
        .real = real,
        .bytes_per_second = bytes_per_second,
        .rest = response->body,
        .inner = response->continuation,
    };
    response->body = buffer_new(RESPONSE_BODY_MAX);
    response->continuation = &dribble->continuation;
    response_pass_at_once(response);
    return OK;
}
