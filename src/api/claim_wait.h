/* SPDX-License-Identifier: MIT
 *
 * A claim that waits for a pod in the queue of its pool (docs/control.md, "Pool settings",
 * `onExhausted`).
 */
#ifndef API_CLAIM_WAIT_H
#define API_CLAIM_WAIT_H

#include "call/handler.h"

/* Adds the claim to the queue. The response gets a continuation that makes the claim when it is
 * first in the queue and a pod is free, or refuses it with `refusal` when it times out. Copies
 * `wish` and `refusal`; their texts must be in the call's arena. Returns OK or ERR_NO_MEMORY. */
enum err claim_wait_begin(struct call *call, const struct claim_wish *wish,
                          const struct claim_refusal *refusal);

#endif
