/* SPDX-License-Identifier: MIT
 *
 * Writes JSON (RFC 8259) directly into a buffer, without a tree. The writer adds the commas; the
 * caller closes objects and arrays. A buffer that has failed stays failed, so the caller checks it
 * once, at the end.
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
    bool comma;         /* the next value or key needs a comma before it */
};

static inline struct writer writer_new(struct buffer *out)
{
    return (struct writer){.out = out};
}

/* Returns a writer that continues an array or object whose beginning was written before, perhaps to
 * a buffer that has been sent. `after_a_value`: the array or object has a value already. */
static inline struct writer writer_resume(struct buffer *out, bool after_a_value)
{
    return (struct writer){.out = out, .comma = after_a_value};
}

void writer_object(struct writer *writer);
void writer_end_object(struct writer *writer);
void writer_array(struct writer *writer);
void writer_end_array(struct writer *writer);

/* Writes the key of a member; its value must follow. `literal` is a string literal that needs no
 * escaping. Returns `writer`. */
#define writer_key(writer, literal) writer_quoted_key(writer, TEXT(",\"" literal "\":"))
/* For writer_key: `quoted` begins with the comma, which is left out if none is needed. */
struct writer *writer_quoted_key(struct writer *writer, struct text quoted);

/* Writes a key that may need escaping. */
void writer_text_key(struct writer *writer, struct text key);

/* Write a value. writer_text writes an absent text as null. writer_texts writes an array. */
void writer_text(struct writer *writer, struct text value);
void writer_texts(struct writer *writer, const struct text *values, size_t count);
/* Writes two texts as one string. `prefix` must need no escaping. */
void writer_prefixed_text(struct writer *writer, struct text prefix, struct text value);
/* Write the quotes of a string. Between the two calls the caller writes its content to writer->out,
 * escaped. */
void writer_begin_text(struct writer *writer);
void writer_end_text(struct writer *writer);
void writer_number(struct writer *writer, int64_t value);
/* Writes the number, or null for 0. */
void writer_number_or_null(struct writer *writer, int64_t value);
/* Writes a finite number in the fewest digits that read back as the same number. */
void writer_real(struct writer *writer, double value);
void writer_bool(struct writer *writer, bool value);
void writer_null(struct writer *writer);

/* Write a time, in milliseconds since 1970, in RFC 3339. writer_time writes 0 as null;
 * writer_known_time writes it as a time. */
void writer_time(struct writer *writer, int64_t wall_ms);
void writer_known_time(struct writer *writer, int64_t wall_ms);

/* Writes a value that is valid JSON already. */
void writer_raw(struct writer *writer, struct text json);

/* Writes the members of an object that is valid JSON already, without white space around it. */
void writer_members(struct writer *writer, struct text object);

/* Write a member: the key as writer_key does, then the value as the function of the same name does.
 * For an object or an array, they only open it. */
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
