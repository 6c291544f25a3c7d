/* SPDX-License-Identifier: MIT */
#include "base/glob.h"

#include <stddef.h>

bool glob_matches(struct text pattern, struct text text)
{
    size_t p = 0, t = 0, star = pattern.length, resume = 0;

    while (t < text.length) {
        if (p < pattern.length && pattern.at[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.length && pattern.at[p] == text.at[t]) {
            p++;
            t++;
        } else if (star < pattern.length) { /* let the last star match one more byte */
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
