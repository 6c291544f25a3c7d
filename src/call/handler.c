/* SPDX-License-Identifier: MIT */
#include "call/handler.h"

#include "base/words.h"
#include "http/uri.h"

struct text call_pool_name(struct call *call)
{
    return router_parameter(&call->match, TEXT("pool"));
}

void call_take_pod_name(struct call *call, struct text pod_text)
{
    call->pod_text = pod_text;
    if (pod_text.at)
        pod_name_parse(pod_text, &call->pod_name);
}

/* Names what is missing where the path names a pool besides the pod: the pool, if it is not there,
 * or the pod in it. */
static enum err refuse_pod_of_pool(struct call *call, bool pod_is_there)
{
    struct text name = call_pool_name(call);
    struct pool pool;
    enum err err = pool_state_get_pool(call->state, name, call->arena, &pool);

    if (err == ERR_POOL_NOT_FOUND)
        return problem_set(call->problem, ERR_POD_NOT_FOUND, "there is no pool %.*s",
                           TEXT_ARGS(name));
    if (err)
        return err;
    return pod_is_there
               ? problem_set(call->problem, ERR_POD_NOT_FOUND, "pod %.*s is not in pool %.*s",
                             TEXT_ARGS(call->pod_text), TEXT_ARGS(name))
               : ERR_POD_NOT_FOUND;
}

enum err call_find_pod(struct call *call, struct pod *pod)
{
    struct text pool_name = call_pool_name(call);
    enum err err = pool_state_get_pod(call->state, call->pod_name, call->arena, pod);
    bool is_there = !err;

    if (err && err != ERR_POD_NOT_FOUND)
        return err;
    if (pool_name.at && !(is_there && text_equal(pool_name, pod->pool_name)))
        return refuse_pod_of_pool(call, is_there);
    if (is_there)
        call_note_pod(call, pod);
    return err;
}

enum err call_name_missing(struct call *call, enum err err)
{
    static const struct {
        enum err err;
        const char *parameter; /* of the path, that names the thing */
        const char *what;
    } rows[] = {
        {ERR_POOL_NOT_FOUND, "pool", "pool"},
        {ERR_POD_NOT_FOUND, "pod", "pod"},
        {ERR_SESSION_NOT_FOUND, "session", "session"},
        {ERR_USER_NOT_FOUND, "username", "user"},
        {ERR_FAULT_NOT_FOUND, "fault", "fault rule"},
        {ERR_SNAPSHOT_NOT_FOUND, "snapshot", "snapshot"},
        {ERR_TENANT_NOT_FOUND, "name", "tenant"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && call->problem->err != err; i++) {
        struct text name = router_parameter(&call->match, text_of(rows[i].parameter));
        if (rows[i].err == err && name.at)
            problem_set(call->problem, err, "there is no %s %.*s", rows[i].what, TEXT_ARGS(name));
    }
    return err;
}

enum err call_get_pool(struct call *call, struct pool *pool)
{
    return pool_state_get_or_create_pool(call->state, call_pool_name(call), (struct text){0},
                                         call->arena, pool);
}

enum err call_query(struct call *call, const char *key, struct text *value)
{
    enum err err = uri_query_value(call->query, text_of(key), call->arena, value);

    if (err == ERR_BAD_QUERY)
        return problem_set(call->problem, err, "%s: a malformed percent-escape", key);
    return err;
}

enum err call_only_query(struct call *call, const char *const *keys)
{
    struct text rest = call->query, key, raw_value;
    char sentence[PROBLEM_TEXT_MAX];
    enum err err;

    while ((err = uri_query_next(&rest, call->arena, &key, &raw_value)) == OK) {
        if (keys[words_find(keys, key)])
            continue;
        words_write(keys, "unknown; expected ", sentence, sizeof(sentence));
        return problem_set(call->problem, ERR_BAD_QUERY, "%.*s: %s", TEXT_ARGS(key), sentence);
    }
    if (err == ERR_BAD_QUERY)
        return problem_set(call->problem, err, "a parameter has a malformed percent-escape");
    return err == ERR_NOT_FOUND ? OK : err;
}

enum err call_query_number(struct call *call, const char *key, int64_t min, int64_t max,
                           int64_t *out)
{
    struct text text;
    uint64_t number;
    enum err err = call_query(call, key, &text);

    if (err || text.length == 0)
        return err;
    if (!text_to_number(text, (uint64_t)max, &number) || (int64_t)number < min)
        return problem_set(call->problem, ERR_BAD_QUERY, "%s: expected a number from %lld to %lld",
                           key, (long long)min, (long long)max);
    *out = (int64_t)number;
    return OK;
}

enum err call_any_body(struct call *call, struct reader_node *root)
{
    enum err err = reader_open(call->request->body, call->api->json_values_max, &call->body,
                               call->problem);

    if (!err)
        *root = reader_any_root(call->body);
    return err;
}

enum err call_body(struct call *call, struct reader_node *root)
{
    enum err err = call_any_body(call, root);

    return err ? err : reader_root(call->body, root, call->problem);
}

enum err call_empty_body(struct call *call)
{
    static const char *const keys[] = {NULL};
    struct reader_node root;
    enum err err = call_body(call, &root);

    return err ? err : reader_only_keys(&root, keys, call->problem);
}

struct writer answer_begin(struct response *response, int status)
{
    struct writer writer = writer_new(&response->body);

    response->status = status;
    response->content_type = "application/json";
    writer_object(&writer);
    writer_member_bool(&writer, "success", true);
    return writer;
}

struct writer call_begin_answer(struct call *call, int status)
{
    return answer_begin(call->response, status);
}

struct writer call_begin_message(struct call *call, int status, struct text message)
{
    struct writer writer = call_begin_answer(call, status);

    writer_member_text(&writer, "message", message);
    return writer;
}

enum err call_end_answer(struct call *call, struct writer *writer)
{
    writer_end_object(writer);
    return call->response->body.failed ? ERR_NO_MEMORY : OK;
}

enum err call_refuse(struct call *call, enum err err)
{
    call->refused = err;
    return OK;
}

enum err claim_workspace(struct text query, struct arena *arena, struct text *workspace)
{
    enum err err = uri_query_value(query, TEXT("workspaceId"), arena, workspace);

    if (!err && workspace->length == 0)
        *workspace = TEXT("unknown-workspace");
    return err;
}

void call_note_pod(struct call *call, const struct pod *pod)
{
    call->about->pool_name = pod->pool_name;
    call->about->pod_name = (struct pod_name){pod->number, pod->pool_number, TEXT("")};
    call->about->pod_is_found = true;
    call->about->pod_since_ms = pod->since_ms;
    if (!call->about->workspace.at && pod->claimed_by.length > 0)
        call->about->workspace = pod->claimed_by;
}
