/* SPDX-License-Identifier: MIT
 *
 * The control routes, __admin/… */
#include "api/handler.h"

enum err handle_health(struct call *call)
{
    struct pool_state_totals totals;
    enum err err = pool_state_totals(call->state, &totals);

    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "status");
    writer_text(&writer, TEXT("ok"));
    writer_key(&writer, "version");
    writer_text(&writer, text_of(call->api->version));
    writer_key(&writer, "uptimeMs");
    writer_number(&writer, (call->clock->mono_us - call->api->started_us) / 1000);
    writer_key(&writer, "generation");
    writer_number(&writer, pool_state_generation(call->state));
    writer_key(&writer, "pools");
    writer_number(&writer, totals.pools);
    writer_key(&writer, "pods");
    writer_number(&writer, totals.pods);
    writer_key(&writer, "parked");
    writer_number(&writer, (int64_t)call->parked);
    return call_end_answer(call, &writer);
}

enum err handle_reset(struct call *call)
{
    struct pool_state_totals dropped;
    struct reader_node root;
    enum err err;

    if ((err = call_body(call, &root)) || (err = pool_state_reset(call->state, 0, &dropped)))
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "message");
    writer_text(&writer, TEXT("State reset"));
    writer_key(&writer, "dropped");
    writer_object(&writer);
    writer_key(&writer, "pools");
    writer_number(&writer, dropped.pools);
    writer_key(&writer, "pods");
    writer_number(&writer, dropped.pods);
    writer_end_object(&writer);
    writer_key(&writer, "generation");
    writer_number(&writer, pool_state_generation(call->state));
    return call_end_answer(call, &writer);
}
