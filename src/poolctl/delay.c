/* SPDX-License-Identifier: MIT */
#include "poolctl/delay.h"

#include <string.h>

#include "base/duration.h"
#include "model/fault.h"

static bool is_digits(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return false;
    return text.length > 0;
}

bool delay_is_fraction(struct text text)
{
    struct text whole;
    uint64_t number;

    if (text.length >= DELAY_FRACTION_MAX)
        return false;
    if (!text_cut(&text, '.', &whole) || !text_to_number(whole, UINT64_MAX, &number))
        return false;
    return !text.at || is_digits(text);
}

bool delay_read(struct text text, struct delay *delay)
{
    const char *dots = memmem(text.at, text.length, "..", 2);
    struct text low = {text.at, dots ? (size_t)(dots - text.at) : text.length};
    struct text median;

    *delay = (struct delay){.type = DELAY_FIXED};
    if (dots) {
        delay->type = DELAY_UNIFORM;
        if (!duration_read(text_from(text, low.length + 2), FAULT_DELAY_MAX_MS, &delay->high_ms))
            return false;
    }
    if (dots && memchr(low.at, '~', low.length)) {
        delay->type = DELAY_LOGNORMAL;
        delay->sigma = low;
        text_cut(&delay->sigma, '~', &median);
        return delay_is_fraction(delay->sigma) &&
               duration_read(median, FAULT_DELAY_MAX_MS, &delay->low_ms);
    }
    return duration_read(low, FAULT_DELAY_MAX_MS, &delay->low_ms);
}
