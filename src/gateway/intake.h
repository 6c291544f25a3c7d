/* SPDX-License-Identifier: MIT
 *
 * Walks over a connection's bytes until one whole request is at their front. libfcgi trusts its
 * input, so it only gets requests that were checked here: known records in the right order, lengths
 * that fit, limits kept. What does not belong to the request is answered or dropped here. Pure: no
 * socket.
 */
#ifndef GATEWAY_INTAKE_H
#define GATEWAY_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "gateway/pairs.h"
#include "gateway/record.h"
#include "service/service.h"

enum {
    INTAKE_PARAMS_MAX = 256 * 1024,        /* bytes of all parameters */
    INTAKE_OVERHEAD_MAX = 2 * 1024 * 1024, /* bytes of headers, padding, and room to read */
};

struct intake_limits {
    struct body_limits bodies; /* a longer body is counted and dropped */
    size_t requests_max;       /* the answer to GET_VALUES */
};

struct intake {
    const struct intake_limits *limits;
    bool open;    /* a request has begun */
    bool refused; /* nothing of the request is kept */
    bool keep;    /* the connection stays open after the request */
    bool params_ended;
    bool ended; /* the record that ends the body has come; if not, CONTENT_LENGTH ended it */
    unsigned id;
    size_t walked; /* bytes at the front that were checked and belong to the request */
    size_t params_bytes;
    size_t overhead_bytes;
    uint64_t body_bytes; /* as they arrived */
    uint64_t body_max;   /* bytes; 0 until the body first exceeds the normal limit */
    bool body_dropped;   /* too long, or in too small pieces */
    struct pairs pairs;
};

enum intake_event {
    INTAKE_MORE,    /* more bytes are needed */
    INTAKE_REQUEST, /* the first `walked` bytes are a whole request (none when it is refused) */
    INTAKE_ABORTED, /* the client aborted the request; the abort is answered */
    INTAKE_CLOSE,   /* another role on a connection that is not kept: close after the answer */
    INTAKE_HOSTILE, /* not FastCGI: close at once */
};

struct intake intake_new(const struct intake_limits *limits);

/* Returns the maximum of a connection's input buffer, in bytes. */
size_t intake_buffer_max(const struct intake_limits *limits);

/* Walks on over `in`. Answers to management records and refusals go to `out`. With `refuse`,
 * nothing is kept of a request that begins now. After INTAKE_REQUEST or INTAKE_ABORTED the caller
 * drops `walked` bytes and calls intake_restart. */
enum intake_event intake_walk(struct intake *intake, struct buffer *in, struct buffer *out,
                              bool refuse);
void intake_restart(struct intake *intake);

/* Drops whole records of the body at the front of the bytes behind a request that CONTENT_LENGTH
 * ended. Returns true once the record that ends the body was dropped. */
bool intake_drop_rest(struct buffer *in, unsigned id);

/* Drops a whole ABORT_REQUEST for the request that is being served, at the front of the bytes
 * behind it. Returns false if there is none. */
bool intake_take_abort(struct buffer *in, unsigned id);

#endif
