/* SPDX-License-Identifier: MIT
 *
 * Private to the store: the file that a state is kept in. How it and what belongs to it are named,
 * whether it is ours and sound, how it is put aside and how it ends.
 */
#ifndef STORE_STATE_FILE_H
#define STORE_STATE_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

/* Of the tables. What is new in schema.sql after a release is a version more: it stands behind a
 * further `-- Since version` there, and is made in the files of every version before. */
enum { SCHEMA_VERSION = 3 };

/* The path of a tenant's file, for SQLite: FILE is the default tenant's, FILE~NAME.tenant that of
 * another. The end of it keeps a tenant that is called like one of SQLite's own files, such as
 * "a-wal", from being one. The caller frees it; NULL without memory. */
char *state_file_path(const char *file, struct text tenant);

/* Makes an empty file, which only its owner can read, where there is none. Returns OK,
 * ERR_STATE_FILE, or ERR_STATE_DAMAGED for one that was emptied. */
enum err state_file_make(const char *path, struct problem *problem);

/* Looks at a file that has just been opened, without writing to it. Returns OK, with the version
 * of its tables, which is 0 for an empty one; ERR_STATE_DAMAGED, ERR_STATE_FOREIGN, or what
 * state_file_refuse does. */
enum err state_file_judge(sqlite3 *sqlite, const char *path, int *version, struct problem *problem);

/* Notes from now on why SQLite can't open a file, for state_file_refuse. */
void state_file_watch_opens(void);

/* What SQLite's code means where it comes before the file is in use: ERR_NO_MEMORY,
 * ERR_STATE_DAMAGED, ERR_STATE_BUSY or ERR_STATE_FILE. */
enum err state_file_refuse(sqlite3 *sqlite, const char *path, int result, struct problem *problem);

/* The same of a file whose tables are not those of the statements: ERR_STATE_FOREIGN. */
enum err state_file_refuse_tables(sqlite3 *sqlite, const char *path, struct problem *problem);

/* Writes whose the file is, and the version of its tables: a change that changes nothing in a file
 * that is signed. Returns SQLite's code. */
int state_file_sign(sqlite3 *sqlite);

/* Renames a file that is not open, and its write-ahead log, to PATH.damaged-<time>. `aside` is that
 * name; the caller frees it. Returns OK, ERR_NO_MEMORY, or ERR_STATE_FILE. */
enum err state_file_set_aside(const char *path, int64_t wall_ms, char **aside,
                              struct problem *problem);

/* The tenant whose file it is, by what follows FILE in the name; absent where it is nobody's. */
struct text state_file_tenant(struct text rest);

/* Deletes its write-ahead log, and then it: without the one the other is still a state. */
void state_file_remove(const char *path);

#endif
