/* SPDX-License-Identifier: MIT */
#include "documents.h"

#include "admin/export.h"
#include "state_dump.h"
#include "unit.h"

unsigned document_put(struct pool_state *of, bool with_secrets, struct buffer *out)
{
    struct pool_state *copy;
    unsigned pieces = 0;
    bool done = false;

    buffer_clear(out);
    assert_int_equal(pool_state_copy(of, &copy), OK);
    struct export *export = export_new(copy, with_secrets);
    assert_non_null(export);
    while (!done) {
        struct buffer piece = buffer_new(DOCUMENT_MAX);
        assert_int_equal(export_step(export, &piece, &done), OK);
        buffer_put_text(out, buffer_text(&piece));
        buffer_free(&piece);
        pieces++;
    }
    export_free(&export);
    assert_false(out->failed);
    return pieces;
}

enum err document_import(struct import *import, struct problem *problem)
{
    bool done = false;
    enum err err = OK;

    while (!err && !done)
        err = import_step(import, &done, problem);
    return err;
}

struct pool_state *document_take(const struct pool_state *like, struct text document,
                                 int64_t now_ms, struct problem *problem)
{
    struct pool_state *into, *taken = NULL;
    struct import *import = NULL;

    *problem = (struct problem){0};
    assert_int_equal(pool_state_open_like(like, &into, problem), OK);
    assert_int_equal(import_new(document, into, now_ms, &import), OK);
    if (document_import(import, problem) == OK)
        taken = import_take_state(import);
    import_free(&import);
    return taken;
}

void document_assert_same(const struct buffer *a, const struct buffer *b)
{
    if (!text_equal(buffer_text(a), buffer_text(b)))
        fail_msg("these differ:\n%.*s\n%.*s", TEXT_ARGS(buffer_text(a)), TEXT_ARGS(buffer_text(b)));
}

void document_assert_round_trip(struct pool_state *state)
{
    struct problem problem;
    struct buffer text = buffer_new(DOCUMENT_MAX), again = buffer_new(DOCUMENT_MAX);

    document_put(state, true, &text);
    struct pool_state *taken = document_take(state, buffer_text(&text), 1, &problem);
    if (!taken)
        fail_msg("%s\n%.*s", problem.text, TEXT_ARGS(buffer_text(&text)));
    struct buffer before = state_dump_rows(state), after = state_dump_rows(taken);
    document_assert_same(&before, &after);
    document_put(taken, true, &again);
    document_assert_same(&text, &again);
    pool_state_close(&taken);
    buffer_free(&before);
    buffer_free(&after);
    buffer_free(&again);
    buffer_free(&text);
}
