/* SPDX-License-Identifier: MIT
 *
 * Whole numbers in JSON. Only the value matters: 3, 3.0, 3e0, 30e-1 and 0.3e1 are the same number,
 * and -0 is 0 (docs/api.md, "Bodies").
 */
#ifndef JSON_NUMBER_H
#define JSON_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Sets `out` to the value of a JSON number, without rounding. A value outside int64_t becomes
 * INT64_MIN or INT64_MAX. Returns false if the number is not whole. `json` must be a valid number
 * (RFC 8259). */
bool number_whole(struct text json, int64_t *out);

/* Returns true if the number consists of digits only, with or without a minus. */
bool number_is_plain(struct text json);

#endif
