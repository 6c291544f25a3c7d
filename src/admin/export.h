/* SPDX-License-Identifier: MIT
 *
 * Writes a state as its document (control API, "GET state"). It goes piece by piece, so that a
 * state of any size delays nobody. Two equal states give the same bytes.
 */
#ifndef ADMIN_EXPORT_H
#define ADMIN_EXPORT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/err.h"
#include "store/pool_state.h"

struct export;

/* Begins the export of `state`. Takes the state, which must not change meanwhile (use a copy), even
 * on failure. Returns NULL without memory. */
struct export *export_new(struct pool_state *state, bool with_secrets);

/* Appends the next piece, about 60 KiB, and sets `done` if it was the last. Returns OK,
 * ERR_NO_MEMORY, or an error of the store; after an error the export can only be freed. */
enum err export_step(struct export *export, struct buffer *out, bool *done);

/* Frees the export and its state, and nulls the pointer. NULL is legal. */
void export_free(struct export **export);

#endif
