/* SPDX-License-Identifier: MIT
 *
 * Delays as people write them: "250ms" (fixed), "100ms..900ms" (anything between) and
 * "200ms~0.4..5s" (lognormal: median, sigma, the most). Fractions as JSON writes them.
 */
#ifndef POOLCTL_DELAY_H
#define POOLCTL_DELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { DELAY_FRACTION_MAX = 32 }; /* bytes of a fraction, with a NUL */

enum delay_type { DELAY_FIXED, DELAY_UNIFORM, DELAY_LOGNORMAL };

struct delay {
    enum delay_type type;
    int64_t low_ms;    /* the only one, the least, or the median */
    int64_t high_ms;   /* the most; not of a fixed one */
    struct text sigma; /* of a lognormal one: a fraction, borrowed */
};

/* Reads all of the text; false where it is none, or longer than FAULT_DELAY_MAX_MS. */
bool delay_read(struct text text, struct delay *delay);

/* True for digits with, perhaps, a point and digits behind them, DELAY_FRACTION_MAX - 1 in all: a
 * number of JSON. */
bool delay_is_fraction(struct text text);

#endif
