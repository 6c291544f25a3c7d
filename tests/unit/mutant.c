/* SPDX-License-Identifier: MIT */
#include "mutant.h"

#include <string.h>

#include "unit.h"

static const char *const pieces[] = {
    "\"",      "\\",   "\\u0061", "\\u0000", "\\ud800", "\\udc00", "{",    "}",    "[",
    "]",       ",",    ":",       "-",       "+",       ".",       "e",    "0",    "9",
    "true",    "null", "NaN",     " ",       "\n",      "\x01",    "\xC3", "\xA9", "\xED\xA0\x80",
    "\"a\":1", "'",    "/*",      "\x7F",
};

static size_t change(struct dice *dice, char *text, size_t length, size_t max)
{
    size_t at = dice_roll(dice, (unsigned)length + 1), count;
    const char *piece;

    switch (dice_roll(dice, 4)) {
    case 0: /* another byte */
        if (at < length)
            text[at] = (char)dice_roll(dice, dice_roll(dice, 2) ? 128 : 256);
        return length;
    case 1: /* some bytes fewer */
        count = dice_roll(dice, 4);
        count = count < length - at ? count : length - at;
        memmove(text + at, text + at + count, length - at - count);
        return length - count;
    case 2: /* some bytes twice */
        count = dice_roll(dice, 8);
        count = count < length - at ? count : length - at;
        if (length + count > max)
            return length;
        memmove(text + at + count, text + at, length - at);
        return length + count;
    default: /* a piece more */
        piece = pieces[dice_roll(dice, UNIT_COUNT(pieces))];
        count = strlen(piece);
        if (length + count > max)
            return length;
        memmove(text + at + count, text + at, length - at);
        memcpy(text + at, piece, count);
        return length + count;
    }
}

size_t mutant_make(struct dice *dice, const char *const *seeds, size_t count, char *text,
                   size_t max)
{
    const char *seed = seeds[dice_roll(dice, (unsigned)count)];
    size_t length = strlen(seed);

    memcpy(text, seed, length);
    for (unsigned times = 1 + dice_roll(dice, 3); times > 0; times--)
        length = change(dice, text, length, max);
    return length;
}
