/* SPDX-License-Identifier: MIT
 *
 * An answer whose last long member is an array. It is sent in pieces, so an array of any length
 * takes bounded memory and does not delay other requests. An answer that fits into the first piece
 * is written whole. It is valid JSON even if the state is reset before its end.
 */
#ifndef CALL_PIECES_H
#define CALL_PIECES_H

#include "call/handler.h"

/* An array in the making. It is the first member of a malloc'd struct with the caller's own data,
 * which is freed with free(). The state is borrowed and outlives the answer. */
struct pieces {
    struct continuation continuation; /* set by pieces_begin */
    /* Writes further items until pieces_are_full. Sets `ended` after the last item. */
    enum err (*show)(struct pieces *pieces, struct writer *writer);
    /* Writes the members after the array. NULL: there are none. */
    void (*show_rest)(struct pieces *pieces, struct writer *writer);
    struct pool_state *state;
    int64_t generation;  /* of the state at the beginning; in a later one the array ends, because
                          * ids mean other items */
    bool outlives_state; /* the items are not in the state, so a replaced state does not end the
                          * array */
    bool ended;
    bool comma; /* set by pieces_begin */
};

/* Returns true if the piece needs no further item. */
bool pieces_are_full(const struct writer *writer);

/* Begins the array after the key that the caller has written, and writes the first piece. After the
 * last piece the answer's object is ended too. The caller sets `show`, `show_rest` and
 * `outlives_state` and zeroes the other fields. Takes `pieces`, even on failure. Returns OK,
 * ERR_NO_MEMORY, or the error of `show`. */
enum err pieces_begin(struct call *call, struct writer *writer, struct pieces *pieces);

#endif
