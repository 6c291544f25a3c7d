/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include <string.h>

struct text text_of(const char *string)
{
    return (struct text){string, string ? strlen(string) : 0};
}

struct text text_or_empty(struct text text)
{
    return text.at ? text : TEXT("");
}

struct text text_or_absent(struct text text)
{
    return text.length > 0 ? text : (struct text){0};
}

bool text_starts_with(struct text text, struct text prefix)
{
    return text.length >= prefix.length &&
           text_equal((struct text){text.at, prefix.length}, prefix);
}

struct text text_trim_end(struct text text, char byte)
{
    while (text.length > 0 && text.at[text.length - 1] == byte)
        text.length--;
    return text;
}

struct text text_trim(struct text text, char byte)
{
    while (text.length > 0 && *text.at == byte)
        text = text_from(text, 1);
    return text_trim_end(text, byte);
}

bool text_cut(struct text *rest, char separator, struct text *head)
{
    if (!rest->at)
        return false;
    const char *end = memchr(rest->at, separator, rest->length);
    if (!end) {
        *head = *rest;
        *rest = (struct text){0};
        return true;
    }
    *head = (struct text){rest->at, (size_t)(end - rest->at)};
    *rest = text_from(*rest, head->length + 1);
    return true;
}

static bool is_ascii(char byte)
{
    return (unsigned char)byte < 0x80;
}

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

size_t text_utf8_length(struct text text)
{
    const unsigned char *b = (const unsigned char *)text.at;

    if (text.length == 0)
        return 0;
    if (b[0] < 0x80)
        return 1;
    if (b[0] < 0xC2)
        return 0; /* a stray continuation byte, or an overlong form of ASCII */
    if (b[0] < 0xE0)
        return text.length >= 2 && is_continuation(b[1]) ? 2 : 0;
    if (b[0] < 0xF0) {
        if (text.length < 3 || !is_continuation(b[1]) || !is_continuation(b[2]))
            return 0;
        if ((b[0] == 0xE0 && b[1] < 0xA0) || (b[0] == 0xED && b[1] >= 0xA0))
            return 0; /* overlong, or a surrogate */
        return 3;
    }
    if (b[0] > 0xF4 || text.length < 4)
        return 0;
    if (!is_continuation(b[1]) || !is_continuation(b[2]) || !is_continuation(b[3]))
        return 0;
    if ((b[0] == 0xF0 && b[1] < 0x90) || (b[0] == 0xF4 && b[1] >= 0x90))
        return 0; /* overlong, or past U+10FFFF */
    return 4;
}

bool text_is_utf8(struct text text)
{
    while (text.length > 0) {
        size_t n = is_ascii(*text.at) ? 1 : text_utf8_length(text);
        if (n == 0)
            return false;
        text = text_from(text, n);
    }
    return true;
}

bool text_has_control(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        if (byte >= 0x20 && byte < 0x7F)
            continue;
        if (byte <= 0x7F)
            return true;
        if (byte == 0xC2 && i + 1 < text.length && (unsigned char)text.at[i + 1] < 0xA0)
            return true; /* U+0080 to U+009F */
    }
    return false;
}

/* Decodes a character of two or three bytes. */
static unsigned code_point(const unsigned char *b, size_t length)
{
    return length == 2 ? (b[0] & 0x1Fu) << 6 | (b[1] & 0x3Fu)
                       : (b[0] & 0x0Fu) << 12 | (b[1] & 0x3Fu) << 6 | (b[2] & 0x3Fu);
}

unsigned text_disturbing(struct text text)
{
    static const struct {
        unsigned first, last;
    } ranges[] = {
        {0x0080, 0x009F}, {0x061C, 0x061C}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069},
    };
    size_t length = text_utf8_length(text);
    unsigned point = length == 2 || length == 3 ? code_point((const unsigned char *)text.at, length)
                                                : 0;

    for (size_t i = 0; point && i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return point;
    return 0;
}

bool text_to_number(struct text text, uint64_t max, uint64_t *out)
{
    uint64_t number = 0;

    if (text.length == 0 || (text.length > 1 && text.at[0] == '0'))
        return false;
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
        unsigned digit = (unsigned)(text.at[i] - '0');
        if (digit > max || number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = number;
    return true;
}
