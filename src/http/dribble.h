/* SPDX-License-Identifier: MIT
 *
 * An answer that comes a few bytes at a time.
 */
#ifndef HTTP_DRIBBLE_H
#define HTTP_DRIBBLE_H

#include "base/clock.h"
#include "base/err.h"
#include "http/message.h"

/* Has the response's body, and what its continuation adds to it, come at so many bytes a second of
 * real time; the head comes at once. `real` is borrowed. Returns OK or ERR_NO_MEMORY, which leaves
 * the response as it is. */
enum err dribble_begin(struct response *response, const struct clock *real,
                       int64_t bytes_per_second);

#endif
