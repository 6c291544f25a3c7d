/* SPDX-License-Identifier: MIT
 *
 * The files that commands name. A file is written beside its place and takes the place of the old
 * one only when it is whole; a signal that ends poolctl removes the unfinished one.
 */
#ifndef POOLCTL_FILE_H
#define POOLCTL_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct output_file {
    FILE *to;
    char *path;      /* NULL where `to` is standard output */
    char *temporary; /* NULL where nothing is to be renamed: `to` is no regular file */
};

/* Standard input for NULL and "-". Returns EX_OK or EX_NOINPUT, having complained. */
int input_open(const char *path, FILE **out);
void input_close(FILE **input);

/* Standard output for NULL and "-"; a device or a pipe is written to as it stands. A file that
 * `is_private` is its owner's alone, another one keeps the mode that it had. Returns EX_OK or an
 * exit status, having complained. */
int output_open(const char *path, bool is_private, struct output_file *output);

/* Ends it: with `keep` the file is put in its place, else what was written is removed. Returns
 * EX_OK or an exit status, having complained. */
int output_close(struct output_file *output, bool keep);

#endif
