/* SPDX-License-Identifier: MIT
 *
 * Private to the store: the file of a state. Names it, makes it, checks that it is ours and sound,
 * renames a damaged one and deletes it.
 */
#ifndef STORE_STATE_FILE_H
#define STORE_STATE_FILE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

/* The version of the tables. Tables added after a release get the next version: they follow another
 * `-- Since version` line in schema.sql, and are made in files of older versions. */
enum { SCHEMA_VERSION = 3 };

/* Returns the path of a tenant's file, for SQLite: FILE for the default tenant, FILE~NAME.tenant
 * for another. The suffix keeps apart a tenant with a name like "a-wal" and SQLite's own file of
 * that name. The caller frees it; NULL: out of memory. */
char *state_file_path(const char *file, struct text tenant);

/* Makes an empty file, readable only by its owner, unless the file exists. Returns OK,
 * ERR_STATE_FILE, or ERR_STATE_DAMAGED for an empty file whose log is not empty. */
enum err state_file_make(const char *path, struct problem *problem);

/* Checks a file that has just been opened, without writing to it. Returns OK with the version of
 * its tables, 0 for an empty file; ERR_STATE_DAMAGED, ERR_STATE_FOREIGN, or what state_file_refuse
 * returns. */
enum err state_file_judge(sqlite3 *sqlite, const char *path, int *version, struct problem *problem);

/* From now on records why SQLite fails to open a file, for state_file_refuse. */
void state_file_watch_opens(void);

/* Turns SQLite's code from opening or checking a file into an error with a sentence: ERR_NO_MEMORY,
 * ERR_STATE_DAMAGED, ERR_STATE_BUSY or ERR_STATE_FILE. */
enum err state_file_refuse(sqlite3 *sqlite, const char *path, int result, struct problem *problem);

/* Returns ERR_STATE_FOREIGN for a file whose tables do not match the statements, with a sentence.
 */
enum err state_file_refuse_tables(sqlite3 *sqlite, const char *path, struct problem *problem);

/* Writes the mark of our files and the version of the tables. In a file that has them it changes
 * nothing, but still writes. Returns SQLite's code. */
int state_file_sign(sqlite3 *sqlite);

/* Renames a file that is not open, and its write-ahead log, to PATH.damaged-<time>. `aside` is the
 * new name; the caller frees it. Returns OK, ERR_NO_MEMORY, or ERR_STATE_FILE. */
enum err state_file_set_aside(const char *path, int64_t wall_ms, char **aside,
                              struct problem *problem);

/* Returns the tenant's name from the part of a file's name that follows FILE; absent if the file is
 * not a tenant's. */
struct text state_file_tenant(struct text rest);

/* Deletes the write-ahead log and then the file: the file without the log is still a state. */
void state_file_remove(const char *path);

#endif
