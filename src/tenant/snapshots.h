/* SPDX-License-Identifier: MIT
 *
 * The snapshots of a tenant: named copies of its state, to which it can be restored
 * (docs/control.md, "PUT __admin/snapshots/{snapshot}"). They are kept in memory, and a reset keeps
 * them.
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
    int64_t at_ms;            /* when it was made, by the clock of the state */
    struct pool_state *state; /* owned; never changes */
    STAILQ_ENTRY(snapshot) link;
};

struct snapshots {
    STAILQ_HEAD(, snapshot) list; /* the oldest first */
    size_t count;
};

/* Initialises the struct without snapshots. It must not be moved afterwards. */
void snapshots_init(struct snapshots *snapshots);
void snapshots_free(struct snapshots *snapshots);

/* Returns true for a valid name: 1 to SNAPSHOT_NAME_MAX characters of a-z A-Z 0-9 . _ - other than
 * "." and "..". */
bool snapshot_name_is_good(struct text name);

/* Returns the snapshot of that name, or NULL. Borrowed until it is replaced or dropped. */
struct snapshot *snapshots_find(const struct snapshots *snapshots, struct text name);

/* Makes a snapshot of the state as it is now. The name must be valid. The caller passes the
 * snapshot to snapshots_put or snapshot_free. Returns OK, ERR_SNAPSHOT_LIMIT if snapshots_put would
 * exceed SNAPSHOTS_MAX, ERR_NO_MEMORY, or what pool_state_copy returns. */
enum err snapshots_make(const struct snapshots *snapshots, struct text name,
                        struct pool_state *state, int64_t now_ms, struct snapshot **out);
void snapshot_free(struct snapshot *snapshot);

/* Takes a snapshot and adds it. Frees an earlier one of that name. Cannot fail. */
void snapshots_put(struct snapshots *snapshots, struct snapshot *snapshot);

/* Drops the snapshot of that name. Returns false if there is none. */
bool snapshots_drop(struct snapshots *snapshots, struct text name);

#endif
