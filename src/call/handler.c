/* SPDX-License-Identifier: MIT */
#include "call/handler.h"

#include <stdio.h>

#include "base/words.h"
#include "http/uri.h"

/* Bytes of the request that a sentence repeats at most. */
enum { PATH_SHOWN_MAX = 200, METHOD_SHOWN_MAX = 20, VALUE_SHOWN_MAX = 60 };

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

/* Sets the sentence for a path with a pool and a pod: it names the missing pool, or the pod that is
 * not in the pool. */
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
        {ERR_DELIVERY_NOT_FOUND, "delivery", "delivery"},
        {ERR_TENANT_NOT_FOUND, "name", "tenant"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && call->problem->err != err; i++) {
        struct text name = router_parameter(&call->match, text_of(rows[i].parameter));
        if (rows[i].err == err && name.at)
            problem_set(call->problem, err, "there is no %s %.*s", rows[i].what, TEXT_ARGS(name));
    }
    return err;
}

/* Cuts a path to the length that a sentence repeats. */
static struct text shown_path(struct text path)
{
    return path.length > PATH_SHOWN_MAX ? (struct text){path.at, PATH_SHOWN_MAX} : path;
}

static void name_unknown_path(struct call *call)
{
    struct text path = shown_path(call->path), below;
    bool is_control = uri_strip_mount(call->path, call->mount, &below) &&
                      text_starts_with(below, TEXT("/__admin/"));

    problem_set(call->problem, ERR_NOT_FOUND, "nothing is at %.*s; GET %.*s%s lists the routes",
                TEXT_ARGS(path), TEXT_ARGS(call->mount), is_control ? "/__admin/" : "/");
}

static void name_unknown_pod_path(struct call *call)
{
    struct text path = shown_path(call->pod_path);
    char port[32] = "; no port is given";

    if (call->pod_port != POD_PORT_NONE)
        snprintf(port, sizeof(port), " on port %d", call->pod_port);
    problem_set(call->problem, ERR_NOT_FOUND, "pod %.*s has nothing at %.*s%s",
                TEXT_ARGS(call->pod_text), TEXT_ARGS(path), port);
}

/* Names the methods that the path takes, without HEAD and OPTIONS: they come with every GET and
 * every path. */
static void name_methods(struct call *call)
{
    const unsigned implied = 1u << HTTP_HEAD | 1u << HTTP_OPTIONS;
    const char *names[HTTP_METHOD__MAX + 1] = {NULL};
    char takes[PROBLEM_TEXT_MAX / 2];
    struct text given = call->request->method_name;
    size_t count = 0;

    if (given.length > METHOD_SHOWN_MAX)
        given.length = METHOD_SHOWN_MAX;
    for (int method = 0; method < HTTP_OTHER; method++)
        if ((call->match.allow_methods & ~implied) >> method & 1)
            names[count++] = http_method_name((enum http_method)method);
    words_write(names, "this path takes ", takes, sizeof(takes));
    problem_set(call->problem, ERR_METHOD_NOT_ALLOWED, "%s, not %.*s", takes, TEXT_ARGS(given));
}

static bool is_hex(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
           (byte >= 'A' && byte <= 'F');
}

/* Names the first '%' of the path that two hexadecimal digits do not follow. */
static void name_bad_escape(struct call *call)
{
    struct text rest = call->path;

    while (rest.length > 0 &&
           !(rest.at[0] == '%' && (rest.length < 3 || !is_hex(rest.at[1]) || !is_hex(rest.at[2]))))
        rest = text_from(rest, 1);
    if (rest.length > 3)
        rest.length = 3;
    problem_set(call->problem, ERR_BAD_ENCODING,
                "the path has a malformed percent-escape at \"%.*s\"", TEXT_ARGS(rest));
}

enum err call_name_path(struct call *call, enum err err)
{
    if (call->problem->err == err)
        return err;
    if (err == ERR_NOT_FOUND && call->pod_path.at)
        name_unknown_pod_path(call);
    else if (err == ERR_NOT_FOUND)
        name_unknown_path(call);
    else if (err == ERR_METHOD_NOT_ALLOWED)
        name_methods(call);
    else if (err == ERR_BAD_ENCODING)
        name_bad_escape(call);
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
        const char *nearest = words_nearest(keys, key);
        if (!keys[0])
            snprintf(sentence, sizeof(sentence), "this route takes no parameter");
        else if (nearest)
            snprintf(sentence, sizeof(sentence), "did you mean %s?", nearest);
        else
            words_write(keys, "expected ", sentence, sizeof(sentence));
        return problem_set(call->problem, ERR_BAD_QUERY, "%.*s: unknown; %s", TEXT_ARGS(key),
                           sentence);
    }
    if (err == ERR_BAD_QUERY)
        return problem_set(call->problem, err, "the query has a malformed percent-escape");
    return err == ERR_NOT_FOUND ? OK : err;
}

enum err call_refuse_parameter(struct call *call, const char *key, struct text value,
                               const char *expected)
{
    if (value.length > VALUE_SHOWN_MAX)
        value.length = VALUE_SHOWN_MAX;
    return problem_set(call->problem, ERR_BAD_QUERY, "%s: %s, not '%.*s'", key, expected,
                       TEXT_ARGS(value));
}

static enum err refuse_number(struct call *call, const char *key, struct text value, int64_t min,
                              int64_t max)
{
    char expected[96];

    snprintf(expected, sizeof(expected), "expected a number from %lld to %lld", (long long)min,
             (long long)max);
    return call_refuse_parameter(call, key, value, expected);
}

enum err call_query_pattern(struct call *call, const char *key, struct text *out)
{
    enum err err = call_query(call, key, out);

    if (out->length == 0)
        *out = (struct text){0};
    if (!err && out->length > CALL_PATTERN_MAX)
        return problem_set(call->problem, ERR_BAD_QUERY, "%s: longer than %d bytes", key,
                           CALL_PATTERN_MAX);
    return err;
}

enum err call_query_pod(struct call *call, struct pod_name *out)
{
    struct text name;
    enum err err = call_query(call, "pod", &name);

    if (err || name.length == 0)
        return err;
    return pod_name_of_tenant(name, text_of(call->tenant->name), out)
               ? OK
               : call_refuse_parameter(call, "pod", name, CALL_NOT_A_POD);
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
        return refuse_number(call, key, text, min, max);
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

static enum err refuse_member(const char *key, const struct reader_node *member, void *context)
{
    struct call *call = context;

    (void)key;
    return reader_refuse(member, call->problem, "unknown; this route takes no body");
}

enum err call_empty_body(struct call *call)
{
    struct reader_node root;
    enum err err = call_body(call, &root);

    return err ? err : reader_each(&root, SIZE_MAX, refuse_member, call, call->problem);
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
