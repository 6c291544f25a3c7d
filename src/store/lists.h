/* SPDX-License-Identifier: MIT
 *
 * Private to the store: the lists of pools and pods (store/list.def), all in one table. `owner` is
 * the number of the pool or pod.
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

/* Replace a list. The values are borrowed for the call. */
enum err list_set_texts(struct database *db, enum list list, int64_t owner,
                        const struct text *values, size_t count);
enum err list_set_env_vars(struct database *db, enum list list, int64_t owner,
                           const struct env_var *env_vars, size_t count);

/* Replaces a list of repositories. A repository without a branch has an absent one; `branches` is
 * NULL if none has a branch. */
enum err list_set_repositories(struct database *db, enum list list, int64_t owner,
                               const struct text *urls, const struct text *branches, size_t count);

/* Sets the value at one position, or replaces it. */
enum err list_set_at(struct database *db, enum list list, int64_t owner, int64_t position,
                     struct text value);

/* Adds a value with a name at a position. `added` is false, and nothing has changed, if the schema
 * does not allow another row at that position. */
enum err list_add_named(struct database *db, enum list list, int64_t owner, int64_t position,
                        struct env_var entry, bool *added);

enum err list_drop(struct database *db, enum list list, int64_t owner);

/* Load a list into the arena; an empty list is NULL. */
enum err list_load_texts(struct database *db, enum list list, int64_t owner, struct arena *arena,
                         const struct text **values, size_t *count);
enum err list_load_named(struct database *db, enum list list, int64_t owner, struct arena *arena,
                         const struct env_var **env_vars, size_t *count);

/* Loads a list of repositories. `branches` is NULL if none has a branch. */
enum err list_load_repositories(struct database *db, enum list list, int64_t owner,
                                struct arena *arena, const struct text **urls,
                                const struct text **branches, size_t *count);

/* Loads the sessions of a pod, the oldest first, with their webhooks. `id`: only the one with this
 * id; absent: all. */
enum err list_load_sessions(struct database *db, int64_t pod_number, struct text id,
                            struct arena *arena, const struct goose_session **sessions,
                            size_t *count);

/* Loads each value to its position in `values`, if that is below `max`. Other places stay. */
enum err list_load_at(struct database *db, enum list list, int64_t owner, struct arena *arena,
                      struct text *values, size_t max);

enum err list_count(struct database *db, enum list list, int64_t owner, size_t *count);

#endif
