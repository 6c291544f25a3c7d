/* SPDX-License-Identifier: MIT
 *
 * Private to the gateway: memory that connections lend each other. A connection has memory only
 * while its buffers contain something, so a thousand idle ones take next to nothing.
 */
#ifndef GATEWAY_SPARE_H
#define GATEWAY_SPARE_H

#include "base/buffer.h"

/* Gives a buffer the spare memory, if it has none. */
void spare_borrow(struct buffer *mine, struct buffer *spare);

/* Makes the memory of an empty buffer the spare memory, or frees it if there is some already. */
void spare_give_back(struct buffer *mine, struct buffer *spare);

#endif
