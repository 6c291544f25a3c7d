/* SPDX-License-Identifier: MIT
 *
 * __admin/snapshots: named copies of the state, which can be restored. */
#include "admin/state_answer.h"

static struct text name_of(struct call *call)
{
    return router_parameter(&call->match, TEXT("snapshot"));
}

static enum err find(struct call *call, struct snapshot **out)
{
    *out = snapshots_find(&call->tenant->snapshots, name_of(call));
    return *out ? OK : ERR_SNAPSHOT_NOT_FOUND;
}

static enum err show_snapshot(struct writer *writer, const struct snapshot *snapshot)
{
    struct pool_state_totals totals;
    enum err err = pool_state_totals(snapshot->state, &totals);

    if (err)
        return err;
    writer_object(writer);
    writer_member_text(writer, "name", text_of(snapshot->name));
    writer_member_time(writer, "at", snapshot->at_ms);
    writer_member_number(writer, "pools", totals.pools);
    writer_member_number(writer, "pods", totals.pods);
    writer_end_object(writer);
    return OK;
}

enum err handle_snapshots(struct call *call)
{
    struct writer writer = call_begin_answer(call, 200);
    const struct snapshot *snapshot;
    enum err err;

    writer_member_array(&writer, "snapshots");
    STAILQ_FOREACH(snapshot, &call->tenant->snapshots.list, link)
        if ((err = show_snapshot(&writer, snapshot)))
            return err;
    writer_end_array(&writer);
    return call_end_answer(call, &writer);
}

enum err handle_take_snapshot(struct call *call)
{
    struct snapshots *snapshots = &call->tenant->snapshots;
    struct text name = name_of(call);
    struct snapshot *snapshot = NULL;
    enum err err;

    if (!snapshot_name_is_good(name))
        return problem_set(call->problem, ERR_BAD_NAME,
                           "a snapshot's name is 1 to %d characters of a-z, A-Z, 0-9, '.', '_' "
                           "and '-'",
                           SNAPSHOT_NAME_MAX);
    bool is_new = !snapshots_find(snapshots, name);
    if ((err = call_empty_body(call)))
        return err;
    err = snapshots_make(snapshots, name, call->state, call->clock->wall_ms, &snapshot);
    if (err == ERR_SNAPSHOT_LIMIT)
        return problem_set(call->problem, err, "the limit of %d snapshots is reached; delete one",
                           SNAPSHOTS_MAX);
    if (err)
        return err;
    struct writer writer = call_begin_message(call, is_new ? 201 : 200, TEXT("Snapshot taken"));
    writer_key(&writer, "snapshot");
    err = show_snapshot(&writer, snapshot);
    if (!err)
        err = call_end_answer(call, &writer);
    if (err)
        snapshot_free(snapshot);
    else
        snapshots_put(snapshots, snapshot);
    return err;
}

enum err handle_snapshot(struct call *call)
{
    struct snapshot *snapshot;
    enum err err = find(call, &snapshot);

    return err ? err : state_answer(call, snapshot->state);
}

enum err handle_delete_snapshot(struct call *call)
{
    enum err err = call_empty_body(call);

    if (err)
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Snapshot deleted"));
    if ((err = call_end_answer(call, &writer)))
        return err;
    return snapshots_drop(&call->tenant->snapshots, name_of(call)) ? OK : ERR_SNAPSHOT_NOT_FOUND;
}

enum err handle_restore_snapshot(struct call *call)
{
    struct snapshot *snapshot;
    enum err err;

    if ((err = call_empty_body(call)) || (err = find(call, &snapshot)))
        return err;
    return state_replace_by_snapshot(call, snapshot->state);
}
