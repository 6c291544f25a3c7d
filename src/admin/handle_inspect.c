/* SPDX-License-Identifier: MIT
 *
 * __admin/pools, __admin/pools/{pool}/pods and __admin/queue: show pools, pods and waiting claims
 * without changing anything. No look is counted. */
#include "call/handler.h"
#include "call/list.h"

enum err handle_look_at_pools(struct call *call)
{
    struct list_range range;
    enum err err = list_read_range(call, list_parse_pool_cursor, &range);

    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    return list_answer_pool_counts(call, &writer, range);
}

enum err handle_look_at_pods(struct call *call)
{
    struct list_range range;
    struct pool pool;
    enum err err;

    if ((err = list_read_range(call, list_parse_pod_cursor, &range)) ||
        (err = pool_state_get_pool(call->state, call_pool_name(call), call->arena, &pool)))
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_member_text(&writer, "pool", pool.spec.name);
    return list_answer_pods_uncounted(call, &writer, &pool, range);
}

static void show_place(struct writer *writer, const struct claim_place *place)
{
    writer_object(writer);
    writer_member_text(writer, "pool", claim_place_pool_name(place));
    writer_member_text(writer, "workspaceId", place->workspace);
    writer_member_time(writer, "since", place->since_ms);
    writer_member_text(writer, "requestId", text_or_absent(place->request_id));
    writer_end_object(writer);
}

enum err handle_queue(struct call *call)
{
    const struct claim_place *place;
    struct writer writer = call_begin_answer(call, 200);

    writer_member_array(&writer, "queue");
    TAILQ_FOREACH(place, &call->tenant->claim_queues.places, by_age)
        show_place(&writer, place);
    writer_end_array(&writer);
    return call_end_answer(call, &writer);
}
