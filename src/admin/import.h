/* SPDX-License-Identifier: MIT
 *
 * Makes a state of its document (control API, "PUT state"), piece by piece, so that it holds nobody
 * up, whatever its length. All rules are looked at here, those that hold the parts of a document
 * together too: numbers and names are unique, a pod's pool is there, counters are not behind.
 */
#ifndef ADMIN_IMPORT_H
#define ADMIN_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "store/pool_state.h"

struct import;

/* Begins an import of `document`, which is borrowed until import_free, into `state`, which is
 * taken, and emptied. `now_ms` is the time of what has none. Returns OK, or what the store does. */
enum err import_new(struct text document, struct pool_state *state, int64_t now_ms,
                    struct import **out);

/* Goes on for some milliseconds. Returns OK, and whether the document is at its end and the state
 * complete; or ERR_BAD_JSON, ERR_BAD_FIELD with the place as a JSON Pointer (`/pods/17/claimedBy:
 * the pod is not used`), ERR_POOL_LIMIT, ERR_POD_LIMIT, ERR_NO_MEMORY, or what the store does:
 * then the import is over. */
enum err import_step(struct import *import, bool *done, struct problem *problem);

/* The state that is being made. Borrowed. */
struct pool_state *import_state(struct import *import);

/* The same, for the caller to close; the import is only freed after that. */
struct pool_state *import_take_state(struct import *import);

/* Frees it with its state, and nulls the pointer; NULL is legal. */
void import_free(struct import **import);

#endif
