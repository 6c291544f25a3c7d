/* SPDX-License-Identifier: MIT */
#include "store/database.h"

#include "base/check.h"
#include "store/schema.h"

static const char *const sources[STATEMENT__MAX] = {
#define STATEMENT(name, sql) [STATEMENT_##name] = sql,
#include "store/statements.def"
#undef STATEMENT
};

static const char *const parameter_names[PARAMETER__MAX] = {
#define PARAMETER(name) [PARAMETER_##name] = ":" #name,
#include "store/parameters.def"
#undef PARAMETER
};

static enum err err_of(int result)
{
    switch (result & 0xff) {
    case SQLITE_NOMEM:
        return ERR_NO_MEMORY;
    case SQLITE_FULL:
        return ERR_TURN_LOST;
    default:
        return ERR_INTERNAL;
    }
}

/* What SQLite's code means to the owner. */
static enum err outcome(struct database *db, int result)
{
    enum err err = result == SQLITE_OK ? OK : err_of(result);

    if (!err)
        return OK;
    db->error = sqlite3_errstr(result);
    if (db->in_transaction && (err == ERR_TURN_LOST || sqlite3_get_autocommit(db->sqlite)))
        db->rolled_back = true;
    return err;
}

static enum err refuse_open(struct database *db, int result, struct problem *problem)
{
    if ((result & 0xff) == SQLITE_NOMEM)
        return ERR_NO_MEMORY;
    return problem_set(problem, ERR_INTERNAL, "the state can't be opened: %s",
                       db->sqlite ? sqlite3_errmsg(db->sqlite) : sqlite3_errstr(result));
}

/* Everything that a hostile schema or a typo could use is off; there is one connection and one
 * thread. */
static int configure(struct database *db, int64_t bytes_max)
{
    static const char pragmas[] = "PRAGMA temp_store = MEMORY; PRAGMA synchronous = OFF;"
                                  "PRAGMA foreign_keys = OFF; PRAGMA cell_size_check = OFF;"
                                  "PRAGMA secure_delete = OFF;";
    int64_t page_bytes = 4096;

    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    int result = sqlite3_exec(db->sqlite, pragmas, NULL, NULL, NULL);
    if (result != SQLITE_OK || bytes_max == 0)
        return result;
    char max_pages[64];
    sqlite3_snprintf(sizeof(max_pages), max_pages, "PRAGMA max_page_count = %lld",
                     (long long)(bytes_max / page_bytes));
    return sqlite3_exec(db->sqlite, max_pages, NULL, NULL, NULL);
}

static int prepare(struct database *db, enum statement statement)
{
    int result = sqlite3_prepare_v3(db->sqlite, sources[statement], -1, SQLITE_PREPARE_PERSISTENT,
                                    &db->prepared[statement], NULL);
    if (result != SQLITE_OK)
        return result;
    int known = 0;
    for (int parameter = 0; parameter < PARAMETER__MAX; parameter++) {
        int place = sqlite3_bind_parameter_index(db->prepared[statement],
                                                 parameter_names[parameter]);
        db->places[statement][parameter] = (uint8_t)place;
        known += place > 0;
    }
    CHECK(known == sqlite3_bind_parameter_count(db->prepared[statement]));
    return SQLITE_OK;
}

static int prepare_all(struct database *db)
{
    int result = SQLITE_OK;

    for (int statement = 0; statement < STATEMENT__MAX && result == SQLITE_OK; statement++)
        result = prepare(db, (enum statement)statement);
    return result;
}

