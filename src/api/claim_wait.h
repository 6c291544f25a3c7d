/* SPDX-License-Identifier: MIT
 *
 * A claim that waits for a pod in the queue of its pool (control API, `onExhausted: queue`).
 */
#ifndef API_CLAIM_WAIT_H
#define API_CLAIM_WAIT_H

#include "call/handler.h"

/* Adds the claim to the queue. The response gets a continuation that makes the claim when its turn
 * comes, or refuses it with `refusal` once it times out. Copies `wish` and `refusal`; their texts
 * live in the call's arena. Returns OK or ERR_NO_MEMORY. */
enum err claim_wait_begin(struct call *call, const struct claim_wish *wish,
                          const struct claim_refusal *refusal);

#endif
