/* SPDX-License-Identifier: MIT */
#include "api/claim_once.h"

/* What tells a request that nginx repeats from another one: its id, its method and its target.
 * Empty where the front end gives no id. */
static struct buffer repeat_key(const struct call *call)
{
    struct text id = request_variable(call->request, TEXT("REQUEST_ID"));
    struct buffer key = buffer_new(2 * (id.length + call->target.length) + 64);

    if (id.length == 0)
        return key;
    buffer_put_text(&key, id);
    buffer_put_char(&key, '\0');
    buffer_put_text(&key, call->request->method_name);
    buffer_put_char(&key, '\0');
    buffer_put_text(&key, call->target);
    return key;
}

/* What the pool's settings say to a claim that comes while others wait for a pod: nobody goes
 * before them. */
static enum err refuse_behind_others(struct call *call, struct claim_refusal *refusal)
{
    struct settings settings, own;
    enum err err;

    *refusal = (struct claim_refusal){0};
    if (!claim_queues_hold(&call->tenant->claim_queues, call_pool_name(call)))
        return OK;
    err = pool_state_get_settings(call->state, call_pool_name(call), &settings, &own);
    if (err)
        return err;
    *refusal = claim_refusal_of(&settings);
    return refusal->queue ? ERR_EXHAUSTED : OK;
}

static enum err recall_or_claim(struct call *call, const struct claim_wish *wish, bool is_first,
                                struct text key, struct pod *pod, struct claim_refusal *refusal)
{
    enum err err;

    if (key.length > 0) {
        err = pool_state_recall_claim(call->state, key, call->arena, pod);
        if (err != ERR_NOT_FOUND)
            return err;
    }
    if (!is_first && (err = refuse_behind_others(call, refusal)))
        return err;
    err = pool_state_claim_pod(call->state, wish, call->arena, pod, refusal);
    if (!err && key.length > 0)
        err = pool_state_remember_claim(call->state, key, pod);
    return err;
}

enum err claim_once(struct call *call, const struct claim_wish *wish, bool is_first,
                    struct pod *pod, struct claim_refusal *refusal)
{
    struct buffer key = repeat_key(call); /* not in the arena: a claim that waits makes many */
    enum err err = key.failed
                       ? ERR_NO_MEMORY
                       : recall_or_claim(call, wish, is_first, buffer_text(&key), pod, refusal);

    buffer_free(&key);
    return err;
}

enum err claim_show(struct call *call, const struct pod *pod)
{
    call_note_pod(call, pod);
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "workspace");
    view_pod(&writer, pod, &call->view);
    return call_end_answer(call, &writer);
}
