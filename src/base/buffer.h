/* SPDX-License-Identifier: MIT
 *
 * A growing byte buffer with a maximum. A write that exceeds the maximum, or for which there is no
 * memory, sets `failed`; later writes do nothing. So a caller writes everything and checks `failed`
 * once, at the end.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

struct buffer {
    char *bytes;
    size_t length;
    size_t capacity;
    size_t max; /* bytes */
    bool failed;
    bool no_memory; /* failed out of memory, not because of `max` */
};

/* Returns an empty buffer that can grow to `max_bytes`. It has allocated nothing yet. */
struct buffer buffer_new(size_t max_bytes);

/* Returns an empty buffer that writes into the caller's `size` bytes. It never allocates, and must
 * not be freed. */
struct buffer buffer_on(char *bytes, size_t size);

/* Frees the bytes and leaves an empty buffer with the same maximum. A zeroed buffer is legal. */
void buffer_free(struct buffer *buffer);

/* Empties the buffer and clears `failed`. Keeps the allocated memory. */
void buffer_clear(struct buffer *buffer);

/* Makes room for `more` further bytes. Returns false, with `failed` set, if it can't. */
bool buffer_reserve(struct buffer *buffer, size_t more);

/* Removes the first `count` bytes. The buffer has at least as many. */
void buffer_drop(struct buffer *buffer, size_t count);

/* Frees the unused capacity of a buffer that is not empty, if it exceeds `slack_bytes`. Does
 * nothing if out of memory. */
void buffer_shrink(struct buffer *buffer, size_t slack_bytes);

/* Frees the memory of an empty buffer whose capacity exceeds `keep_bytes`. */
void buffer_trim(struct buffer *buffer, size_t keep_bytes);

/* Append a number in decimal, and text formatted as printf does. buffer_printf needs room for one
 * byte more than it appends. */
void buffer_put_number(struct buffer *buffer, int64_t number);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Appends `text` as the inside of a JSON string (RFC 8259, section 7), without the quotes. Escapes
 * the quote, the backslash, the control characters (C0 and DEL) and the characters that
 * text_disturbing finds. A byte that is not UTF-8 becomes U+FFFD. So the result is one line, and a
 * terminal shows it in reading order. The JSON writer and the log both use this function; no other
 * function escapes. */
void buffer_put_escaped(struct buffer *buffer, struct text text);

/* Append bytes, a text, and one byte. */
static inline void buffer_put(struct buffer *buffer, const void *bytes, size_t count)
{
    if (count == 0 || buffer->failed)
        return;
    if (buffer->capacity - buffer->length < count && !buffer_reserve(buffer, count))
        return;
    memcpy(buffer->bytes + buffer->length, bytes, count);
    buffer->length += count;
}

static inline void buffer_put_text(struct buffer *buffer, struct text text)
{
    buffer_put(buffer, text.at, text.length);
}

static inline void buffer_put_char(struct buffer *buffer, char byte)
{
    buffer_put(buffer, &byte, 1);
}

/* Returns the whole content, borrowed until the next write. */
static inline struct text buffer_text(const struct buffer *buffer)
{
    return (struct text){buffer->bytes ? buffer->bytes : "", buffer->length};
}

#endif
