/* SPDX-License-Identifier: MIT
 *
 * Writes a state as a document (docs/control.md, "The state as a document"). The document is
 * written in pieces, so that a state of any size does not delay other requests. Two equal states
 * give the same bytes.
 */
#ifndef ADMIN_EXPORT_H
#define ADMIN_EXPORT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/err.h"
#include "store/pool_state.h"

struct export;

/* Begins the export of `state`. Takes the state, even on failure. The state must not change
 * meanwhile, so pass a copy. Secrets are null unless `with_secrets`. Returns NULL if out of
 * memory. */
struct export *export_new(struct pool_state *state, bool with_secrets);

/* Appends the next piece, about 60 KiB, and sets `done` if it was the last. Returns OK,
 * ERR_NO_MEMORY, or an error of the store; after an error the export can only be freed. */
enum err export_step(struct export *export, struct buffer *out, bool *done);

/* Frees the export and its state, and nulls the pointer. NULL is legal. */
void export_free(struct export **export);

#endif
