/* SPDX-License-Identifier: MIT
 *
 * The files that commands read and write. A file is written under a temporary name, and renamed
 * when it is complete. A signal that ends poolctl removes the unfinished file.
 */
#ifndef POOLCTL_FILE_H
#define POOLCTL_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct output_file {
    FILE *to;
    char *path;      /* NULL for standard output */
    char *temporary; /* NULL if `to` is not a regular file, and is written to directly */
};

/* Opens a file to read; standard input for NULL and "-". Returns EX_OK, or EX_NOINPUT after a
 * complaint. */
int input_open(const char *path, FILE **out);

/* Closes the file, unless it is standard input. */
void input_close(FILE **input);

/* Opens a file to write; standard output for NULL and "-". A device or a pipe is written to
 * directly. With `is_private` only the owner can read the file; otherwise it has the mode of the
 * file that it replaces, or that of new files. Returns EX_OK, or an exit status after a complaint.
 */
int output_open(const char *path, bool is_private, struct output_file *output);

/* Closes the file. With `keep`, puts it in its place; otherwise removes what was written. Returns
 * EX_OK, or an exit status after a complaint. */
int output_close(struct output_file *output, bool keep);

#endif
