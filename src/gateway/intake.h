/* SPDX-License-Identifier: MIT
 *
 * Walks over a connection's bytes until one whole request is at their front. libfcgi trusts its
 * input, so it only gets requests that were checked here: known records in the right order, lengths
 * that fit, limits kept. Records that do not belong to the request are answered or dropped here.
 * Does no input or output.
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
    size_t requests_max;       /* reported in the answer to GET_VALUES */
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
    uint64_t body_bytes; /* that have arrived */
    uint64_t body_max;   /* bytes; 0 until the body first exceeds the normal limit */
    bool body_dropped;   /* the body is too long, or came in too small pieces */
    struct pairs pairs;
};

enum intake_event {
    INTAKE_MORE,    /* more bytes are needed */
    INTAKE_REQUEST, /* the first `walked` bytes are a whole request (none when it is refused) */
    INTAKE_ABORTED, /* the client aborted the request; the abort is answered */
    INTAKE_CLOSE,   /* a refused role, and the connection is not kept: close it after the answer */
    INTAKE_HOSTILE, /* not FastCGI: close at once */
};

struct intake intake_new(const struct intake_limits *limits);

/* Returns the maximum of a connection's input buffer, in bytes. */
size_t intake_buffer_max(const struct intake_limits *limits);

/* Continues to walk over `in`. Appends the answers to management records, and refusals, to `out`.
 * With `refuse`, a request that begins now is refused, and nothing of it is kept. After
 * INTAKE_REQUEST or INTAKE_ABORTED the caller drops `walked` bytes and calls intake_restart. */
enum intake_event intake_walk(struct intake *intake, struct buffer *in, struct buffer *out,
                              bool refuse);
void intake_restart(struct intake *intake);

/* Drops whole records of the body from the front of `in`, after a request that CONTENT_LENGTH ended
 * was taken out. Returns true once the record that ends the body was dropped. */
bool intake_drop_rest(struct buffer *in, unsigned id);

/* Drops a whole ABORT_REQUEST from the front of `in`, for the request that is being served. Returns
 * false if there is none. */
bool intake_take_abort(struct buffer *in, unsigned id);

#endif
