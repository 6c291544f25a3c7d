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

enum err database_open(struct database *db, int64_t bytes_max, struct problem *problem)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;

    *db = (struct database){0};
    /* Counting allocations costs a fifth of a claim. Refused, and rightly, once SQLite is in
     * use. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    int result = sqlite3_open_v2(":memory:", &db->sqlite, flags, NULL);
    if (result == SQLITE_OK)
        result = configure(db, bytes_max);
    if (result == SQLITE_OK)
        result = sqlite3_exec(db->sqlite, schema_sql, NULL, NULL, NULL);
    for (int statement = 0; statement < STATEMENT__MAX && result == SQLITE_OK; statement++)
        result = prepare(db, (enum statement)statement);
    return result == SQLITE_OK ? OK : refuse_open(db, result, problem);
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
    enum err err = query->result == SQLITE_OK ? OK : err_of(query->result);

    if (err) {
        query->db->error = sqlite3_errstr(query->result);
        if (query->db->in_transaction &&
            (err == ERR_TURN_LOST || sqlite3_get_autocommit(query->db->sqlite)))
            query->db->rolled_back = true;
    }
    sqlite3_reset(query->statement);
    return err;
}

enum err query_run(struct query *query)
{
    bool row = query_step(query);

    CHECK(!row);
    return query_end(query);
}
