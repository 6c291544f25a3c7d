/* SPDX-License-Identifier: MIT */
#include "api/claim_once.h"

#include <stdio.h>

enum { FACTS_MAX = 192 }; /* bytes of what write_facts writes */

/* The request that nginx may repeat, as a key of its id, method and target. */
struct repeat {
    bool is_possible; /* false if the front end passes no id */
    struct hash_wide key;
};

static enum err read_repeat(const struct call *call, struct repeat *repeat)
{
    struct text id = request_variable(call->request, TEXT("REQUEST_ID"));
    struct buffer text = buffer_new(2 * (id.length + call->target.length) + 64);

    *repeat = (struct repeat){.is_possible = id.length > 0};
    if (!repeat->is_possible)
        return OK;
    buffer_put_text(&text, id);
    buffer_put_char(&text, '\0');
    buffer_put_text(&text, call->request->method_name);
    buffer_put_char(&text, '\0');
    buffer_put_text(&text, call->target);
    bool failed = text.failed;
    if (!failed)
        repeat->key = pool_state_repeat_key(call->state, buffer_text(&text));
    buffer_free(&text); /* not in the arena: a waiting claim makes many */
    return failed ? ERR_NO_MEMORY : OK;
}

/* Refuses a new claim while others wait for a pod of the pool: it must not overtake them. */
static enum err refuse_overtaking(struct call *call, struct claim_refusal *refusal)
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

enum err claim_once(struct call *call, const struct claim_wish *wish, bool is_first,
                    struct pod *pod, struct claim_refusal *refusal)
{
    struct repeat repeat;
    enum err err = read_repeat(call, &repeat);

    if (err)
        return err;
    if (repeat.is_possible) {
        err = pool_state_recall_claim(call->state, repeat.key, call->arena, pod);
        if (!err)
            call->about->claim = METRIC_CLAIM_REPEATED;
        if (err != ERR_NOT_FOUND)
            return err;
    }
    if (!is_first && (err = refuse_overtaking(call, refusal)))
        return err;
    err = pool_state_claim_pod(call->state, wish, call->arena, pod, refusal);
    if (!err)
        call->about->claim = refusal->none_was_free ? METRIC_CLAIM_MADE : METRIC_CLAIM_SERVED;
    if (!err && repeat.is_possible)
        err = pool_state_remember_claim(call->state, repeat.key, pod);
    return err;
}

static void add_fact(char facts[static FACTS_MAX], const char *before, int64_t number,
                     const char *after)
{
    size_t length = strlen(facts);

    snprintf(facts + length, FACTS_MAX - length, ", %s%lld%s", before, (long long)number, after);
}

/* Writes why the pool has no pod for a claim: "5 of 5 used, maxPods 5". False if the pool can't be
 * read. */
static bool write_facts(struct call *call, struct text pool_name, char facts[static FACTS_MAX])
{
    struct settings settings, own;
    struct pool pool;

    if (pool_state_get_pool(call->state, pool_name, call->arena, &pool) ||
        pool_state_get_settings(call->state, pool_name, &settings, &own))
        return false;
    int64_t on_exhausted = settings.values[SETTING_ON_EXHAUSTED];
    snprintf(facts, FACTS_MAX, "%lld of %lld used", (long long)pool.counts.used,
             (long long)pool.counts.total);
    if (pool.counts.pending > 0)
        add_fact(facts, "", pool.counts.pending, " pending");
    if (pool.counts.failed > 0)
        add_fact(facts, "", pool.counts.failed, " failed");
    if (settings.values[SETTING_MAX_PODS] != SETTING_NONE)
        add_fact(facts, "maxPods ", settings.values[SETTING_MAX_PODS], "");
    if (on_exhausted != ON_EXHAUSTED_CREATE)
        snprintf(facts + strlen(facts), FACTS_MAX - strlen(facts), ", onExhausted %s",
                 setting_words(SETTING_ON_EXHAUSTED)[on_exhausted]);
    return true;
}

enum err claim_refuse(struct call *call, const struct claim_wish *wish,
                      const struct claim_refusal *refusal, struct problem *problem)
{
    char facts[FACTS_MAX];

    if (write_facts(call, wish->pool_name, facts))
        problem_set(problem, ERR_EXHAUSTED, "pool %.*s has no free pod (%s)",
                    TEXT_ARGS(wish->pool_name), facts);
    else
        problem_set(problem, ERR_EXHAUSTED, "pool %.*s has no free pod",
                    TEXT_ARGS(wish->pool_name));
    call->about->claim = METRIC_CLAIM_REJECTED;
    tenant_note(call->tenant, &(struct event){.type = EVENT_CLAIM_REJECTED,
                                              .pool_name = wish->pool_name,
                                              .workspace = wish->workspace_id});
    return problem_set_status(problem, ERR_EXHAUSTED, refusal->status, refusal->retry_after_s);
}

enum err claim_show(struct call *call, const struct pod *pod)
{
    call_note_pod(call, pod);
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "workspace");
    view_pod(&writer, pod, &call->view);
    return call_end_answer(call, &writer);
}
