/* SPDX-License-Identifier: MIT
 *
 * One attempt at a claim, whether it is made when its request comes or after a wait.
 */
#ifndef API_CLAIM_ONCE_H
#define API_CLAIM_ONCE_H

#include "call/handler.h"

/* Joins the claim that this very request has made before, or makes it. While others wait for a pod
 * of the pool only who is the first of them may. Returns what pool_state_recall_claim and
 * pool_state_claim_pod return. */
enum err claim_once(struct call *call, const struct claim_wish *wish, bool is_first,
                    struct pod *pod, struct claim_refusal *refusal);

/* Writes the answer to a claim that has got its pod. Returns OK or ERR_NO_MEMORY. */
enum err claim_show(struct call *call, const struct pod *pod);

#endif
