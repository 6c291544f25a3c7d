/* SPDX-License-Identifier: MIT */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { CAPACITY_MIN = 256 };

struct buffer buffer_new(size_t max_bytes)
{
    return (struct buffer){.max = max_bytes};
}

struct buffer buffer_on(char *bytes, size_t size)
{
    return (struct buffer){.bytes = bytes, .capacity = size, .max = size};
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = buffer_new(buffer->max);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = buffer->no_memory = false;
}

bool buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->failed)
        return false;
    if (buffer->capacity - buffer->length >= more)
        return true;
    if (buffer->max - buffer->length < more) {
        buffer->failed = true;
        return false;
    }
    size_t capacity = buffer->capacity ? buffer->capacity : CAPACITY_MIN;
    while (capacity - buffer->length < more)
        capacity *= 2;
    if (capacity > buffer->max)
        capacity = buffer->max;
    char *bytes = realloc(buffer->bytes, capacity);
    if (!bytes) {
        buffer->failed = buffer->no_memory = true;
        return false;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

void buffer_drop(struct buffer *buffer, size_t count)
{
    if (count == 0)
        return;
    buffer->length -= count;
    memmove(buffer->bytes, buffer->bytes + count, buffer->length);
}

void buffer_shrink(struct buffer *buffer, size_t slack_bytes)
{
    if (buffer->length == 0 || buffer->capacity - buffer->length <= slack_bytes)
        return;
    char *bytes = realloc(buffer->bytes, buffer->length);
    if (!bytes)
        return;
    buffer->bytes = bytes;
    buffer->capacity = buffer->length;
}

void buffer_trim(struct buffer *buffer, size_t keep_bytes)
{
    if (buffer->length == 0 && buffer->capacity > keep_bytes)
        buffer_free(buffer);
}

void buffer_put_number(struct buffer *buffer, int64_t number)
{
    static const char two[] = "00010203040506070809101112131415161718192021222324"
                              "25262728293031323334353637383940414243444546474849"
                              "50515253545556575859606162636465666768697071727374"
                              "75767778798081828384858687888990919293949596979899";
    char digits[20];
    size_t at = sizeof(digits);
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    for (; rest >= 10; rest /= 100)
        memcpy(digits + (at -= 2), two + 2 * (rest % 100), 2);
    if (rest > 0 || at == sizeof(digits))
        digits[--at] = (char)('0' + rest);
    if (number < 0)
        digits[--at] = '-';
    buffer_put(buffer, digits + at, sizeof(digits) - at);
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    /* One byte more, for the NUL that vsnprintf writes and does not count. */
    if (length < 0 || !buffer_reserve(buffer, (size_t)length + 1)) {
        buffer->failed = true;
        return;
    }
    va_start(args, format);
    vsnprintf(buffer->bytes + buffer->length, (size_t)length + 1, format, args);
    va_end(args);
    buffer->length += (size_t)length;
}

/* How each byte is written in a JSON string: 0: as it is; 'u': as \u00XX; another letter: as that
 * letter after a backslash. 8: it is not ASCII. */
static const char escapes[256] = {
    [0 ... 7] = 'u', ['\b'] = 'b',      ['\t'] = 't', ['\n'] = 'n',  [11] = 'u',  ['\f'] = 'f',
    ['\r'] = 'r',    [14 ... 31] = 'u', ['"'] = '"',  ['\\'] = '\\', [127] = 'u', [128 ... 255] = 8,
};

static void put_hex_escape(struct buffer *buffer, unsigned code_point)
{
    static const char hex[] = "0123456789abcdef";
    const char escape[6] = {'\\',
                            'u',
                            hex[code_point >> 12 & 15],
                            hex[code_point >> 8 & 15],
                            hex[code_point >> 4 & 15],
                            hex[code_point & 15]};
    buffer_put(buffer, escape, sizeof(escape));
}

/* Writes the first character of `text`, which is not plain. Returns its length in bytes. */
static size_t put_special(struct buffer *buffer, struct text text)
{
    const unsigned char *b = (const unsigned char *)text.at;

    if (b[0] < 128) {
        if (escapes[b[0]] == 'u')
            put_hex_escape(buffer, b[0]);
        else
            buffer_put(buffer, (const char[]){'\\', escapes[b[0]]}, 2);
        return 1;
    }
    size_t n = text_utf8_length(text);
    if (n == 0) {
        put_hex_escape(buffer, 0xFFFD);
        return 1;
    }
    unsigned disturbing = text_disturbing(text);
    if (disturbing)
        put_hex_escape(buffer, disturbing);
    else
        buffer_put(buffer, b, n);
    return n;
}

void buffer_put_escaped(struct buffer *buffer, struct text text)
{
    while (text.length > 0) {
        size_t plain = 0;
        while (plain < text.length && !escapes[(unsigned char)text.at[plain]])
            plain++;
        buffer_put(buffer, text.at, plain);
        text = text_from(text, plain);
        if (text.length > 0)
            text = text_from(text, put_special(buffer, text));
    }
}
