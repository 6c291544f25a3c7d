/* SPDX-License-Identifier: MIT */
#include "call/pieces.h"

#include <stdlib.h>

/* A piece is full at this length: with the item that fills it, it is about one FastCGI record. */
enum { PIECE_BYTES = 60 * 1024 };

bool pieces_are_full(const struct writer *writer)
{
    return writer->out->length >= PIECE_BYTES || writer->out->failed;
}

static enum err show_piece(struct pieces *pieces, struct writer *writer)
{
    enum err err = OK;

    if (!pieces->outlives_state && pieces->generation != pool_state_generation(pieces->state))
        pieces->ended = true;
    if (!pieces->ended)
        err = pieces->show(pieces, writer);
    if (!err && pieces->ended) {
        writer_end_array(writer);
        if (pieces->show_rest)
            pieces->show_rest(pieces, writer);
        writer_end_object(writer);
    }
    return err ? err : writer->out->failed ? ERR_NO_MEMORY : OK;
}

static enum continuation_step step(struct continuation *continuation, struct response *response)
{
    struct pieces *pieces = (struct pieces *)continuation;
    struct writer writer = writer_resume(&response->body, pieces->comma);

    if (show_piece(pieces, &writer))
        return CONTINUATION_BROKEN;
    pieces->comma = writer.comma;
    return pieces->ended ? CONTINUATION_DONE : CONTINUATION_MORE;
}

static void pieces_free(struct continuation *continuation)
{
    free(continuation);
}

enum err pieces_begin(struct call *call, struct writer *writer, struct pieces *pieces)
{
    pieces->continuation.step = step;
    pieces->continuation.free = pieces_free;
    pieces->state = call->state;
    pieces->generation = pool_state_generation(call->state);
    writer_array(writer);
    enum err err = show_piece(pieces, writer);
    if (err || pieces->ended) {
        free(pieces);
        return err;
    }
    pieces->comma = writer->comma;
    call->response->continuation = &pieces->continuation;
    return OK;
}
