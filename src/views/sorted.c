/* SPDX-License-Identifier: MIT */
#include "views/sorted.h"

#include <string.h>

int sorted_next(const char *const *keys, int count, int after)
{
    int next = count;

    for (int i = 0; i < count; i++) {
        if (!keys[i] || (after >= 0 && strcmp(keys[i], keys[after]) <= 0))
            continue;
        if (next == count || strcmp(keys[i], keys[next]) < 0)
            next = i;
    }
    return next;
}
