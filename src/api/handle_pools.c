/* SPDX-License-Identifier: MIT
 *
 * The routes of pools: status, list, create, show, update, delete, scale. */
#include "call/handler.h"
#include "call/list.h"
#include "api/pool_config.h"

enum err handle_status(struct call *call)
{
    struct text simple;
    struct pool pool;
    enum err err;

    if ((err = call_query(call, "simple", &simple)) || (err = call_get_pool(call, &pool)))
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "pool");
    view_pool_summary(&writer, &pool);
    writer_member_text(&writer, "pool_name", pool.spec.name);
    writer_key(&writer, "status");
    view_pool_status(&writer, &pool, call->clock->wall_ms);
    if (text_equal(simple, TEXT("true")))
        return call_end_answer(call, &writer);
    return list_answer_statuses(call, &writer, &pool);
}

enum err handle_workspaces(struct call *call)
{
    struct list_range range;
    struct pool pool;
    enum err err;

    if ((err = list_read_range(call, list_parse_pod_cursor, &range)) ||
        (err = call_get_pool(call, &pool)))
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_member_text(&writer, "pool_name", pool.spec.name);
    return list_answer_pods(call, &writer, &pool, range);
}

enum err handle_pools(struct call *call)
{
    struct list_range range;
    enum err err = list_read_range(call, list_parse_pool_cursor, &range);

    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    return list_answer_pools(call, &writer, range);
}

static void show_owner(struct call *call, struct writer *writer)
{
    writer_member_text(writer, "owner", call->api->defaults.owner);
}

enum err handle_create_pool(struct call *call)
{
    struct pool_spec spec;
    struct pool pool;
    bool created;
    enum err err;

    if ((err = pool_config_read_new(call, &spec)) ||
        (err = pool_state_create_pool(call->state, &spec, call->arena, &pool, &created)))
        return err;
    call->about->pool_name = pool.spec.name;
    struct writer writer = call_begin_message(
        call, created ? 201 : 200,
        created ? TEXT("Pool created") : TEXT("Pool exists already; nothing was changed"));
    show_owner(call, &writer);
    writer_key(&writer, "pool");
    view_pool_created(&writer, &pool, &call->view);
    return call_end_answer(call, &writer);
}

enum err handle_pool(struct call *call)
{
    struct pool pool;
    enum err err;

    if ((err = call_get_pool(call, &pool)) ||
        (err = pool_state_load_config(call->state, call->arena, &pool)))
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_member_text(&writer, "pool_name", pool.spec.name);
    writer_key(&writer, "config");
    view_pool_config(&writer, &pool, &call->view);
    show_owner(call, &writer);
    writer_key(&writer, "status");
    view_pool_status(&writer, &pool, call->clock->wall_ms);
    return call_end_answer(call, &writer);
}

/* Refuses a change of a pool. The pool stays: this request may have made it. */
static enum err refuse_change(struct call *call, enum err err)
{
    return err == ERR_POD_LIMIT ? call_refuse(call, err) : err;
}

enum err handle_update_pool(struct call *call)
{
    struct pool_config_body body;
    struct pool_spec changes;
    struct pool pool;
    enum err err;

    if ((err = pool_config_read(call, &body)) || (err = call_get_pool(call, &pool)) ||
        (err = pool_state_load_config(call->state, call->arena, &pool)) ||
        (err = pool_config_unmask(call, &body, &pool.spec, &changes)))
        return err;
    bool changed = pool_config_remove_unchanged(&changes, &pool.spec);
    int64_t more_pods = body.minimum_pods - pool.counts.total;
    if (more_pods > 0)
        err = pool_state_add_pods(call->state, pool.spec.name, more_pods);
    if (!err && changed)
        err = pool_state_update_pool(call->state, &pool, &changes, call->arena, &pool);
    if (err)
        return refuse_change(call, err);
    struct writer writer = call_begin_message(call, 200,
                                              changed         ? TEXT("Pool updated")
                                              : more_pods > 0 ? TEXT("Pods made")
                                                              : TEXT("Pool is as it was"));
    writer_key(&writer, "pool");
    view_pool_created(&writer, &pool, &call->view);
    show_owner(call, &writer);
    writer_member_bool(&writer, "config_changed", changed);
    return call_end_answer(call, &writer);
}

enum err handle_delete_pool(struct call *call)
{
    enum err err = pool_state_delete_pool(call->state, call_pool_name(call));

    if (err)
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Pool deleted"));
    show_owner(call, &writer);
    return call_end_answer(call, &writer);
}

/* True if scaling to that minimum changes the pool. */
static bool would_scale(const struct pool *pool, int64_t minimum_vms)
{
    bool removes = pool->counts.total > minimum_vms && pool->counts.total > pool->counts.used;

    return minimum_vms != pool->spec.minimum_vms || pool->counts.total < minimum_vms || removes;
}

enum err handle_scale(struct call *call)
{
    struct pool_spec changes = {0};
    struct pool pool;
    struct reader_node root;
    enum err err;

    if ((err = call_body(call, &root)) ||
        (err = reader_member_number(&root, "minimum_vms", 1, POOL_MINIMUM_VMS_MAX,
                                    &changes.minimum_vms, call->problem)))
        return err;
    if (changes.minimum_vms == 0)
        return reader_missing(&root, "minimum_vms", call->problem);
    if ((err = call_get_pool(call, &pool)))
        return err;
    int64_t old_minimum = pool.spec.minimum_vms;
    if (would_scale(&pool, changes.minimum_vms) &&
        (err = pool_state_update_pool(call->state, &pool, &changes, call->arena, &pool)))
        return refuse_change(call, err);
    struct writer writer = call_begin_message(call, 200, TEXT("Pool scaled"));
    writer_member_number(&writer, "old_minimum", old_minimum);
    writer_member_number(&writer, "new_minimum", pool.spec.minimum_vms);
    show_owner(call, &writer);
    return call_end_answer(call, &writer);
}
