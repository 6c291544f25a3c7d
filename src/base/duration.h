/* SPDX-License-Identifier: MIT
 *
 * Durations as people write them: "250ms", "5s", "30m", "2h", or a bare number of milliseconds.
 */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Bytes of a duration, and of a fault, with the NUL. */
enum { DURATION_TEXT_MAX = 32, DURATION_FAULT_MAX = 64 };

/* Reads all of the text. False where it is not a duration, or more than `max_ms`. */
bool duration_read(struct text text, int64_t max_ms, int64_t *out_ms);

/* Writes a duration, 0 or more, in the largest unit that it is a multiple of: "10000h", "0". */
void duration_write(int64_t ms, char out[static DURATION_TEXT_MAX]);

/* Writes why duration_read refused the text: `at most 10000h`, or `expected a duration such as
 * "30m"`. */
void duration_fault(struct text text, int64_t max_ms, char out[static DURATION_FAULT_MAX]);

#endif
