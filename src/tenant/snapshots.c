/* SPDX-License-Identifier: MIT */
#include "tenant/snapshots.h"

#include <stdlib.h>
#include <string.h>

#include "model/name.h"

void snapshot_free(struct snapshot *snapshot)
{
    pool_state_close(&snapshot->state);
    free(snapshot);
}

void snapshots_init(struct snapshots *snapshots)
{
    STAILQ_INIT(&snapshots->list);
    snapshots->count = 0;
}

void snapshots_free(struct snapshots *snapshots)
{
    struct snapshot *snapshot;

    while ((snapshot = STAILQ_FIRST(&snapshots->list))) {
        STAILQ_REMOVE_HEAD(&snapshots->list, link);
        snapshot_free(snapshot);
    }
    snapshots->count = 0;
}

bool snapshot_name_is_good(struct text name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-";

    if (name.length == 0 || name.length > SNAPSHOT_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.length; i++)
        if (!memchr(letters, name.at[i], sizeof(letters) - 1))
            return false;
    return !name_fault(name);
}

struct snapshot *snapshots_find(const struct snapshots *snapshots, struct text name)
{
    struct snapshot *snapshot;

    STAILQ_FOREACH(snapshot, &snapshots->list, link)
        if (text_equal(text_of(snapshot->name), name))
            return snapshot;
    return NULL;
}

bool snapshots_drop(struct snapshots *snapshots, struct text name)
{
    struct snapshot *dropped = snapshots_find(snapshots, name);

    if (!dropped)
        return false;
    STAILQ_REMOVE(&snapshots->list, dropped, snapshot, link);
    snapshots->count--;
    snapshot_free(dropped);
    return true;
}

void snapshots_put(struct snapshots *snapshots, struct snapshot *snapshot)
{
    snapshots_drop(snapshots, text_of(snapshot->name));
    STAILQ_INSERT_TAIL(&snapshots->list, snapshot, link);
    snapshots->count++;
}

enum err snapshots_make(const struct snapshots *snapshots, struct text name,
                        struct pool_state *state, int64_t now_ms, struct snapshot **out)
{
    if (snapshots->count == SNAPSHOTS_MAX && !snapshots_find(snapshots, name))
        return ERR_SNAPSHOT_LIMIT;
    struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
    if (!snapshot)
        return ERR_NO_MEMORY;
    memcpy(snapshot->name, name.at, name.length);
    snapshot->at_ms = now_ms;
    enum err err = pool_state_copy(state, &snapshot->state);
    if (err) {
        free(snapshot);
        return err;
    }
    *out = snapshot;
    return OK;
}
