/* SPDX-License-Identifier: MIT
 *
 * Writes JSON (RFC 8259) into a buffer as it goes, without a tree. Commas are its own business;
 * that objects and arrays are closed is the caller's. A failed buffer stays failed, so a view
 * writes to its end and the caller looks once.
 */
#ifndef JSON_WRITER_H
#define JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"

struct writer {
    struct buffer *out; /* borrowed */
    bool comma;         /* a value stands before the next one */
};

static inline struct writer writer_new(struct buffer *out)
{
    return (struct writer){.out = out};
}

/* Goes on inside an array or object whose earlier members are no longer in the buffer. */
static inline struct writer writer_resume(struct buffer *out, bool after_a_value)
{
    return (struct writer){.out = out, .comma = after_a_value};
}

void writer_object(struct writer *writer);
void writer_end_object(struct writer *writer);
void writer_array(struct writer *writer);
void writer_end_array(struct writer *writer);

/* Writes the key of the member that follows; `literal` is a string literal of ours that needs no
 * escape. Returns `writer`. */
#define writer_key(writer, literal) writer_quoted_key(writer, TEXT("\"" literal "\":"))
struct writer *writer_quoted_key(struct writer *writer, struct text quoted);

/* A key that came from a client. */
void writer_text_key(struct writer *writer, struct text key);

/* Values. An absent text is null; texts are an array. */
void writer_text(struct writer *writer, struct text value);
void writer_texts(struct writer *writer, const struct text *values, size_t count);
/* A text of ours that needs no escape, and a client's behind it, as one. */
void writer_prefixed_text(struct writer *writer, struct text prefix, struct text value);
/* A text that is put together in place: between the two the caller writes to writer->out,
 * escaped where that is needed. */
void writer_begin_text(struct writer *writer);
void writer_end_text(struct writer *writer);
void writer_number(struct writer *writer, int64_t value);
/* The number, or null for 0, which stands for "none". */
void writer_number_or_null(struct writer *writer, int64_t value);
/* A finite number in the fewest digits that read back as the same. */
void writer_real(struct writer *writer, double value);
void writer_bool(struct writer *writer, bool value);
void writer_null(struct writer *writer);

/* A time in milliseconds since 1970, as RFC 3339. For writer_time 0 stands for "not known" and is
 * null; for writer_known_time it is a time. */
void writer_time(struct writer *writer, int64_t wall_ms);
void writer_known_time(struct writer *writer, int64_t wall_ms);

/* A value that is JSON already, made by us. */
void writer_raw(struct writer *writer, struct text json);

/* Write a member: the key as writer_key does, then the value as the function of the same name does.
 * An object or an array is only opened. */
#define writer_member_text(writer, key, value) writer_text(writer_key(writer, key), value)
#define writer_member_texts(writer, key, values, count) \
    writer_texts(writer_key(writer, key), values, count)
#define writer_member_number(writer, key, value) writer_number(writer_key(writer, key), value)
#define writer_member_real(writer, key, value) writer_real(writer_key(writer, key), value)
#define writer_member_bool(writer, key, value) writer_bool(writer_key(writer, key), value)
#define writer_member_number_or_null(writer, key, value) \
    writer_number_or_null(writer_key(writer, key), value)
#define writer_member_time(writer, key, wall_ms) writer_time(writer_key(writer, key), wall_ms)
#define writer_member_known_time(writer, key, wall_ms) \
    writer_known_time(writer_key(writer, key), wall_ms)
#define writer_member_raw(writer, key, json) writer_raw(writer_key(writer, key), json)
#define writer_member_object(writer, key) writer_object(writer_key(writer, key))
#define writer_member_array(writer, key) writer_array(writer_key(writer, key))

#endif
