/* SPDX-License-Identifier: MIT
 *
 * Writes a state as its document (control API, "GET state"), piece by piece, so that it holds
 * nobody up, whatever its length. Two equal states give the same bytes.
 */
#ifndef ADMIN_EXPORT_H
#define ADMIN_EXPORT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/err.h"
#include "store/pool_state.h"

struct export;

/* Begins the export of `state`, which is taken, and must not change meanwhile: a copy. Without
 * memory it returns NULL. */
struct export *export_new(struct pool_state *state, bool with_secrets);

/* Appends the next piece, of about 60 KiB. Returns OK, and whether that was the last one; or
 * ERR_NO_MEMORY, or what the store does: then the export is over. */
enum err export_step(struct export *export, struct buffer *out, bool *done);

/* Frees it with its state, and nulls the pointer; NULL is legal. */
void export_free(struct export **export);

#endif
