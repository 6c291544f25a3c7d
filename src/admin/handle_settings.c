/* SPDX-License-Identifier: MIT
 *
 * __admin/settings (for all pools), __admin/pools/{pool}, and the reset of a pool. */
#include "call/handler.h"
#include "admin/settings_body.h"

/* Returns the name of the pool in the path; "" stands for all pools. */
static struct text pool_of(struct call *call)
{
    return text_or_empty(call_pool_name(call));
}

enum err handle_settings(struct call *call)
{
    struct settings effective, own;
    struct text pool_name = pool_of(call);
    enum err err = pool_state_get_settings(call->state, pool_name, &effective, &own);

    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    if (pool_name.length > 0) {
        writer_member_text(&writer, "pool_name", pool_name);
    }
    writer_key(&writer, "settings");
    view_settings(&writer, &effective);
    writer_key(&writer, "own");
    view_settings(&writer, &own);
    return call_end_answer(call, &writer);
}

enum err handle_change_settings(struct call *call)
{
    struct settings_patch patch;
    struct reader_node root;
    enum err err;

    if ((err = call_body(call, &root)) ||
        (err = settings_body_read(&root, &patch, call->problem)) ||
        (err = pool_state_change_settings(call->state, pool_of(call), &patch)))
        return err;
    return handle_settings(call);
}

enum err handle_reset_pool(struct call *call)
{
    struct pool pool;
    enum err err;

    if ((err = call_empty_body(call)) ||
        (err = pool_state_reset_pool(call->state, pool_of(call), call->arena, &pool)))
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Pool reset"));
    writer_key(&writer, "pool");
    view_pool_summary(&writer, &pool);
    return call_end_answer(call, &writer);
}
