/* SPDX-License-Identifier: MIT
 *
 * An answer that ends in an array of any length. It goes out in pieces, so it takes bounded memory
 * and delays nobody. An answer that fits into the first piece is written whole. It ends as valid
 * JSON even if the state is reset meanwhile.
 */
#ifndef CALL_PIECES_H
#define CALL_PIECES_H

#include "call/handler.h"

/* The first member of a malloc'd block with the caller's own data, which pieces.c frees with free.
 * The borrowed state outlives the answer. */
struct pieces {
    struct continuation continuation; /* set by pieces_begin */
    /* Shows further items until pieces_are_full, or all of them; then it sets `ended`. */
    enum err (*show)(struct pieces *pieces, struct writer *writer);
    /* Shows the members behind the array. NULL: there are none. */
    void (*show_rest)(struct pieces *pieces, struct writer *writer);
    struct pool_state *state;
    int64_t generation;  /* of the state at the beginning: in another generation the ids mean other
                          * items */
    bool outlives_state; /* the items are not in the state, so a replaced state does not end the
                          * array */
    bool ended;
    bool comma; /* set by pieces_begin */
};

/* True if the piece needs no further item. */
bool pieces_are_full(const struct writer *writer);

/* Begins the array behind the members that the caller has written, and writes the first piece. The
 * caller sets `show`, `show_rest` and `outlives_state` of `pieces` and zeroes the rest. Takes
 * `pieces`, even on failure. Returns OK, ERR_NO_MEMORY, or the error of `show`. */
enum err pieces_begin(struct call *call, struct writer *writer, struct pieces *pieces);

#endif
