/* SPDX-License-Identifier: MIT */
#include "store/lists.h"

#include <string.h>

enum { FIRST_ROOM = 8 }; /* items that a list has room for at first */

_Static_assert(LIST_POD_SESSIONS == 3 && LIST_POOL_REPOSITORIES == 4 && LIST_POOL_TEXTS == 6 &&
                   LIST_POD_WEBHOOKS == 7 && POOL_API_KEY == 0,
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

enum err list_set_repositories(struct database *db, enum list list, int64_t owner,
                               const struct text *urls, const struct text *branches, size_t count)
{
    enum err err = list_drop(db, list, owner);

    for (size_t i = 0; i < count && !err; i++)
        err = put(
            db, STATEMENT_LIST_ADD, list, owner, (int64_t)i,
            (struct env_var){.name = branches ? branches[i] : (struct text){0}, .value = urls[i]});
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

    return query_add(&query, added);
}

enum err list_count(struct database *db, enum list list, int64_t owner, size_t *count)
{
    struct query query = start(db, STATEMENT_LIST_COUNT, list, owner);

    *count = query_step(&query) ? (size_t)query_number(&query, 0) : 0;
    return query_end(&query);
}

/* A list being loaded: an array in the arena that doubles when it is full. */
struct filling {
    struct arena *arena;
    size_t item_size;
    void *items; /* NULL while there is none */
    size_t count, room;
};

/* Appends an item, not zeroed, and returns it; NULL: out of memory. */
static void *next_item(struct filling *filling)
{
    if (filling->count == filling->room) {
        size_t room = filling->room > 0 ? 2 * filling->room : FIRST_ROOM;
        void *items = arena_alloc(filling->arena, room * filling->item_size);
        if (!items)
            return NULL;
        if (filling->count > 0)
            memcpy(items, filling->items, filling->count * filling->item_size);
        filling->items = items;
        filling->room = room;
    }
    return (char *)filling->items + filling->count++ * filling->item_size;
}

/* Called with each row. Returns false when out of memory. */
typedef bool take_row(int64_t position, struct text name, struct text value, void *to);

static enum err load(struct database *db, enum list list, int64_t owner, take_row *take, void *to)
{
    struct query query = start(db, STATEMENT_LIST_SHOW, list, owner);
    enum err err = OK;

    while (!err && query_step(&query)) {
        struct text name = query_text(&query, 1), value = query_text(&query, 2);
        if (!take(query_number(&query, 0), name, value, to))
            err = ERR_NO_MEMORY;
    }
    enum err ended = query_end(&query);
    return ended ? ended : err;
}

static bool take_text(int64_t position, struct text name, struct text value, void *to)
{
    struct filling *filling = to;
    struct text *next = next_item(filling);

    (void)position;
    (void)name;
    if (next)
        *next = arena_copy(filling->arena, value);
    return next && next->at;
}

static bool take_named(int64_t position, struct text name, struct text value, void *to)
{
    struct filling *filling = to;
    struct env_var *next = next_item(filling);

    (void)position;
    if (next)
        *next = (struct env_var){.name = arena_copy(filling->arena, name),
                                 .value = arena_copy(filling->arena, value)};
    return next && next->name.at && next->value.at;
}

/* A branch may be absent. */
static bool take_repository(int64_t position, struct text name, struct text value, void *to)
{
    struct filling *filling = to;
    struct env_var *next = next_item(filling);

    (void)position;
    if (next)
        *next = (struct env_var){.name = arena_copy(filling->arena, name),
                                 .value = arena_copy(filling->arena, value)};
    return next && next->value.at && (next->name.at || !name.at);
}

enum err list_load_texts(struct database *db, enum list list, int64_t owner, struct arena *arena,
                         const struct text **values, size_t *count)
{
    struct filling filling = {.arena = arena, .item_size = sizeof(**values)};
    enum err err = load(db, list, owner, take_text, &filling);

    *values = filling.items;
    *count = filling.count;
    return err;
}

enum err list_load_named(struct database *db, enum list list, int64_t owner, struct arena *arena,
                         const struct env_var **env_vars, size_t *count)
{
    struct filling filling = {.arena = arena, .item_size = sizeof(**env_vars)};
    enum err err = load(db, list, owner, take_named, &filling);

    *env_vars = filling.items;
    *count = filling.count;
    return err;
}

/* Splits repositories into URLs and branches. `branches` is NULL if none has a branch. */
static enum err split_repositories(const struct filling *filling, const struct text **urls,
                                   const struct text **branches)
{
    const struct env_var *repositories = filling->items;
    struct text *values = arena_alloc(filling->arena, filling->count * sizeof(*values));
    struct text *names = arena_alloc(filling->arena, filling->count * sizeof(*names));
    bool any_branch = false;

    if (!values || !names)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < filling->count; i++) {
        values[i] = repositories[i].value;
        names[i] = repositories[i].name;
        any_branch |= names[i].at != NULL;
    }
    *urls = values;
    *branches = any_branch ? names : NULL;
    return OK;
}

enum err list_load_repositories(struct database *db, enum list list, int64_t owner,
                                struct arena *arena, const struct text **urls,
                                const struct text **branches, size_t *count)
{
    struct filling filling = {.arena = arena, .item_size = sizeof(struct env_var)};
    enum err err = load(db, list, owner, take_repository, &filling);

    *urls = *branches = NULL;
    *count = filling.count;
    if (!err && filling.count > 0)
        err = split_repositories(&filling, urls, branches);
    return err;
}

/* Reads a row of SESSIONS. Returns false without memory. */
static bool take_session(struct query *query, struct arena *arena, struct goose_session *out)
{
    struct text url = query_text(query, 3);

    *out = (struct goose_session){.number = query_number(query, 0),
                                  .id = arena_copy(arena, query_text(query, 1)),
                                  .token = arena_copy(arena, query_text(query, 2)),
                                  .webhook_url = arena_copy(arena, url)};
    return out->id.at && out->token.at && (!url.at || out->webhook_url.at);
}

enum err list_load_sessions(struct database *db, int64_t pod_number, struct text id,
                            struct arena *arena, const struct goose_session **sessions,
                            size_t *count)
{
    struct filling filling = {.arena = arena, .item_size = sizeof(**sessions)};
    struct query query = query_start(db, STATEMENT_SESSIONS);
    enum err err = OK;

    query_bind_number(&query, PARAMETER_owner, pod_number);
    query_bind_text(&query, PARAMETER_name, id);
    while (!err && query_step(&query)) {
        struct goose_session *next = next_item(&filling);
        err = next && take_session(&query, arena, next) ? OK : ERR_NO_MEMORY;
    }
    enum err ended = query_end(&query);
    *sessions = filling.items;
    *count = filling.count;
    return ended ? ended : err;
}

/* The array that list_load_at fills. */
struct places {
    struct arena *arena;
    struct text *values;
    size_t max;
};

static bool take_at(int64_t position, struct text name, struct text value, void *to)
{
    struct places *places = to;

    (void)name;
    if ((size_t)position >= places->max)
        return true;
    places->values[position] = arena_copy(places->arena, value);
    return places->values[position].at != NULL;
}

enum err list_load_at(struct database *db, enum list list, int64_t owner, struct arena *arena,
                      struct text *values, size_t max)
{
    struct places places = {arena, values, max};

    return load(db, list, owner, take_at, &places);
}
