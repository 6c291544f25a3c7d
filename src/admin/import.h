/* SPDX-License-Identifier: MIT
 *
 * Makes a state from a document (docs/control.md, "The state as a document"). The document is read
 * in pieces, so that one of any size does not delay other requests. All rules of a document are
 * checked here, also those that concern several parts: numbers and names are unique, a pod's pool
 * exists, and no counter is below the numbers in use.
 */
#ifndef ADMIN_IMPORT_H
#define ADMIN_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "store/pool_state.h"

struct import;

/* Begins an import of `document` into `state`. The document is borrowed until import_free. The
 * state is taken, even on failure, and emptied. `now_ms` is the default of times that the document
 * leaves out. Returns OK, ERR_NO_MEMORY, or an error of the store. */
enum err import_new(struct text document, struct pool_state *state, int64_t now_ms,
                    struct import **out);

/* Continues the import for some milliseconds. Sets `done` if the document has ended and the state
 * is complete. Returns OK; ERR_BAD_JSON; ERR_BAD_FIELD with the place as a JSON Pointer
 * (`/pods/17/claimedBy: the pod is not used`); ERR_POOL_LIMIT, ERR_POD_LIMIT, ERR_NO_MEMORY, or an
 * error of the store. After an error the import can only be freed. */
enum err import_step(struct import *import, bool *done, struct problem *problem);

/* Returns the state, which the caller must close. After that the import can only be freed. */
struct pool_state *import_take_state(struct import *import);

/* Frees the import and its state, and nulls the pointer. NULL is legal. */
void import_free(struct import **import);

#endif
