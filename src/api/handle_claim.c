/* SPDX-License-Identifier: MIT
 *
 * GET pools/{pool}/workspace: the claim (docs/api.md). */
#include "api/claim_once.h"
#include "api/claim_wait.h"
#include "base/duration.h"

static enum err read_workspace_id(struct call *call, struct text *workspace_id)
{
    enum err err = claim_workspace(call->query, call->arena, workspace_id);

    if (err == ERR_BAD_QUERY)
        return problem_set(call->problem, err, "workspaceId: a malformed percent-escape");
    if (err)
        return err;
    if (workspace_id->length > WORKSPACE_ID_MAX)
        return problem_set(call->problem, ERR_BAD_QUERY, "workspaceId: longer than %d bytes",
                           WORKSPACE_ID_MAX);
    if (!text_is_utf8(*workspace_id))
        return problem_set(call->problem, ERR_BAD_QUERY, "workspaceId: not UTF-8");
    if (text_has_control(*workspace_id))
        return problem_set(call->problem, ERR_BAD_QUERY, "workspaceId: has a control character");
    return OK;
}

/* Reads the claim's own lease from `?ttl=`: a duration, or null for no lease. */
static enum err read_ttl(struct call *call, struct claim_wish *wish)
{
    char fault[DURATION_FAULT_MAX];
    struct text ttl;
    enum err err = call_query(call, "ttl", &ttl);

    if (err || ttl.length == 0)
        return err;
    wish->ttl_is_set = true;
    if (text_equal(ttl, TEXT("null")) || duration_read(ttl, SETTING_TTL_MAX_MS, &wish->ttl_ms))
        return OK;
    duration_fault(ttl, SETTING_TTL_MAX_MS, fault);
    return call_refuse_parameter(call, "ttl", ttl, fault);
}

enum err handle_claim(struct call *call)
{
    struct claim_wish wish = {.pool_name = call_pool_name(call)};
    struct claim_refusal refusal;
    struct pod pod;
    enum err err;

    if ((err = read_workspace_id(call, &call->about->workspace)) || (err = read_ttl(call, &wish)))
        return err;
    wish.workspace_id = call->about->workspace;
    err = claim_once(call, &wish, false, &pod, &refusal);
    if (err == ERR_EXHAUSTED && refusal.queue)
        return claim_wait_begin(call, &wish, &refusal);
    if (err == ERR_EXHAUSTED)
        return call_refuse(call, claim_refuse(call, &wish, &refusal, call->problem));
    return err ? err : claim_show(call, &pod);
}
