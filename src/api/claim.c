/* SPDX-License-Identifier: MIT
 *
 * GET pools/{pool}/workspace: the claim (contract, sections 1 and 2). */
#include "api/claim_wait.h"
#include "base/duration.h"

static enum err read_workspace_id(struct call *call, struct text *workspace_id)
{
    enum err err = call_query(call, "workspaceId", workspace_id);

    if (err)
        return err;
    if (workspace_id->length == 0)
        *workspace_id = TEXT("unknown-workspace");
    if (workspace_id->length > WORKSPACE_ID_MAX)
        return problem_set(call->problem, ERR_BAD_QUERY, "workspaceId: longer than %d bytes",
                           WORKSPACE_ID_MAX);
    if (!text_is_utf8(*workspace_id))
        return problem_set(call->problem, ERR_BAD_QUERY, "workspaceId: not UTF-8");
    if (text_has_control(*workspace_id))
        return problem_set(call->problem, ERR_BAD_QUERY, "workspaceId: has a control character");
    return OK;
}

/* What tells a request that nginx repeats from another one: its id, its method and its target.
 * Empty where the front end gives no id. */
static enum err repeat_key(struct call *call, struct text *key)
{
    struct text id = request_variable(call->request, TEXT("REQUEST_ID"));
    struct buffer joined = buffer_new(2 * (id.length + call->target.length) + 64);

    *key = TEXT("");
    if (id.length == 0)
        return OK;
    buffer_put_text(&joined, id);
    buffer_put_char(&joined, '\0');
    buffer_put_text(&joined, call->request->method_name);
    buffer_put_char(&joined, '\0');
    buffer_put_text(&joined, call->target);
    *key = arena_copy(call->arena, buffer_text(&joined));
    bool failed = joined.failed || !key->at;
    buffer_free(&joined);
    return failed ? ERR_NO_MEMORY : OK;
}

/* A lease of the claim's own: `?ttl=`, a duration, or null for none. */
static enum err read_ttl(struct call *call, struct claim_wish *wish)
{
    struct text ttl;
    enum err err = call_query(call, "ttl", &ttl);

    if (err || ttl.length == 0)
        return err;
    wish->ttl_said = true;
    if (text_equal(ttl, TEXT("null")) || duration_read(ttl, SETTING_TTL_MAX_MS, &wish->ttl_ms))
        return OK;
    return problem_set(call->problem, ERR_BAD_QUERY, "ttl: expected a duration, or null");
}

/* What the pool's settings say to a claim that comes while others wait for a pod: nobody goes
 * before them. */
static enum err refuse_behind_others(struct call *call, struct claim_refusal *refusal)
{
    struct settings settings, own;
    enum err err;

    *refusal = (struct claim_refusal){0};
    if (!claim_queues_hold(&call->tenant->claim_queues, call_pool(call)))
        return OK;
    err = pool_state_get_settings(call->state, call_pool(call), &settings, &own);
    if (err)
        return err;
    *refusal = claim_refusal_of(&settings);
    return refusal->queue ? ERR_EXHAUSTED : OK;
}

enum err claim_once(struct call *call, const struct claim_wish *wish, bool is_first,
                    struct pod *pod, struct claim_refusal *refusal)
{
    struct text key;
    enum err err = repeat_key(call, &key);

    if (err)
        return err;
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

enum err claim_show(struct call *call, const struct pod *pod)
{
    call_note_pod(call, pod);
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "workspace");
    view_pod(&writer, pod, &call->view);
    return call_end_answer(call, &writer);
}

enum err handle_claim(struct call *call)
{
    struct claim_wish wish = {.pool = call_pool(call)};
    struct claim_refusal refusal;
    struct pod pod;
    enum err err;

    call->facts->pool = wish.pool;
    if ((err = read_workspace_id(call, &call->facts->workspace)) || (err = read_ttl(call, &wish)))
        return err;
    wish.workspace_id = call->facts->workspace;
    err = claim_once(call, &wish, false, &pod, &refusal);
    if (err == ERR_EXHAUSTED && refusal.queue)
        return claim_wait_begin(call, &wish, &refusal);
    if (err == ERR_EXHAUSTED)
        return call_refuse(
            call, problem_set_status(call->problem, err, refusal.status, refusal.retry_after_s));
    return err ? err : claim_show(call, &pod);
}