static int open_memory(struct database *db)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;

    *db = (struct database){0};
    /* Counting allocations costs a fifth of a claim. Refused, and rightly, once SQLite is in
     * use. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    return sqlite3_open_v2(":memory:", &db->sqlite, flags, NULL);
}

enum err database_open(struct database *db, int64_t bytes_max, struct problem *problem)
{
    int result = open_memory(db);

    if (result == SQLITE_OK)
        result = configure(db, bytes_max);
    if (result == SQLITE_OK)
        result = sqlite3_exec(db->sqlite, schema_sql, NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = prepare_all(db);
    return result == SQLITE_OK ? OK : refuse_open(db, result, problem);
}

enum err database_copy(struct database *db, struct database *from, int64_t bytes_max)
{
    const unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
    sqlite3_int64 bytes;
    int result = open_memory(db);

    if (result != SQLITE_OK)
        return outcome(from, result);
    unsigned char *image = sqlite3_serialize(from->sqlite, "main", &bytes, 0);
    if (!image)
        return outcome(from, SQLITE_NOMEM);
    result = sqlite3_deserialize(db->sqlite, "main", image, bytes, bytes, flags);
    if (result == SQLITE_OK)
        result = configure(db, bytes_max);
    if (result == SQLITE_OK)
        result = prepare_all(db);
    return outcome(from, result);
}

static int move_row(sqlite3_stmt *read, sqlite3_stmt *write)
{
    int result = SQLITE_OK;

    for (int i = sqlite3_column_count(read); i > 0 && result == SQLITE_OK; i--)
        result = sqlite3_bind_value(write, i, sqlite3_column_value(read, i - 1));
    if (result != SQLITE_OK)
        return result;
    sqlite3_step(write);
    return sqlite3_reset(write);
}

static int move_rows(sqlite3_stmt *read, sqlite3_stmt *write)
{
    int result;

    while ((result = sqlite3_step(read)) == SQLITE_ROW)
        if ((result = move_row(read, write)) != SQLITE_OK)
            return result;
    return result == SQLITE_DONE ? SQLITE_OK : result;
}

static int refill_table(struct database *db, struct database *from, struct query *table)
{
    const char *const sql[] = {query_text(table, 0).at, query_text(table, 1).at,
                               query_text(table, 2).at};
    sqlite3_stmt *read = NULL, *write = NULL;

    if (!sql[0] || !sql[1] || !sql[2])
        return SQLITE_NOMEM;
    int result = sqlite3_exec(db->sqlite, sql[0], NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_prepare_v2(from->sqlite, sql[1], -1, &read, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_prepare_v2(db->sqlite, sql[2], -1, &write, NULL);
    if (result == SQLITE_OK)
        result = move_rows(read, write);
    sqlite3_finalize(read);
    sqlite3_finalize(write);
    return result;
}

enum err database_refill(struct database *db, struct database *from)
{
    struct query table = query_start(db, STATEMENT_REFILL);

    while (query_step(&table))
        table.result = refill_table(db, from, &table);
    return query_end(&table);
}

void database_close(struct database *db)
{
    for (int statement = 0; statement < STATEMENT__MAX; statement++)
        sqlite3_finalize(db->prepared[statement]);
    sqlite3_close(db->sqlite);
    *db = (struct database){0};
}

struct query query_start(struct database *db, enum statement statement)
{
    return (struct query){.db = db,
                          .statement = db->prepared[statement],
                          .places = db->places[statement],
                          .result = SQLITE_OK};
}

static int place_of(const struct query *query, enum parameter parameter)
{
    CHECK(query->places[parameter] > 0);
    return query->places[parameter];
}

static void note(struct query *query, int result)
{
    if (query->result == SQLITE_OK)
        query->result = result;
}

void query_bind_number(struct query *query, enum parameter parameter, int64_t number)
{
    note(query, sqlite3_bind_int64(query->statement, place_of(query, parameter), number));
}

void query_bind_text(struct query *query, enum parameter parameter, struct text text)
{
    int place = place_of(query, parameter);

    note(query, text.at ? sqlite3_bind_text64(query->statement, place, text.at, text.length,
                                              SQLITE_STATIC, SQLITE_UTF8)
                        : sqlite3_bind_null(query->statement, place));
}

void query_bind_zeros(struct query *query, enum parameter parameter, size_t count)
{
    note(query, sqlite3_bind_zeroblob64(query->statement, place_of(query, parameter), count));
}

bool query_step(struct query *query)
{
    if (query->result != SQLITE_OK)
        return false;
    int result = sqlite3_step(query->statement);
    if (result == SQLITE_ROW)
        return true;
    if (result != SQLITE_DONE)
        query->result = result;
    return false;
}

int64_t query_number(const struct query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

struct text query_text(struct query *query, int column)
{
    if (sqlite3_column_type(query->statement, column) == SQLITE_NULL)
        return (struct text){0};
    const char *at = (const char *)sqlite3_column_text(query->statement, column);
    if (!at) {
        note(query, SQLITE_NOMEM);
        return (struct text){0};
    }
    return (struct text){at, (size_t)sqlite3_column_bytes(query->statement, column)};
}

enum err query_end(struct query *query)
{
    enum err err = outcome(query->db, query->result);

    sqlite3_reset(query->statement);
    return err;
}

enum err query_run(struct query *query)
{
    bool row = query_step(query);

    CHECK(!row);
    return query_end(query);
}
