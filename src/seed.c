/* SPDX-License-Identifier: MIT */
#include "seed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/import.h"

static enum err refuse_file(const char *path, struct problem *problem)
{
    return problem_set(problem, ERR_STATE_DAMAGED, "%s: %m", path);
}

static enum err read_open_file(int fd, const char *path, struct text *out, struct problem *problem)
{
    struct stat about;
    size_t have = 0;

    if (fstat(fd, &about) < 0)
        return refuse_file(path, problem);
    char *bytes = malloc((size_t)about.st_size + 1);
    if (!bytes)
        return ERR_NO_MEMORY;
    while (have < (size_t)about.st_size) {
        ssize_t count = read(fd, bytes + have, (size_t)about.st_size - have);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            enum err err = refuse_file(path, problem);
            free(bytes);
            return err;
        }
        if (count == 0)
            break;
        have += (size_t)count;
    }
    *out = (struct text){bytes, have};
    return OK;
}

/* All of a file; the caller frees out->at. */
static enum err read_file(const char *path, struct text *out, struct problem *problem)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return refuse_file(path, problem);
    enum err err = read_open_file(fd, path, out, problem);
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

/* What is wrong with a document is said of its file. */
static enum err refuse_document(const char *path, enum err err, struct problem *problem)
{
    const struct problem inner = *problem;
    struct text sentence = problem_sentence(&inner, err);

    return problem_set(problem, ERR_STATE_DAMAGED, "%s: %.*s", path, TEXT_ARGS(sentence));
}

enum err seed_read(const char *path, const struct pool_state_config *config,
                   const struct clock *clock, struct pool_state **out, struct problem *problem)
{
    struct pool_state_config in_memory = *config;
    struct pool_state *state;
    struct import *import = NULL;
    struct text document = {0};
    enum err err;

    in_memory.file = NULL;
    if ((err = read_file(path, &document, problem)))
        return err;
    err = pool_state_open(&in_memory, clock, &state, problem);
    if (!err)
        err = import_new(document, state, clock->wall_ms, &import);
    if (!err)
        err = import_all(import, problem);
    if (!err)
        *out = import_take_state(import);
    import_free(&import);
    free((char *)(uintptr_t)document.at);
    return err && err != ERR_NO_MEMORY ? refuse_document(path, err, problem) : err;
}
