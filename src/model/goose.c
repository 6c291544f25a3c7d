/* SPDX-License-Identifier: MIT */
#include "model/goose.h"

#include <string.h>

#include "base/glob.h"

bool goose_pattern_matches(struct text pattern, struct text text)
{
    if (pattern.length == 0)
        return true;
    if (memchr(pattern.at, '*', pattern.length))
        return glob_matches(pattern, text);
    return text.length > 0 && memmem(text.at, text.length, pattern.at, pattern.length) != NULL;
}
