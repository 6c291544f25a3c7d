/* SPDX-License-Identifier: MIT
 *
 * A claim that waits for a pod, in the queue of its pool (control API, `onExhausted: queue`).
 */
#ifndef API_CLAIM_WAIT_H
#define API_CLAIM_WAIT_H

#include "call/handler.h"

/* Queues the claim up: the response gets a continuation, which makes it when its turn comes, or
 * is refused as `refusal` says once its time is over. Both are copied, their texts live in the
 * call's arena. Returns OK or ERR_NO_MEMORY. */
enum err claim_wait_begin(struct call *call, const struct claim_wish *wish,
                          const struct claim_refusal *refusal);

#endif
