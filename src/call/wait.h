/* SPDX-License-Identifier: MIT
 *
 * The waits of the control API, GET __admin/requests/wait and GET __admin/events/wait: an answer
 * that is given once `wanted` things have been counted, or that is a 408 `wait_timeout`.
 */
#ifndef CALL_WAIT_H
#define CALL_WAIT_H

#include "call/handler.h"

/* A waiting request. Its owner embeds it as the first member of a calloc'ed struct. */
struct wait {
    struct continuation continuation;
    const uint64_t *count; /* the things counted so far; in the owner's struct */
    uint64_t wanted;
    const char *what; /* of the sentence "1 of 2 WHAT within 5s"; static */
    /* Writes the members of the answer. */
    void (*show)(const struct wait *, struct writer *);
    /* Writes a sentence about what may be missing in the count, or "". */
    void (*explain)(const struct wait *, char out[static PROBLEM_TEXT_MAX]);
    /* Ends the counting. Called once, before the struct is freed. */
    void (*end)(struct wait *);
    int64_t timeout_ms;  /* private, like the members below */
    struct arena *arena; /* of the request */
    struct problem problem;
    bool parked;
};

/* Reads `timeout`, 5 seconds by default, from the query. Returns OK, ERR_BAD_QUERY or
 * ERR_NO_MEMORY. */
enum err wait_read_timeout(struct call *call, int64_t *timeout_ms);

/* Reads `count` and `timeout` from the query. Returns OK, ERR_BAD_QUERY or ERR_NO_MEMORY. */
enum err wait_read_query(struct call *call, uint64_t *wanted, int64_t *timeout_ms);

/* Makes the wait the response's continuation, which frees the owner's struct at its end. The owner
 * has set the members from `count` to `end`. */
void wait_begin(struct call *call, struct wait *wait, int64_t timeout_ms);

/* Wakes the request if `count` has reached `wanted`. */
void wait_counted(struct wait *wait);

#endif
