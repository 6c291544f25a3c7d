/* SPDX-License-Identifier: MIT
 *
 * FastCGI records as bytes (FastCGI Specification 1.0, sections 3 to 5, and 8). Does no input or
 * output.
 */
#ifndef GATEWAY_RECORD_H
#define GATEWAY_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum { RECORD_HEADER_BYTES = 8, RECORD_VERSION = 1, RECORD_CONTENT_MAX = 65528 };

enum record_type {
    RECORD_BEGIN_REQUEST = 1,
    RECORD_ABORT_REQUEST = 2,
    RECORD_END_REQUEST = 3,
    RECORD_PARAMS = 4,
    RECORD_STDIN = 5,
    RECORD_STDOUT = 6,
    RECORD_STDERR = 7,
    RECORD_DATA = 8,
    RECORD_GET_VALUES = 9,
    RECORD_GET_VALUES_RESULT = 10,
    RECORD_UNKNOWN_TYPE = 11,
};

/* How a request ended, in END_REQUEST. */
enum record_end { RECORD_COMPLETE = 0, RECORD_CANT_MULTIPLEX = 1, RECORD_UNKNOWN_ROLE = 3 };

struct record {
    unsigned version;
    unsigned type; /* an enum record_type, or an unknown one */
    unsigned id;   /* of the request; 0 for management */
    size_t content_bytes;
    size_t padding_bytes;
};

struct record record_read_header(const unsigned char bytes[static RECORD_HEADER_BYTES]);

/* Returns how many bytes header, content and padding have. */
size_t record_total_bytes(const struct record *record);

/* Begins a STDOUT record. The caller appends its content, at most RECORD_CONTENT_MAX bytes, and
 * then calls record_close with the value returned. */
size_t record_open_stdout(struct buffer *out, unsigned id);
void record_close(struct buffer *out, size_t opened);

/* Writes STDOUT records of at most RECORD_CONTENT_MAX bytes each; none for no content. */
void record_put_stdout(struct buffer *out, unsigned id, const void *bytes, size_t count);

/* Writes the empty record that closes STDOUT, then END_REQUEST. */
void record_put_end(struct buffer *out, unsigned id);

/* Writes END_REQUEST alone, for a request that is refused or aborted. */
void record_put_refusal(struct buffer *out, unsigned id, enum record_end how);

/* Writes a byte that begins no record; the caller then closes the connection. It breaks off an
 * answer that nginx passes on at once: without the byte, nginx takes the closed connection for the
 * answer's end. */
void record_put_break(struct buffer *out);

/* Answers a GET_VALUES with the content `names`, which must be well-formed. Leaves out unknown
 * names. */
void record_put_values(struct buffer *out, struct text names, size_t requests_max);

/* Answers a management record of an unknown type. */
void record_put_unknown_type(struct buffer *out, unsigned type);

/* Cuts a name-value pair off the front of `rest` (section 3.4). Returns false if there is no whole
 * one. */
bool record_cut_pair(struct text *rest, struct text *name, struct text *value);

#endif
