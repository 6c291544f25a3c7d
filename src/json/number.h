/* SPDX-License-Identifier: MIT
 *
 * Whole numbers as JSON writes them. Only the value counts: 3, 3.0, 3e0, 30e-1 and 0.3e1 are the
 * same number, and -0 is 0 (contract, section 1).
 */
#ifndef JSON_NUMBER_H
#define JSON_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* The value of a JSON number that is whole, else false. Decided from the digits, without rounding;
 * a value outside of int64_t becomes INT64_MIN or INT64_MAX. `json` has the grammar of RFC 8259. */
bool number_whole(struct text json, int64_t *out);

/* True if it is written in digits alone, with or without a minus. */
bool number_is_plain(struct text json);

#endif
