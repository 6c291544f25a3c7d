/* SPDX-License-Identifier: MIT */
#include "store/lists.h"

_Static_assert(LIST_POD_SESSIONS == 3 && LIST_POOL_REPOSITORIES == 4 && LIST_POOL_SETTINGS == 6 &&
                   POOL_API_KEY == 0,
               "statements.def and schema.sql have these numbers");

static struct query start(struct database *db, enum statement statement, enum list list,
                          int64_t owner)
{
    struct query query = query_start(db, statement);

    query_bind_number(&query, PARAMETER_list, list);
    query_bind_number(&query, PARAMETER_owner, owner);
    return query;
}

static struct query start_put(struct database *db, enum statement statement, enum list list,
                              int64_t owner, int64_t position, struct env_var entry)
{
    struct query query = start(db, statement, list, owner);

    query_bind_number(&query, PARAMETER_position, position);
    query_bind_text(&query, PARAMETER_name, entry.name);
    query_bind_text(&query, PARAMETER_value, entry.value);
    return query;
}

static enum err put(struct database *db, enum statement statement, enum list list, int64_t owner,
                    int64_t position, struct env_var entry)
{
    struct query query = start_put(db, statement, list, owner, position, entry);

    return query_run(&query);
}

enum err list_drop(struct database *db, enum list list, int64_t owner)
{
    struct query query = start(db, STATEMENT_LIST_DROP, list, owner);

    return query_run(&query);
}

enum err list_set_texts(struct database *db, enum list list, int64_t owner,
                        const struct text *values, size_t count)
{
    enum err err = list_drop(db, list, owner);

    for (size_t i = 0; i < count && !err; i++)
        err = put(db, STATEMENT_LIST_ADD, list, owner, (int64_t)i,
                  (struct env_var){.value = values[i]});
    return err;
}

enum err list_set_env_vars(struct database *db, enum list list, int64_t owner,
                           const struct env_var *env_vars, size_t count)
{
    enum err err = list_drop(db, list, owner);

    for (size_t i = 0; i < count && !err; i++)
        err = put(db, STATEMENT_LIST_ADD, list, owner, (int64_t)i, env_vars[i]);
    return err;
}

enum err list_set_at(struct database *db, enum list list, int64_t owner, int64_t position,
                     struct text value)
{
    return put(db, STATEMENT_LIST_SET, list, owner, position, (struct env_var){.value = value});
}

enum err list_add_named(struct database *db, enum list list, int64_t owner, int64_t position,
                        struct env_var entry, bool *added)
{
    struct query query = start_put(db, STATEMENT_LIST_ADD_NEW, list, owner, position, entry);

    *added = query_step(&query);
    return query_end(&query);
}

enum err list_count(struct database *db, enum list list, int64_t owner, size_t *count)
{
    struct query query = start(db, STATEMENT_LIST_COUNT, list, owner);

    *count = query_step(&query) ? (size_t)query_number(&query, 0) : 0;
    return query_end(&query);
}

/* Called with each row; false without memory. */
typedef bool take_row(int64_t position, struct text name, struct text value, struct arena *arena,
                      void *to);

static enum err load(struct database *db, enum list list, int64_t owner, struct arena *arena,
                     take_row *take, void *to)
{
    struct query query = start(db, STATEMENT_LIST_SHOW, list, owner);
    enum err err = OK;

    while (!err && query_step(&query)) {
        struct text name = query_text(&query, 1), value = query_text(&query, 2);
        if (!take(query_number(&query, 0), name, value, arena, to))
            err = ERR_NO_MEMORY;
    }
    enum err ended = query_end(&query);
    return ended ? ended : err;
}

/* Where the next of a list's values goes. */
struct filling {
    struct text *values;
    struct env_var *entries;
    struct goose_session *sessions;
    size_t count;
};

static bool take_text(int64_t position, struct text name, struct text value, struct arena *arena,
                      void *to)
{
    struct filling *filling = to;
    struct text *next = &filling->values[filling->count++];

    (void)position;
    (void)name;
    *next = arena_copy(arena, value);
    return next->at != NULL;
}

static bool take_named(int64_t position, struct text name, struct text value, struct arena *arena,
                       void *to)
{
    struct filling *filling = to;
    struct env_var *next = &filling->entries[filling->count++];

    (void)position;
    *next = (struct env_var){.name = arena_copy(arena, name), .value = arena_copy(arena, value)};
    return next->name.at && next->value.at;
}

static bool take_session(int64_t position, struct text name, struct text value, struct arena *arena,
                         void *to)
{
    struct filling *filling = to;
    struct goose_session *next = &filling->sessions[filling->count++];

    *next = (struct goose_session){
        .number = position, .id = arena_copy(arena, name), .token = arena_copy(arena, value)};
    return next->id.at && next->token.at;
}

enum err list_load_texts(struct database *db, enum list list, int64_t owner, struct arena *arena,
                         const struct text **values, size_t *count)
{
    enum err err = list_count(db, list, owner, count);

    *values = NULL;
    if (err || *count == 0)
        return err;
    struct text *loaded = arena_alloc(arena, *count * sizeof(*loaded));
    struct filling filling = {.values = loaded};
    *values = loaded;
    return loaded ? load(db, list, owner, arena, take_text, &filling) : ERR_NO_MEMORY;
}

enum err list_load_named(struct database *db, enum list list, int64_t owner, struct arena *arena,
                         const struct env_var **env_vars, size_t *count)
{
    enum err err = list_count(db, list, owner, count);

    *env_vars = NULL;
    if (err || *count == 0)
        return err;
    struct env_var *loaded = arena_alloc(arena, *count * sizeof(*loaded));
    struct filling filling = {.entries = loaded};
    *env_vars = loaded;
    return loaded ? load(db, list, owner, arena, take_named, &filling) : ERR_NO_MEMORY;
}

enum err list_load_sessions(struct database *db, enum list list, int64_t owner, struct arena *arena,
                            const struct goose_session **sessions, size_t *count)
{
    enum err err = list_count(db, list, owner, count);

    *sessions = NULL;
    if (err || *count == 0)
        return err;
    struct goose_session *loaded = arena_alloc(arena, *count * sizeof(*loaded));
    struct filling filling = {.sessions = loaded};
    *sessions = loaded;
    return loaded ? load(db, list, owner, arena, take_session, &filling) : ERR_NO_MEMORY;
}

/* Where list_load_at puts what it finds. */
struct places {
    struct text *values;
    size_t max;
};

static bool take_at(int64_t position, struct text name, struct text value, struct arena *arena,
                    void *to)
{
    struct places *places = to;

    (void)name;
    if ((size_t)position >= places->max)
        return true;
    places->values[position] = arena_copy(arena, value);
    return places->values[position].at != NULL;
}

enum err list_load_at(struct database *db, enum list list, int64_t owner, struct arena *arena,
                      struct text *values, size_t max)
{
    struct places places = {values, max};

    return load(db, list, owner, arena, take_at, &places);
}
