/* SPDX-License-Identifier: MIT
 *
 * A claim that waits for a pod, in the queue of its pool (control API, `onExhausted: queue`).
 */
#ifndef API_CLAIM_WAIT_H
#define API_CLAIM_WAIT_H

#include "api/handler.h"

/* Joins the claim that this very request has made before, or makes it. While others wait for a pod
 * of the pool only who is the first of them may. Returns what pool_state_recall_claim and
 * pool_state_claim_pod return. */
enum err claim_once(struct call *call, const struct claim_wish *wish, bool is_first,
                    struct pod *pod, struct claim_refusal *refusal);

/* Writes the answer to a claim that has got its pod. Returns OK or ERR_NO_MEMORY. */
enum err claim_show(struct call *call, const struct pod *pod);

/* Queues the claim up: the response gets a continuation, which makes it when its turn comes, or
 * is refused as `refusal` says once its time is over. Both are copied, their texts live in the
 * call's arena. Returns OK or ERR_NO_MEMORY. */
enum err claim_wait_begin(struct call *call, const struct claim_wish *wish,
                          const struct claim_refusal *refusal);

#endif
