/* SPDX-License-Identifier: MIT
 *
 * Reads a file as a whole.
 */
#ifndef BASE_WHOLE_FILE_H
#define BASE_WHOLE_FILE_H

#include "base/buffer.h"
#include "base/err.h"

/* Appends the file at `path` to the buffer; the file may be a pipe. Returns OK, ERR_NO_MEMORY, also
 * if the file has more bytes than the buffer may hold, or `failure` with the system's reason. */
enum err whole_file_read(const char *path, struct buffer *out, enum err failure,
                         struct problem *problem);

#endif
