/* SPDX-License-Identifier: MIT */
#include "start_state.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "admin/import.h"
#include "base/buffer.h"

enum { READ_BYTES = 64 * 1024, DOCUMENT_MAX = 1 << 30 };

/* Reads until the end of the file, whose size is unknown: it may be a pipe. */
static enum err read_to_end(int fd, struct buffer *out, struct problem *problem)
{
    for (;;) {
        if (!buffer_reserve(out, READ_BYTES))
            return ERR_NO_MEMORY;
        ssize_t count = read(fd, out->bytes + out->length, READ_BYTES);
        if (count == 0)
            return OK;
        if (count > 0)
            out->length += (size_t)count;
        else if (errno != EINTR)
            return problem_set(problem, ERR_STATE_DAMAGED, "%m");
    }
}

static enum err read_file(const char *path, struct buffer *out, struct problem *problem)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return problem_set(problem, ERR_STATE_DAMAGED, "%m");
    enum err err = read_to_end(fd, out, problem);
    close(fd);
    return err;
}

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
    enum err err = read_file(path, &document, problem);

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
