/* SPDX-License-Identifier: MIT
 *
 * FastCGI requests as bytes, as a front end would send them, and as none would.
 */
#ifndef WIRE_H
#define WIRE_H

#include "base/buffer.h"
#include "gateway/record.h"

enum { WIRE_MAX = 16 << 20 }; /* bytes of what a test sends */

/* Any record; the content is as long as it says. */
void wire_put_record(struct buffer *out, unsigned type, unsigned id, struct text content,
                     size_t padding);

/* BEGIN_REQUEST with a role (1: responder) and flags (1: keep the connection). */
void wire_put_begin(struct buffer *out, unsigned id, unsigned role, unsigned flags);

/* A name-value pair, of PARAMS or GET_VALUES. */
void wire_put_pair(struct buffer *out, struct text name, struct text value);

/* Content in records of at most `piece` bytes, then the empty record that ends the stream. */
void wire_put_stream(struct buffer *out, unsigned type, unsigned id, struct text content,
                     size_t piece);

/* A whole request: begin, the pairs, the body. */
void wire_put_request(struct buffer *out, unsigned id, struct text pairs, struct text body);

#endif
