/* SPDX-License-Identifier: MIT
 *
 * Durations as people write them: "250ms", "5s", "30m", "2h", or a bare number of milliseconds.
 */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Reads all of the text. False where it is none, or more than `max_ms`. */
bool duration_read(struct text text, int64_t max_ms, int64_t *out_ms);

#endif
