/* SPDX-License-Identifier: MIT
 *
 * The states of a tenant that were given a name, to be gone back to (control API, "GET snapshots").
 * They are held in memory, and a reset leaves them.
 */
#ifndef TENANT_SNAPSHOTS_H
#define TENANT_SNAPSHOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/err.h"
#include "base/text.h"
#include "store/pool_state.h"

enum { SNAPSHOTS_MAX = 64, SNAPSHOT_NAME_MAX = 64 };

struct snapshot {
    char name[SNAPSHOT_NAME_MAX + 1];
    int64_t at_ms;            /* by the clock of the state: when it was taken */
    struct pool_state *state; /* never changes */
    STAILQ_ENTRY(snapshot) link;
};

struct snapshots {
    STAILQ_HEAD(, snapshot) list; /* the oldest first */
    size_t count;
};

/* Begins without any. It must not be moved from then on. */
void snapshots_init(struct snapshots *snapshots);
void snapshots_free(struct snapshots *snapshots);

/* True for 1 to SNAPSHOT_NAME_MAX characters of a-z, A-Z, 0-9, '.', '_' and '-', but not for "."
 * and
 * "..". */
bool snapshot_name_is_good(struct text name);

/* The snapshot of that name, or NULL. Borrowed until it is taken anew or dropped. */
struct snapshot *snapshots_find(const struct snapshots *snapshots, struct text name);

/* Makes a snapshot of a state as it is now, with a good name, that is not among the others yet:
 * the caller gives it to snapshots_put or to snapshot_free. Returns OK, ERR_SNAPSHOT_LIMIT if they
 * could not keep it, or what the store does. */
enum err snapshots_make(const struct snapshots *snapshots, struct text name,
                        struct pool_state *state, int64_t now_ms, struct snapshot **out);
void snapshot_free(struct snapshot *snapshot);

/* Takes a snapshot in, and drops the one that had its name. Cannot fail. */
void snapshots_put(struct snapshots *snapshots, struct snapshot *snapshot);

/* False where there is none of that name. */
bool snapshots_drop(struct snapshots *snapshots, struct text name);

#endif
