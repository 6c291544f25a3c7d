/* SPDX-License-Identifier: MIT */
#include "gateway/pairs.h"

#include <string.h>

#include "base/text.h"

static const struct text content_length = TEXT("CONTENT_LENGTH");

static size_t read_length(const unsigned char *b)
{
    return b[0] < 0x80
               ? b[0]
               : (size_t)(b[0] & 0x7F) << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

static size_t length_bytes(unsigned char first)
{
    return first < 0x80 ? 1 : 4;
}

/* Takes one byte of a pair's lengths. Returns true once both are known. */
static bool take_length(struct pairs *pairs, unsigned char byte)
{
    const unsigned char *b = pairs->length;

    pairs->length[pairs->have++] = byte;
    size_t name_bytes = length_bytes(b[0]);
    if (pairs->have <= name_bytes || pairs->have < name_bytes + length_bytes(b[name_bytes]))
        return false;
    pairs->have = 0;
    pairs->name_bytes = pairs->name_left = read_length(b);
    pairs->value_left = read_length(b + name_bytes);
    pairs->has_bad_name |= pairs->name_bytes == 0;
    pairs->is_content_length = pairs->name_bytes == content_length.length;
    return true;
}

static size_t take_name(struct pairs *pairs, const unsigned char *content, size_t count)
{
    size_t taken = pairs->name_left < count ? pairs->name_left : count;

    pairs->has_bad_name |= memchr(content, '=', taken) != NULL;
    pairs->has_nul |= memchr(content, '\0', taken) != NULL;
    if (pairs->is_content_length)
        pairs->is_content_length =
            memcmp(content, content_length.at + (pairs->name_bytes - pairs->name_left), taken) == 0;
    pairs->name_left -= taken;
    if (pairs->name_left == 0 && pairs->is_content_length)
        pairs->number_length = 0;
    return taken;
}

static size_t take_value(struct pairs *pairs, const unsigned char *content, size_t count)
{
    size_t taken = pairs->value_left < count ? pairs->value_left : count;

    pairs->has_nul |= memchr(content, '\0', taken) != NULL;
    if (pairs->is_content_length) {
        size_t room = PAIRS_NUMBER_MAX - pairs->number_length, kept = taken < room ? taken : room;
        memcpy(pairs->number + pairs->number_length, content, kept);
        pairs->number_length += kept;
    }
    pairs->value_left -= taken;
    return taken;
}

/* Takes whole pairs with short names and short values, as nearly all are, up to one that is not
 * such a pair or that is CONTENT_LENGTH. Returns their bytes. */
static size_t take_short_pairs(struct pairs *pairs, const unsigned char *content, size_t count)
{
    bool has_nul = false, has_bad_name = false;
    size_t taken = 0;

    while (count - taken >= 2 && content[taken] < 0x80 && content[taken + 1] < 0x80) {
        const unsigned char *name = content + taken + 2;
        size_t name_bytes = content[taken], bytes = name_bytes + content[taken + 1];
        if (count - taken - 2 < bytes || (name_bytes == content_length.length &&
                                          memcmp(name, content_length.at, name_bytes) == 0))
            break;
        has_bad_name |= name_bytes == 0 || memchr(name, '=', name_bytes) != NULL;
        has_nul |= memchr(name, '\0', bytes) != NULL;
        taken += 2 + bytes;
    }
    pairs->has_bad_name |= has_bad_name;
    pairs->has_nul |= has_nul;
    return taken;
}

bool pairs_walk(struct pairs *pairs, const unsigned char *content, size_t count, size_t bytes_max)
{
    while (count > 0) {
        size_t taken = 0;
        if (pairs->name_left > 0)
            taken = take_name(pairs, content, count);
        else if (pairs->value_left > 0)
            taken = take_value(pairs, content, count);
        else if (pairs->have == 0)
            taken = take_short_pairs(pairs, content, count);
        if (taken == 0) {
            taken = 1;
            if (take_length(pairs, *content) &&
                (pairs->name_bytes > bytes_max || pairs->value_left > bytes_max))
                return false;
        }
        content += taken;
        count -= taken;
    }
    return true;
}

bool pairs_are_whole(const struct pairs *pairs)
{
    return pairs->have == 0 && pairs->name_left == 0 && pairs->value_left == 0;
}

bool pairs_content_length(const struct pairs *pairs, uint64_t *bytes)
{
    struct text number = {pairs->number, pairs->number_length};

    return number.length < PAIRS_NUMBER_MAX && text_to_number(number, UINT64_MAX / 2, bytes);
}
