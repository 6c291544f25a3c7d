/* SPDX-License-Identifier: MIT
 *
 * States that are written as documents and made of them, for the tests of both.
 */
#ifndef DOCUMENTS_H
#define DOCUMENTS_H

#include <stdbool.h>

#include "admin/import.h"
#include "base/buffer.h"
#include "store/pool_state.h"

enum { DOCUMENT_MAX = 64 << 20 };

/* Writes a state's document into `out`; gives the number of its pieces. */
unsigned document_put(struct pool_state *of, bool with_secrets, struct buffer *out);

/* Goes on with an import to its end. */
enum err document_import(struct import *import, struct problem *problem);

/* Makes a state of a document, with the configuration of another; NULL and a problem where it is
 * refused. */
struct pool_state *document_take(const struct pool_state *like, struct text document,
                                 int64_t now_ms, struct problem *problem);

/* Fails, and shows both, unless two buffers hold the same. */
void document_assert_same(const struct buffer *a, const struct buffer *b);

/* Fails unless what is made of a state's document has the same rows, and the same document. */
void document_assert_round_trip(struct pool_state *state);

#endif
