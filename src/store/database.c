/* SPDX-License-Identifier: MIT */
#include "store/database.h"

#include "base/check.h"
#include "store/schema.h"
#include "store/state_file.h"

_Static_assert(sizeof(schema_sql) / sizeof(schema_sql[0]) == SCHEMA_VERSION,
               "schema.sql has a section for each version");

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

static enum err err_of(const struct database *db, int result)
{
    switch (result & 0xff) {
    case SQLITE_NOMEM:
        return ERR_NO_MEMORY;
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
        return ERR_TURN_LOST;
    case SQLITE_IOERR: /* a read can fail with it, too */
        return db->in_transaction ? ERR_TURN_LOST : ERR_INTERNAL;
    default:
        return ERR_INTERNAL;
    }
}

/* Turns SQLite's code into an error, and notes for the owner what failed. */
static enum err outcome(struct database *db, int result)
{
    enum err err = result == SQLITE_OK ? OK : err_of(db, result);

    if (!err)
        return OK;
    db->error = sqlite3_errstr(result);
    if (err == ERR_TURN_LOST && db->has_file)
        db->write_failed = true;
    if ((result & 0xff) == SQLITE_FULL && !db->has_file)
        db->full = true;
    if (db->in_transaction && (err == ERR_TURN_LOST || sqlite3_get_autocommit(db->sqlite)))
        db->rolled_back = true;
    return err;
}

static enum err refuse_open(struct database *db, const struct database_config *config, int result,
                            struct problem *problem)
{
    if (config->path)
        return state_file_refuse(db->sqlite, config->path, result, problem);
    if ((result & 0xff) == SQLITE_NOMEM)
        return ERR_NO_MEMORY;
    return problem_set(problem, ERR_INTERNAL, "the state can't be opened: %s",
                       db->sqlite ? sqlite3_errmsg(db->sqlite) : sqlite3_errstr(result));
}

/* Turns off what a hostile schema or a typo could use, and what only several connections need. */
static int configure(struct database *db, int64_t bytes_max)
{
    static const char pragmas[] = "PRAGMA temp_store = MEMORY; PRAGMA synchronous = OFF;"
                                  "PRAGMA foreign_keys = OFF; PRAGMA cell_size_check = OFF;"
                                  "PRAGMA secure_delete = OFF;";
    const int64_t page_bytes = 4096;
    int64_t pages_max = (bytes_max + page_bytes - 1) / page_bytes;

    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    /* Otherwise SQLite recompiles a statement that compares a partial index's column with a
     * parameter whenever another value is bound. */
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    int result = sqlite3_exec(db->sqlite, pragmas, NULL, NULL, NULL);
    if (result != SQLITE_OK || bytes_max == 0)
        return result;
    char limit[64];
    sqlite3_snprintf(sizeof(limit), limit, "PRAGMA max_page_count = %lld", (long long)pages_max);
    return sqlite3_exec(db->sqlite, limit, NULL, NULL, NULL);
}

/* Configures a file: damage is found early, and a commit is one write to the log. A new file is
 * synced to the disk, even if commits are not, before it has a log: a log without it is lost. */
