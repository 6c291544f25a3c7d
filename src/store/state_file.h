/* SPDX-License-Identifier: MIT
 *
 * Private to the store: the file of a state. Names it, makes it, checks that it is a sound file of
 * this program, renames a damaged one, deletes it.
 */
#ifndef STORE_STATE_FILE_H
#define STORE_STATE_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

/* The version of the tables. Tables that are added after a release get the next version: they
 * follow another `-- Since version` line in schema.sql, and are made in files of older versions. */
enum { SCHEMA_VERSION = 4 };

/* Returns the path of a tenant's file, as SQLite is to open it: FILE for the default tenant,
 * FILE~NAME.tenant for another. Without the suffix, the write-ahead log of a tenant a (FILE~a-wal)
 * could be taken for the file of a tenant a-wal. The caller frees the path; NULL: out of memory. */
char *state_file_path(const char *file, struct text tenant);

/* Makes an empty file, readable only by its owner, unless the file exists. Returns OK,
 * ERR_NO_MEMORY, ERR_STATE_FILE, or ERR_STATE_DAMAGED for an empty file whose write-ahead log is
 * not empty. */
enum err state_file_make(const char *path, struct problem *problem);

/* Checks a file that has just been opened, without writing to it, and sets the version of its
 * tables, 0 for an empty file. Returns OK, ERR_STATE_DAMAGED, ERR_STATE_FOREIGN, or what
 * state_file_refuse returns. */
enum err state_file_judge(sqlite3 *sqlite, const char *path, int *version, struct problem *problem);

/* From now on records why SQLite fails to open a file, for state_file_refuse. */
void state_file_watch_opens(void);

/* Returns the error for SQLite's code from opening or checking a file, with a sentence:
 * ERR_NO_MEMORY, ERR_STATE_DAMAGED, ERR_STATE_BUSY or ERR_STATE_FILE. */
enum err state_file_refuse(sqlite3 *sqlite, const char *path, int result, struct problem *problem);

/* Returns ERR_STATE_FOREIGN for a file whose tables do not match the statements, with a sentence.
 */
enum err state_file_refuse_tables(sqlite3 *sqlite, const char *path, struct problem *problem);

/* Writes the mark of this program's files and the version of the tables. A file that has both is
 * written to, but not changed. Returns SQLite's code. */
int state_file_sign(sqlite3 *sqlite);

/* Renames a file that is not open, and its write-ahead log, to PATH.damaged-<time>. `aside`
 * receives the new name; the caller frees it. Returns OK, ERR_NO_MEMORY, or ERR_STATE_FILE. */
enum err state_file_set_aside(const char *path, int64_t wall_ms, char **aside,
                              struct problem *problem);

/* Returns the tenant's name from the part of a file's name that follows FILE; absent if the file is
 * not a tenant's. */
struct text state_file_tenant(struct text rest);

/* Deletes the write-ahead log, then the file. The order matters in a crash: the file without the
 * log is still a state. */
void state_file_remove(const char *path);

#endif
