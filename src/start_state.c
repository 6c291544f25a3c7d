/* SPDX-License-Identifier: MIT */
#include "start_state.h"

#include "admin/import.h"
#include "base/buffer.h"
#include "base/whole_file.h"

enum { DOCUMENT_MAX = 1 << 30 };

static enum err import_all(struct import *import, struct problem *problem)
{
    bool done = false;
    enum err err = OK;

    while (!err && !done)
        err = import_step(import, &done, problem);
    return err;
}

/* Puts the path in front of the problem with the file or with its document. */
static enum err name_file(const char *path, enum err err, struct problem *problem)
{
    const struct problem inner = *problem;
    struct text sentence = problem_sentence(&inner, err);

    return problem_set(problem, ERR_STATE_DAMAGED, "--seed-state %s: %.*s", path,
                       TEXT_ARGS(sentence));
}

enum err start_state_read(const char *path, const struct pool_state_config *config,
                          const struct clock *clock, struct pool_state **out,
                          struct problem *problem)
{
    struct pool_state_config in_memory = *config;
    struct pool_state *state;
    struct import *import = NULL;
    struct buffer document = buffer_new(DOCUMENT_MAX);
    enum err err = whole_file_read(path, &document, ERR_STATE_DAMAGED, problem);

    in_memory.file = NULL;
    if (!err)
        err = pool_state_open(&in_memory, clock, &state, problem);
    if (!err)
        err = import_new(buffer_text(&document), state, clock->wall_ms, &import);
    if (!err)
        err = import_all(import, problem);
    if (!err)
        *out = import_take_state(import);
    import_free(&import);
    buffer_free(&document);
    if (err && err != ERR_NO_MEMORY)
        err = name_file(path, err, problem);
    return err;
}
