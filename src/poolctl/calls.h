/* SPDX-License-Identifier: MIT
 *
 * Many HTTP requests at once, for the relay, with libcurl's multi interface. Each request has a
 * connection of its own and is sent once: no redirect is followed, nothing is repeated, and no
 * proxy is used.
 */
#ifndef POOLCTL_CALLS_H
#define POOLCTL_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct calls;

/* What a POST came to. */
struct call_result {
    int status;            /* of HTTP; 0: there was no whole answer */
    int64_t retry_after_s; /* from the answer; 0: none */
    struct buffer body;    /* the beginning of the answer; borrowed for the call */
    const char *error;     /* why there was no answer; static; NULL: there was one */
    bool is_refused;       /* the host resolves to addresses outside the loopback only */
};

/* A POST. All texts are copied. */
struct call_request {
    const char *url;
    struct text body;           /* JSON; empty: none */
    const char *const *headers; /* lines, ended by NULL */
    const char *ca_file;        /* certificates to trust, in PEM; NULL: those of the system */
    int64_t timeout_ms;
    size_t answer_max;     /* bytes of the answer that are kept */
    bool is_loopback_only; /* connect only to addresses of the loopback */
    /* Called once, by calls_run; it may start other requests. */
    void (*done)(void *context, const struct call_result *result);
    void *context;
};

/* Returns NULL without memory. */
struct calls *calls_new(void);

/* Ends all requests, without a call of `done`. NULL is legal. */
void calls_free(struct calls **calls);

/* Starts a request. Returns false without memory; `done` is not called then. */
bool calls_start(struct calls *calls, const struct call_request *request);

/* Ends the requests with this context, without a call of `done`. */
void calls_cancel(struct calls *calls, const void *context);

/* Waits until something happens on a request or on `fd`, at most `timeout_ms`, and calls `done` for
 * the requests that have ended. Returns true if `fd` can be read. */
bool calls_run(struct calls *calls, int fd, int timeout_ms);

#endif
