/* SPDX-License-Identifier: MIT */
#include "base/words.h"

#include <stdio.h>

size_t words_find(const char *const *words, struct text word)
{
    size_t i = 0;

    while (words[i] && !text_equal(word, text_of(words[i])))
        i++;
    return i;
}

void words_write(const char *const *words, const char *lead, char *out, size_t size)
{
    size_t length = (size_t)snprintf(out, size, "%s%s", lead, words[0] ? "" : "nothing");

    for (size_t i = 0; words[i] && length < size; i++) {
        const char *joint = i == 0 ? "" : words[i + 1] ? ", " : " or ";
        length += (size_t)snprintf(out + length, size - length, "%s%s", joint, words[i]);
    }
}
