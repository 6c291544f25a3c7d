/* SPDX-License-Identifier: MIT
 *
 * Answers with a state's document, and replaces a tenant's state.
 */
#ifndef ADMIN_STATE_ANSWER_H
#define ADMIN_STATE_ANSWER_H

#include "call/handler.h"
#include "admin/import.h"

/* Answers with the document of `state` as it is now, in pieces. Secrets are null unless the query
 * has `secrets=true`. Returns OK, ERR_BAD_QUERY, ERR_NO_MEMORY, or an error of the store. */
enum err state_answer(struct call *call, struct pool_state *state);

/* Replace the tenant's state by the state of an import, or by a copy of a snapshot's state. The
 * import is taken. Events that are overdue in the new state happen before it is visible. The answer
 * counts its pools and pods. Return OK, even if a continuation does the rest; ERR_NO_MEMORY, or an
 * error of import_step or of the store. */
enum err state_replace_by_import(struct call *call, struct import *import);
enum err state_replace_by_snapshot(struct call *call, struct pool_state *snapshot);

#endif
