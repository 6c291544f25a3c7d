/* SPDX-License-Identifier: MIT
 *
 * Durations as people write them: "250ms", "5s", "30m", "2h", or a bare number of milliseconds.
 */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Bytes, including the NUL: of a duration, and of what duration_fault writes. */
enum { DURATION_TEXT_MAX = 32, DURATION_FAULT_MAX = 64 };

/* Parses a text that is exactly a duration. Returns false for any other text, and for more than
 * `max_ms`. */
bool duration_read(struct text text, int64_t max_ms, int64_t *out_ms);

/* Writes a duration in the largest unit that divides it: "10000h", "0". `ms` is at least 0. */
void duration_write(int64_t ms, char out[static DURATION_TEXT_MAX]);

/* Writes why duration_read refused the text: `at most 10000h`, or `expected a duration such as
 * "30m"`. */
void duration_fault(struct text text, int64_t max_ms, char out[static DURATION_FAULT_MAX]);

#endif
