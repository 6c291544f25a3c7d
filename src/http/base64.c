/* SPDX-License-Identifier: MIT */
#include "http/base64.h"

#include <string.h>

enum { BITS_A_DIGIT = 6, BITS_A_BYTE = 8 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const unsigned char *bytes, size_t count, char *out)
{
    for (size_t i = 0; i < count; i += 3) {
        size_t left = count - i;
        unsigned group = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? (unsigned)bytes[i + 2] : 0);
        *out++ = digits[group >> 18];
        *out++ = digits[group >> 12 & 63];
        *out++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[group & 63] : '=';
    }
    *out = '\0';
}

static int digit_value(char digit)
{
    const char *at = digit == '-'   ? digits + 62
                     : digit == '_' ? digits + 63
                     : digit        ? strchr(digits, digit)
                                    : NULL;

    return at ? (int)(at - digits) : -1;
}

bool base64_decode(struct text encoded, struct arena *arena, struct text *out)
{
    struct text given = text_trim_end(encoded, '=');
    char *bytes = arena_alloc(arena, given.length * BITS_A_DIGIT / BITS_A_BYTE + 1);
    unsigned group = 0, bits = 0;
    size_t used = 0;

    if (!bytes || given.length % 4 == 1 || encoded.length - given.length > 2)
        return false;
    for (size_t i = 0; i < given.length; i++) {
        int value = digit_value(given.at[i]);
        if (value < 0)
            return false;
        group = group << BITS_A_DIGIT | (unsigned)value;
        bits += BITS_A_DIGIT;
        if (bits >= BITS_A_BYTE) {
            bits -= BITS_A_BYTE;
            bytes[used++] = (char)(group >> bits & 0xFF);
        }
    }
    *out = (struct text){bytes, used};
    return true;
}
