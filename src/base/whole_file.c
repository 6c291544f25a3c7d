/* SPDX-License-Identifier: MIT */
#include "base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024 };

static enum err read_to_end(int fd, struct buffer *out, enum err failure, struct problem *problem)
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
            return problem_set(problem, failure, "%m");
    }
}

enum err whole_file_read(const char *path, struct buffer *out, enum err failure,
                         struct problem *problem)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return problem_set(problem, failure, "%m");
    enum err err = read_to_end(fd, out, failure, problem);
    close(fd);
    return err;
}
