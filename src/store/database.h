/* SPDX-License-Identifier: MIT
 *
 * Private to the store: an SQLite connection with its statements prepared, and the helpers that
 * bind, step and check every result.
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
    const char *path; /* NULL: in memory */
    bool durable;     /* a commit survives a power cut too, not just the end of the process */
    int64_t bytes_max;
};

struct database {
    sqlite3 *sqlite;
    sqlite3_stmt *prepared[STATEMENT__MAX];
    /* of each parameter in each statement; 0: it has none */
    uint8_t places[STATEMENT__MAX][PARAMETER__MAX];
    const char *error;   /* of the last failure; static or SQLite's */
    bool in_transaction; /* kept by the owner */
    bool rolled_back;    /* a failure undid the transaction; the owner clears it */
    bool full;           /* in memory, and at its limit; the owner clears it */
    bool has_file;
    int version;       /* of its tables, as it was opened; 0: it had none */
    bool write_failed; /* the file could not be written; the owner clears it */
};

/* Opens a database and prepares the statements. A new one gets its tables, in a transaction that is
 * left open: it is the owner's who ends it, with the first rows. One of an older version gets those
 * that it has not, at once. Returns OK, ERR_NO_MEMORY, ERR_INTERNAL with SQLite's sentence, and
 * with a file what state_file_make and state_file_judge do. After a failure too the caller closes
 * it, and nothing is written to a file that was not taken. */
enum err database_open(struct database *db, const struct database_config *config,
                       struct problem *problem);
void database_close(struct database *db);

/* Its file will not be opened again: nothing is written to it when it is closed. */
void database_disown(struct database *db);

/* Tries to write to the file without changing anything in it. Returns what query_end does. */
enum err database_try_write(struct database *db);

/* Opens a copy in memory of `from`, as it stands in its transaction. Returns OK, or what query_end
 * does, with the sentence in from->error. After a failure too the caller closes it. */
enum err database_copy(struct database *db, struct database *from, int64_t bytes_max);

/* Opens a database in memory, as database_open does, with the rows of `from`, which has no
 * transaction open. Costs little more than the copying of its bytes. Returns what database_copy
 * does, and ERR_TURN_LOST where there are more than `bytes_max` of them. */
enum err database_replicate(struct database *db, struct database *from, int64_t bytes_max);

/* Replaces all rows of all tables but `except` (absent: of all) by those of `from`, as part of the
 * transaction that is open. Returns what query_end does. */
enum err database_refill(struct database *db, struct database *from, struct text except);

/* One run of a statement: start, bind every parameter, step or run, end. A failure sticks, so only
 * the last result is looked at. Texts that are bound are borrowed until query_end. */
struct query {
    struct database *db;
    sqlite3_stmt *statement;
    const uint8_t *places;
    int result; /* SQLite's code; SQLITE_OK as long as all went well */
};

struct query query_start(struct database *db, enum statement statement);
void query_bind_number(struct query *query, enum parameter parameter, int64_t number);
/* A text that is absent is bound as NULL. */
void query_bind_text(struct query *query, enum parameter parameter, struct text text);
void query_bind_zeros(struct query *query, enum parameter parameter, size_t count);

/* To the next row. False at the end and after a failure: query_end tells which. */
bool query_step(struct query *query);

/* The columns of the row at hand. Texts are borrowed until the next step; NULL is absent. */
int64_t query_number(const struct query *query, int column);
struct text query_text(struct query *query, int column);

/* Resets the statement. Returns OK, or what failed: ERR_NO_MEMORY, ERR_INTERNAL (query->db->error
 * tells), and ERR_TURN_LOST where SQLite rolled the transaction back. */
enum err query_end(struct query *query);

/* Runs a statement that gives no row to its end. */
enum err query_run(struct query *query);

#endif
