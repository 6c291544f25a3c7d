/* SPDX-License-Identifier: MIT
 *
 * An answer that ends in an array of any length: it goes out in pieces, so that it takes bounded
 * memory and holds nobody else up. One that fits into the first piece is written whole. It ends as
 * valid JSON even when the state is reset under it.
 */
#ifndef CALL_PIECES_H
#define CALL_PIECES_H

#include "call/handler.h"

/* Who has such an answer embeds this as the first member of one malloc'd block, which is freed with
 * free. The borrowed state outlives the answer. */
struct pieces {
    struct continuation continuation; /* pieces_begin's */
    /* Shows further items until pieces_are_full, or all that there are, which it notes in `ended`.
     */
    enum err (*show)(struct pieces *pieces, struct writer *writer);
    /* Shows the members behind the array; NULL: there are none. */
    void (*show_rest)(struct pieces *pieces, struct writer *writer);
    struct pool_state *state;
    int64_t generation;  /* of the state when it began: ids of another one mean other items */
    bool outlives_state; /* the items are not the state's: another one does not end the array */
    bool ended;
    bool comma; /* pieces_begin's */
};

/* True where a piece needs no further item. */
bool pieces_are_full(const struct writer *writer);

/* Begins the array behind what the caller has written of the answer, and writes the first piece;
 * `pieces`, of which `show` and `show_rest` are set and the rest is zero, is taken. Returns OK,
 * ERR_NO_MEMORY, or what `show` has returned. */
enum err pieces_begin(struct call *call, struct writer *writer, struct pieces *pieces);

#endif
