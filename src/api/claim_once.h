/* SPDX-License-Identifier: MIT
 *
 * Makes one attempt at a claim, when its request arrives or after a wait.
 */
#ifndef API_CLAIM_ONCE_H
#define API_CLAIM_ONCE_H

#include "call/handler.h"

/* Makes the claim, or returns the pod that this same request claimed before (nginx repeats a
 * request with the same id). While claims wait for a pod of the pool, only the first of them
 * (`is_first`) can get one. Returns what pool_state_recall_claim and pool_state_claim_pod return;
 * with ERR_EXHAUSTED, `refusal` is set. */
enum err claim_once(struct call *call, const struct claim_wish *wish, bool is_first,
                    struct pod *pod, struct claim_refusal *refusal);

/* Sets the error of a claim that gets no pod: a sentence with the pool's counts and settings, the
 * refusal's status and its Retry-After. Returns ERR_EXHAUSTED. */
enum err claim_refuse(struct call *call, const struct claim_wish *wish,
                      const struct claim_refusal *refusal, struct problem *problem);

/* Writes the answer to a claim that got `pod`. Returns OK or ERR_NO_MEMORY. */
enum err claim_show(struct call *call, const struct pod *pod);

#endif