static int configure_file(struct database *db, bool durable)
{
    static const char pragmas[] = "PRAGMA cell_size_check = ON; PRAGMA cache_size = -32768;"
                                  "PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL;";
    int result = sqlite3_exec(db->sqlite, pragmas, NULL, NULL, NULL);

    if (result == SQLITE_OK && !durable)
        result = sqlite3_exec(db->sqlite, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return result;
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

/* Opens a file, or memory. Until configure_file, closing a file does not write to it. */
static int open_sqlite(struct database *db, const char *path)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;

    *db = (struct database){.has_file = path != NULL};
    /* Counting allocations takes a fifth of a claim's time. SQLite refuses the change once it is in
     * use: the first call has made it. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (path)
        state_file_watch_opens();
    int result = path ? sqlite3_open_v2(path, &db->sqlite, flags, NULL)
                      : sqlite3_open_v2(":memory:", &db->sqlite,
                                        flags | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY, NULL);
    if (result == SQLITE_OK && path)
        result = sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (result == SQLITE_OK && path)
        result = sqlite3_exec(db->sqlite, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
    return result;
}

/* Begins a transaction and makes the tables that are newer than the database. */
static int make_tables(struct database *db)
{
    int result = sqlite3_exec(db->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL);

    if (result == SQLITE_OK)
        result = state_file_sign(db->sqlite);
    for (int version = db->version; version < SCHEMA_VERSION && result == SQLITE_OK; version++)
        result = sqlite3_exec(db->sqlite, schema_sql[version], NULL, NULL, NULL);
    return result;
}

/* Checks that the file is a sound state, and only then configures it, which may write to it. */
static enum err take_file(struct database *db, const struct database_config *config,
                          struct problem *problem)
{
    enum err err = state_file_judge(db->sqlite, config->path, &db->version, problem);

    if (err)
        return err;
    int result = configure_file(db, config->durable);
    return result == SQLITE_OK ? OK : refuse_open(db, config, result, problem);
}

enum err database_open(struct database *db, const struct database_config *config,
                       struct problem *problem)
{
    *db = (struct database){0};
    enum err err = config->path ? state_file_make(config->path, problem) : OK;
    if (err)
        return err;
    int result = open_sqlite(db, config->path);
    if (result == SQLITE_OK)
        result = configure(db, config->bytes_max);
    if (result != SQLITE_OK)
        return refuse_open(db, config, result, problem);
    if (config->path && (err = take_file(db, config, problem)))
        return err;
    bool is_older = db->version < SCHEMA_VERSION;
    if (is_older)
        result = make_tables(db);
    if (result == SQLITE_OK)
        result = prepare_all(db);
    if (result == SQLITE_OK && is_older && db->version > 0)
        result = sqlite3_exec(db->sqlite, "COMMIT", NULL, NULL, NULL);
    if (result == SQLITE_ERROR && config->path)
        return state_file_refuse_tables(db->sqlite, config->path, problem);
    return result == SQLITE_OK ? OK : refuse_open(db, config, result, problem);
}

void database_disown(struct database *db)
{
    sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

enum err database_try_write(struct database *db)
{
    int result = sqlite3_exec(db->sqlite, "BEGIN IMMEDIATE", NULL, NULL, NULL);

    if (result == SQLITE_OK)
        result = state_file_sign(db->sqlite);
    if (result == SQLITE_OK)
        result = sqlite3_exec(db->sqlite, "COMMIT", NULL, NULL, NULL);
    if (!sqlite3_get_autocommit(db->sqlite))
        sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
    return outcome(db, result);
}

/* Loads the image, which SQLite takes. sqlite3_deserialize returns SQLITE_ERROR for every failure,
 * also for a lack of memory; the connection has the cause. */
static int deserialize(struct database *db, unsigned char *image, sqlite3_int64 bytes)
{
    const unsigned flags = SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE;
    int result = sqlite3_deserialize(db->sqlite, "main", image, bytes, bytes, flags);

    return result == SQLITE_ERROR ? sqlite3_errcode(db->sqlite) : result;
}

enum err database_copy(struct database *db, struct database *from, int64_t bytes_max)
{
    sqlite3_int64 bytes;
    int result = open_sqlite(db, NULL);

    if (result != SQLITE_OK)
        return outcome(from, result);
    unsigned char *image = sqlite3_serialize(from->sqlite, "main", &bytes, 0);
    if (!image)
        return outcome(from, SQLITE_NOMEM);
    image[18] = image[19] = 1; /* mark it as without a write-ahead log (database header) */
    result = deserialize(db, image, bytes);
    if (result == SQLITE_OK)
        result = configure(db, bytes_max);
    if (result == SQLITE_OK)
        result = prepare_all(db);
    return outcome(from, result);
}

static int back_up(struct database *db, struct database *from)
{
    sqlite3_backup *backup = sqlite3_backup_init(db->sqlite, "main", from->sqlite, "main");

    if (!backup) { /* when out of memory it may set no code */
        int result = sqlite3_errcode(db->sqlite);
        return result == SQLITE_OK ? SQLITE_NOMEM : result;
    }
    sqlite3_backup_step(backup, -1);
    return sqlite3_backup_finish(backup);
}

enum err database_replicate(struct database *db, struct database *from, int64_t bytes_max)
{
    int result = open_sqlite(db, NULL);

    if (result == SQLITE_OK)
        result = configure(db, bytes_max);
    if (result == SQLITE_OK)
        result = back_up(db, from);
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

enum err database_refill(struct database *db, struct database *from, struct text except)
{
    struct query table = query_start(db, STATEMENT_REFILL);

    query_bind_text(&table, PARAMETER_name, except);
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

enum err query_add(struct query *query, bool *added)
{
    enum err err = query_run(query);

    *added = !err && sqlite3_changes(query->db->sqlite) > 0;
    return err;
}
