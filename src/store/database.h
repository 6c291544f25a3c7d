/* SPDX-License-Identifier: MIT
 *
 * Private to the store: an SQLite connection with prepared statements, and the functions that bind
 * and step them and check every result.
 */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum statement {
#define STATEMENT(name, sql) STATEMENT_##name,
#include "store/statements.def"
#undef STATEMENT
    STATEMENT__MAX
};

enum parameter {
#define PARAMETER(name) PARAMETER_##name,
#include "store/parameters.def"
#undef PARAMETER
    PARAMETER__MAX
};

struct database_config {
    const char *path;  /* NULL: in memory */
    bool durable;      /* a commit survives a power cut, not only a crash of the process */
    int64_t bytes_max; /* 0: SQLite's own limit */
};

struct database {
    sqlite3 *sqlite;
    sqlite3_stmt *prepared[STATEMENT__MAX];
    /* index of each parameter in each statement, from 1; 0: the statement does not use it */
    uint8_t places[STATEMENT__MAX][PARAMETER__MAX];
    const char *error;   /* sentence of the last failure; static or SQLite's */
    bool in_transaction; /* set and cleared by the owner */
    bool rolled_back;    /* a failure undid the transaction; the owner clears it */
    bool full;           /* in memory, and bytes_max is reached; the owner clears it */
    bool has_file;
    int version;       /* of the tables when the database was opened; 0: it had no tables */
    bool write_failed; /* the file could not be written; the owner clears it */
};

/* Opens a database and prepares the statements. A new database gets its tables, in a transaction
 * that is left open: the owner adds the first rows and commits. A database of an older version gets
 * the tables that it lacks, in a transaction that is committed. Returns OK, ERR_NO_MEMORY,
 * ERR_INTERNAL with SQLite's sentence, and with a file what state_file_make and state_file_judge
 * return; a file that they refuse is not written to. The caller closes the database, even after a
 * failure. */
enum err database_open(struct database *db, const struct database_config *config,
                       struct problem *problem);
void database_close(struct database *db);

/* Tells the database that its file was deleted: closing it no longer writes to the file. */
void database_disown(struct database *db);

/* Tries to write to the file without changing its content. Returns what query_end returns. */
enum err database_try_write(struct database *db);

/* Opens a copy of `from` in memory, with the changes of its open transaction. Returns what
 * query_end returns, with the sentence in from->error. The caller closes the copy, even after a
 * failure. */
enum err database_copy(struct database *db, struct database *from, int64_t bytes_max);

/* Opens a copy of `from` in memory, at little more than the cost of copying its bytes. `from` must
 * have no open transaction. Returns what database_copy returns, and ERR_TURN_LOST for more than
 * `bytes_max` bytes. */
enum err database_replicate(struct database *db, struct database *from, int64_t bytes_max);

/* Replaces the rows of all tables with those of `from`, as part of the open transaction. Leaves out
 * the clock and the table named `except` (absent: only the clock). Returns what query_end returns.
 */
enum err database_refill(struct database *db, struct database *from, struct text except);

/* One run of a statement: start, bind every parameter, step or run, end. After a failure the
 * following calls do nothing, so only the result of query_end matters. Bound texts are borrowed
 * until query_end. */
struct query {
    struct database *db;
    sqlite3_stmt *statement;
    const uint8_t *places;
    int result; /* SQLite's code of the first failure, or SQLITE_OK */
};

struct query query_start(struct database *db, enum statement statement);
void query_bind_number(struct query *query, enum parameter parameter, int64_t number);
/* An absent text is bound as NULL. */
void query_bind_text(struct query *query, enum parameter parameter, struct text text);
void query_bind_zeros(struct query *query, enum parameter parameter, size_t count);

/* Steps to the next row. Returns false at the end and after a failure: query_end tells which. */
bool query_step(struct query *query);

/* Return a column of the current row, by its place in the statement, from 0. NULL becomes 0 or an
 * absent text. Texts are borrowed until the next step. */
int64_t query_number(const struct query *query, int column);
struct text query_text(struct query *query, int column);

/* Resets the statement. Returns OK, ERR_NO_MEMORY, ERR_INTERNAL with a sentence in db->error, or
 * ERR_TURN_LOST if the transaction can't be kept. */
enum err query_end(struct query *query);

/* Runs a statement that returns no rows, and ends the query. Returns what query_end returns. */
enum err query_run(struct query *query);

/* As query_run, for an INSERT that does nothing on a conflict. Sets `added` to whether it added its
 * row. */
enum err query_add(struct query *query, bool *added);

#endif
