/* SPDX-License-Identifier: MIT
 *
 * Sends a response slowly, a few bytes at a time.
 */
#ifndef HTTP_DRIBBLE_H
#define HTTP_DRIBBLE_H

#include "base/clock.h"
#include "base/err.h"
#include "http/message.h"

/* Limits the response's body, including that of its continuation, to `bytes_per_second` of real
 * time. The head is sent at once. `real` is borrowed. Returns OK or ERR_NO_MEMORY, which leaves the
 * response as it is. */
enum err dribble_begin(struct response *response, const struct clock *real,
                       int64_t bytes_per_second);

#endif
