/* SPDX-License-Identifier: MIT
 *
 * The answers that are a state's document, and the requests that replace a state.
 */
#ifndef ADMIN_STATE_ANSWER_H
#define ADMIN_STATE_ANSWER_H

#include "call/handler.h"
#include "admin/import.h"

/* Answers with the document of `state` as it is now, in pieces; `?secrets=true` shows secrets.
 * Returns OK, ERR_BAD_QUERY, ERR_NO_MEMORY, or what the store does. */
enum err state_answer(struct call *call, struct pool_state *state);

/* Puts the state that an import makes, or a copy of a snapshot's, in the place of the tenant's, and
 * answers how much there is in it. What is overdue in the new state happens before anybody sees it.
 * The import is taken. Returns OK, also where a continuation does the rest; ERR_NO_MEMORY, or what
 * import_step and the store do. */
enum err state_replace_by_import(struct call *call, struct import *import);
enum err state_replace_by_snapshot(struct call *call, struct pool_state *snapshot);

#endif
