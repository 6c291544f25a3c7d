/* SPDX-License-Identifier: MIT
 *
 * Delays of the command line: "250ms" (fixed), "100ms..900ms" (uniform) and "200ms~0.4..5s"
 * (lognormal: median, sigma, maximum).
 */
#ifndef POOLCTL_DELAY_H
#define POOLCTL_DELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum { DELAY_FRACTION_MAX = 32 }; /* bytes of a fraction, with the NUL */

enum delay_type { DELAY_FIXED, DELAY_UNIFORM, DELAY_LOGNORMAL };

struct delay {
    enum delay_type type;
    int64_t low_ms;    /* the fixed delay, the minimum, or the median */
    int64_t high_ms;   /* the maximum; unused for a fixed delay */
    struct text sigma; /* of a lognormal delay: a fraction, borrowed */
};

/* Reads a delay, which must be the whole text. Returns false if it is not one, or is longer than
 * FAULT_DELAY_MAX_MS. */
bool delay_read(struct text text, struct delay *delay);

/* Returns true for a JSON number without sign and exponent, of at most DELAY_FRACTION_MAX - 1
 * bytes: digits, and optionally a point and more digits. */
bool delay_is_fraction(struct text text);

#endif
