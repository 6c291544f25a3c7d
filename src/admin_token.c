/* SPDX-License-Identifier: MIT */
#include "admin_token.h"

#include "base/whole_file.h"

enum { FILE_MAX_BYTES = 128 * 1024 };

static enum err read_first_line(const char *path, struct arena *arena, struct text *line,
                                struct problem *problem)
{
    struct buffer content = buffer_new(FILE_MAX_BYTES);
    enum err err = whole_file_read(path, &content, ERR_BAD_REQUEST, problem);
    struct text rest = text_or_empty(buffer_text(&content));

    if (!err) {
        text_cut(&rest, '\n', line);
        *line = arena_copy(arena, text_trim_end(*line, '\r'));
        err = line->at ? OK : ERR_NO_MEMORY;
    }
    buffer_free(&content);
    return err;
}

static enum err name_file(const char *path, struct problem *problem)
{
    const struct problem inner = *problem;

    return problem_set(problem, inner.err, "--admin-token-file %s: %s", path, inner.text);
}

enum err admin_token_read(const struct options *options, struct arena *arena, struct text *token,
                          struct problem *problem)
{
    const char *path = options->admin_token_file;

    *token = text_of(options->admin_token);
    if (!path[0])
        return OK;
    if (token->length > 0)
        return problem_set(problem, ERR_BAD_REQUEST,
                           "--admin-token-file: not together with --admin-token");
    enum err err = read_first_line(path, arena, token, problem);
    if (!err && token->length == 0)
        err = problem_set(problem, ERR_BAD_REQUEST, "expected a token in its first line");
    return err == ERR_BAD_REQUEST ? name_file(path, problem) : err;
}
