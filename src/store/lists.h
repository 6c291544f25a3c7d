/* SPDX-License-Identifier: MIT
 *
 * Private to the store: the lists of pools and pods, all in one table.
 */
#ifndef STORE_LISTS_H
#define STORE_LISTS_H

#include "model/pool.h"
#include "store/database.h"

enum list {
#define LIST(name) LIST_##name,
#include "store/list.def"
#undef LIST
    LIST__MAX
};

/* Replaces a list. The values are borrowed for the call. */
enum err list_set_texts(struct database *db, enum list list, int64_t owner,
                        const struct text *values, size_t count);
enum err list_set_env_vars(struct database *db, enum list list, int64_t owner,
                           const struct env_var *env_vars, size_t count);

/* The same of repositories: a value is a URL, its name the branch, absent where it has none.
 * `branches` is NULL where none has one. */
enum err list_set_repositories(struct database *db, enum list list, int64_t owner,
                               const struct text *urls, const struct text *branches, size_t count);

/* Sets the value at one position, which may be there already. */
enum err list_set_at(struct database *db, enum list list, int64_t owner, int64_t position,
                     struct text value);

/* Adds a value with a name at a position. `added` is false where the schema has it that there is
 * one already, and nothing was done. */
enum err list_add_named(struct database *db, enum list list, int64_t owner, int64_t position,
                        struct env_var entry, bool *added);

enum err list_drop(struct database *db, enum list list, int64_t owner);

/* Loads a list into the arena; an empty one is NULL. */
enum err list_load_texts(struct database *db, enum list list, int64_t owner, struct arena *arena,
                         const struct text **values, size_t *count);
enum err list_load_named(struct database *db, enum list list, int64_t owner, struct arena *arena,
                         const struct env_var **env_vars, size_t *count);

/* Loads a list of repositories. */
enum err list_load_repositories(struct database *db, enum list list, int64_t owner,
                                struct arena *arena, const struct text **urls,
                                const struct text **branches, size_t *count);

/* Loads a list of sessions: a position is the session's number, the name its id, the value its
 * token. */
enum err list_load_sessions(struct database *db, enum list list, int64_t owner, struct arena *arena,
                            const struct goose_session **sessions, size_t *count);

/* Loads the values that are there to their positions below `max`; the others stay as they are. */
enum err list_load_at(struct database *db, enum list list, int64_t owner, struct arena *arena,
                      struct text *values, size_t max);

enum err list_count(struct database *db, enum list list, int64_t owner, size_t *count);

#endif
