/* SPDX-License-Identifier: MIT */
#include "pods/goose_script.h"

enum { PIECES_BY_DEFAULT = 5 };

enum err goose_script_choose(struct pool_state *state, struct text prompt, struct arena *arena,
                             struct goose_reply *out)
{
    const struct goose_reply *replies;
    size_t count;
    enum err err = pool_state_get_replies(state, arena, &replies, &count);

    if (err)
        return err;
    *out = (struct goose_reply){.pieces = PIECES_BY_DEFAULT};
    for (size_t i = 0; i < count; i++) {
        if (!goose_pattern_matches(replies[i].pattern, prompt))
            continue;
        *out = replies[i];
        break;
    }
    if (out->text.at)
        return OK;
    out->text = arena_printf(arena, "[mock] You said: %.*s", TEXT_ARGS(prompt));
    return out->text.at ? OK : ERR_NO_MEMORY;
}

/* Returns the end of a piece that should end at `wanted`: after a whole character. */
static size_t character_end(struct text text, size_t wanted)
{
    size_t at = 0;

    while (at < wanted && at < text.length) {
        size_t length = text_utf8_length(text_from(text, at));
        at += length > 0 ? length : 1;
    }
    return at;
}

struct text goose_script_cut_piece(struct text *text, size_t left)
{
    size_t end = left > 1 ? character_end(*text, (text->length + left - 1) / left) : text->length;
    struct text piece = {text->at, end};

    *text = text_from(*text, end);
    return piece;
}
