/* SPDX-License-Identifier: MIT */
#include "base/duration.h"

bool duration_read(struct text text, int64_t max_ms, int64_t *out_ms)
{
    static const struct {
        struct text suffix;
        int64_t factor;
    } units[] = {{{"", 0}, 1},
                 {{"ms", 2}, 1},
                 {{"s", 1}, 1000},
                 {{"m", 1}, 60 * 1000},
                 {{"h", 1}, 3600 * 1000}};
    size_t digits = 0;
    uint64_t number;

    while (digits < text.length && text.at[digits] >= '0' && text.at[digits] <= '9')
        digits++;
    if (!text_to_number((struct text){text.at, digits}, (uint64_t)max_ms, &number))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (!text_equal(text_from(text, digits), units[i].suffix))
            continue;
        if ((int64_t)number > max_ms / units[i].factor)
            return false;
        *out_ms = (int64_t)number * units[i].factor;
        return true;
    }
    return false;
}
