/* SPDX-License-Identifier: MIT
 *
 * Watches a connection's bytes until one whole request is at their front, so that libfcgi, which
 * trusts whatever it is given, only ever sees a request that is sound: known records in the right
 * order, lengths that fit, bounds kept. What does not belong to the request is answered or thrown
 * away here. Pure: no socket.
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
    struct body_limits bodies; /* a longer body is counted and thrown away */
    size_t requests_max;       /* what GET_VALUES is told */
};

struct intake {
    const struct intake_limits *limits;
    bool open;    /* a request has begun */
    bool refused; /* nothing of it is kept */
    bool keep;    /* the connection stays open after it */
    bool params_ended;
    bool ended; /* the record that ends the body is there; without it CONTENT_LENGTH ended it */
    unsigned id;
    size_t walked; /* bytes at the front that are looked at and belong to the request */
    size_t params_bytes;
    size_t overhead_bytes;
    uint64_t body_bytes; /* as they arrived */
    uint64_t body_max;   /* bytes; 0 until the body first exceeds the normal limit */
    bool body_dropped;   /* it was too long, or in too small pieces */
    struct pairs pairs;
};

enum intake_event {
    INTAKE_MORE,    /* more bytes are needed */
    INTAKE_REQUEST, /* the first `walked` bytes are a whole request (none when it is refused) */
    INTAKE_ABORTED, /* the client has given the request up; it is answered */
    INTAKE_CLOSE,   /* a role that is not ours and no kept connection: close after the answer */
    INTAKE_HOSTILE, /* no client of FastCGI sends this: close */
};

struct intake intake_new(const struct intake_limits *limits);

/* How many bytes the buffer of a connection may hold. */
size_t intake_buffer_max(const struct intake_limits *limits);

/* Walks on over what is in `in`. Answers to what is no request go to `out`. `refuse` says that a
 * request that begins now is past the limit of open ones. After INTAKE_REQUEST or INTAKE_ABORTED
 * the caller drops `walked` bytes and calls intake_restart. */
enum intake_event intake_walk(struct intake *intake, struct buffer *in, struct buffer *out,
                              bool refuse);
void intake_restart(struct intake *intake);

/* For the bytes behind a request that CONTENT_LENGTH ended: drops the whole records of its body off
 * their front. True when the last of them was the body's end. */
bool intake_drop_rest(struct buffer *in, unsigned id);

/* For the bytes behind a request that is being served: true if they begin with a whole
 * ABORT_REQUEST for it; it is dropped. */
bool intake_take_abort(struct buffer *in, unsigned id);

#endif
