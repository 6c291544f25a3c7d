/* SPDX-License-Identifier: MIT
 *
 * A growing run of bytes with a named maximum. Writing past the maximum, or without memory, sets
 * `failed` and from then on nothing is written; so a caller writes all it has to and looks at
 * `failed` once at the end.
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
    size_t max; /* bytes it may ever hold */
    bool failed;
    bool no_memory; /* and not for its maximum */
};

/* An empty buffer that has allocated nothing yet. */
struct buffer buffer_new(size_t max_bytes);

/* An empty buffer over `size` bytes of the caller's. It never allocates, and is not freed. */
struct buffer buffer_on(char *bytes, size_t size);

/* Frees the bytes and leaves an empty buffer of the same maximum; a zeroed buffer is legal. */
void buffer_free(struct buffer *buffer);

/* Empties it and forgets a failure; what it has allocated stays. */
void buffer_clear(struct buffer *buffer);

/* Makes room for `more` bytes behind what is there; false (and failed) where that can't be. */
bool buffer_reserve(struct buffer *buffer, size_t more);

/* Drops `count` bytes from the front. */
void buffer_drop(struct buffer *buffer, size_t count);

/* Gives back the memory that is not in use, where that is more than `slack` bytes. Without memory
 * to move into it stays as it is. */
void buffer_shrink(struct buffer *buffer, size_t slack_bytes);

/* Gives memory back when it holds more than `keep_bytes` of it and is empty. */
void buffer_trim(struct buffer *buffer, size_t keep_bytes);

void buffer_put_number(struct buffer *buffer, int64_t number);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The text between the quotes of a JSON string (RFC 8259, section 7): quote, backslash and every
 * control character (C0, DEL, and those of text_disturbing) are escaped and bytes that are not
 * UTF-8 become U+FFFD, so the result is one printable line in its reading order. This is the only
 * escaping function: the JSON writer and the log share it. */
void buffer_put_escaped(struct buffer *buffer, struct text text);

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

/* All of it as a text, borrowed until the next write. */
static inline struct text buffer_text(const struct buffer *buffer)
{
    return (struct text){buffer->bytes ? buffer->bytes : "", buffer->length};
}

#endif
