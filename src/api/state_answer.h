/* SPDX-License-Identifier: MIT
 *
 * The answers that are a state's document, or tell that a state was replaced.
 */
#ifndef API_STATE_ANSWER_H
#define API_STATE_ANSWER_H

#include "api/handler.h"

/* Answers with the document of `state` as it is now, in pieces; `?secrets=true` shows secrets.
 * Returns OK, ERR_BAD_QUERY, ERR_NO_MEMORY, or what the store does. */
enum err state_answer(struct call *call, struct pool_state *state);

/* Answers how much there is in the state that the call's tenant has now. */
enum err state_answer_replaced(struct call *call, struct text message);

#endif
