/* SPDX-License-Identifier: MIT */
#include "model/goose.h"

#include <string.h>

static bool glob_fits(struct text pattern, struct text text)
{
    size_t p = 0, t = 0, star = pattern.length, resume = 0;

    while (t < text.length) {
        if (p < pattern.length && pattern.at[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.length && pattern.at[p] == text.at[t]) {
            p++;
            t++;
        } else if (star < pattern.length) { /* the last star takes one byte more */
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.at[p] == '*')
        p++;
    return p == pattern.length;
}

bool goose_pattern_fits(struct text pattern, struct text text)
{
    if (pattern.length == 0)
        return true;
    if (memchr(pattern.at, '*', pattern.length))
        return glob_fits(pattern, text);
    return text.length > 0 && memmem(text.at, text.length, pattern.at, pattern.length) != NULL;
}
