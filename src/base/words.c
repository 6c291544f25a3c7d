/* SPDX-License-Identifier: MIT */
#include "base/words.h"

#include <stdint.h>
#include <stdio.h>

size_t words_find(const char *const *words, struct text word)
{
    size_t i = 0;

    while (words[i] && !text_equal(word, text_of(words[i])))
        i++;
    return i;
}

const char *words_nearest(const char *const *words, struct text word)
{
    size_t least = word.length / 3 + 1;
    const char *nearest = NULL;

    for (size_t i = 0; words[i]; i++) {
        size_t distance = words_distance(word, text_of(words[i]));
        if (distance < least) {
            least = distance;
            nearest = words[i];
        }
    }
    return nearest;
}

void words_write(const char *const *words, const char *lead, char *out, size_t size)
{
    size_t length = (size_t)snprintf(out, size, "%s%s", lead, words[0] ? "" : "nothing");

    for (size_t i = 0; words[i] && length < size; i++) {
        const char *joint = i == 0 ? "" : words[i + 1] ? ", " : " or ";
        length += (size_t)snprintf(out + length, size - length, "%s%s", joint, words[i]);
    }
}

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The optimal string alignment distance, computed row by row: `at[i][j]` is the distance between
 * a's first i bytes and b's first j. */
size_t words_distance(struct text a, struct text b)
{
    size_t at[WORDS_DISTANCE_MAX + 1][WORDS_DISTANCE_MAX + 1];

    if (a.length > WORDS_DISTANCE_MAX || b.length > WORDS_DISTANCE_MAX)
        return SIZE_MAX;
    for (size_t i = 0; i <= a.length; i++) {
        for (size_t j = 0; j <= b.length; j++) {
            if (i == 0 || j == 0) {
                at[i][j] = i + j;
                continue;
            }
            at[i][j] = least_of(at[i - 1][j - 1] + (a.at[i - 1] != b.at[j - 1]),
                                least_of(at[i - 1][j], at[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a.at[i - 1] == b.at[j - 2] && a.at[i - 2] == b.at[j - 1])
                at[i][j] = least_of(at[i][j], at[i - 2][j - 2] + 1);
        }
    }
    return at[a.length][b.length];
}
