/* SPDX-License-Identifier: MIT */
#include "views/document.h"

#include "views/field.h"

/* --- values --- */

static enum err read_number(const struct document_reading *reading,
                            const struct reader_node *object, const char *key, int64_t *out)
{
    return reader_member_number(object, key, 0, COUNTER_MAX, out, reading->problem);
}

/* Reads the number that identifies the object. It is required. */
static enum err read_own_number(const struct document_reading *reading,
                                const struct reader_node *object, int64_t *out)
{
    struct reader_node node;

    if (!reader_member(object, "number", &node))
        return reader_missing(object, "number", reading->problem);
    return reader_number(&node, 1, COUNTER_MAX, out, reading->problem);
}

/* Reads a time; if it is missing, leaves `out_ms` alone. Refuses times up to the first millisecond
 * of 1970, because 0 means no time. */
static enum err read_time(const struct document_reading *reading, const struct reader_node *object,
                          const char *key, int64_t *out_ms)
{
    struct reader_node node;
    enum err err;

    if (!reader_member(object, key, &node))
        return OK;
    if ((err = reader_time(&node, out_ms, reading->problem)))
        return err;
    return *out_ms > 0 ? OK
                       : reader_refuse(&node, reading->problem,
                                       "expected a time after 1970-01-01T00:00:00Z");
}

/* Reads a name (model/name.h), which is required. */
static enum err read_name(const struct document_reading *reading, const struct reader_node *object,
                          const char *key, size_t max_bytes, struct text *out)
{
    struct reader_node node;
    enum err err = reader_required(object, key, &node, reading->problem);

    return err ? err : field_read_name(&node, max_bytes, out, reading->problem);
}

static enum err read_variable(const struct document_reading *reading,
                              const struct reader_node *node, struct env_var *out)
{
    static const char *const keys[] = {"name", "value", NULL};
    struct reader_node name;
    enum err err = reader_only_keys(node, keys, reading->problem);

    *out = (struct env_var){.value = TEXT("")};
    if (err || (err = reader_required(node, "name", &name, reading->problem)) ||
        (err = reader_filled_text(&name, CONFIG_TEXT_MAX, &out->name, reading->problem)))
        return err;
    return reader_member_text(node, "value", CONFIG_TEXT_MAX, &out->value, reading->problem);
}

static enum err read_environment(const struct document_reading *reading,
                                 const struct reader_node *object, const struct env_var **out,
                                 size_t *count)
{
    struct reader_node array;
    enum err err;

    if (!reader_member(object, "environment", &array))
        return OK;
    if ((err = reader_array(&array, CONFIG_LIST_MAX, count, reading->problem)))
        return err;
    struct env_var *env_vars = arena_alloc(reading->arena, *count * sizeof(*env_vars));
    if (!env_vars)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < *count && !err; i++) {
        struct reader_node element = reader_element(&array, i);
        err = read_variable(reading, &element, &env_vars[i]);
    }
    *out = env_vars;
    return err;
}

/* --- counters --- */

enum err document_read_counters(const struct document_reading *reading,
                                const struct reader_node *node, struct counters *out)
{
    static const char *const keys[] = {"lastPod", "lastPool", "lastSession", "lastToken", NULL};
    enum err err;

    if ((err = reader_only_keys(node, keys, reading->problem)) ||
        (err = read_number(reading, node, "lastPod", &out->pod)) ||
        (err = read_number(reading, node, "lastPool", &out->pool)) ||
        (err = read_number(reading, node, "lastSession", &out->session)))
        return err;
    return read_number(reading, node, "lastToken", &out->token);
}

/* --- pods --- */

/* Reads the session at place `count`, and checks it against the sessions before it. */
static enum err read_session(const struct document_reading *reading, const struct reader_node *node,
                             struct goose_session *sessions, size_t count)
{
    static const char *const keys[] = {"id", "number", "webhookUrl", NULL};
    struct goose_session *session = &sessions[count];
    struct reader_node id, number;
    enum err err;

    *session = (struct goose_session){0};
    if ((err = reader_only_keys(node, keys, reading->problem)) ||
        (err = read_own_number(reading, node, &session->number)) ||
        (err = read_name(reading, node, "id", SESSION_ID_MAX, &session->id)) ||
        (err = field_read_url(node, "webhookUrl", &session->webhook_url, reading->problem)))
        return err;
    if (count > 0 && session->number <= sessions[count - 1].number &&
        reader_member(node, "number", &number))
        return reader_refuse(&number, reading->problem,
                             "must be above the number of the session before it");
    for (size_t i = 0; i < count; i++)
        if (text_equal(session->id, sessions[i].id) && reader_member(node, "id", &id))
            return reader_refuse(&id, reading->problem, "another session of the pod has this id");
    return OK;
}

static enum err read_sessions(const struct document_reading *reading,
                              const struct reader_node *node, struct pod *pod)
{
    struct reader_node array;
    size_t count;
    enum err err;

    if (!reader_member(node, "sessions", &array))
        return OK;
    if ((err = reader_array(&array, SESSIONS_MAX, &count, reading->problem)))
        return err;
    struct goose_session *sessions = arena_alloc(reading->arena, count * sizeof(*sessions));
    if (!sessions)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count && !err; i++) {
        struct reader_node element = reader_element(&array, i);
        err = read_session(reading, &element, sessions, i);
    }
    pod->sessions = sessions;
    pod->sessions_count = count;
    return err;
}

static enum err read_usage_and_state(const struct document_reading *reading,
                                     const struct reader_node *node, struct pod *pod)
{
    size_t usage = POD_FREE, state = POD_RUNNING;
    struct reader_node member;
    enum err err = OK;

    if (reader_member(node, "usage", &member))
        err = reader_word(&member, pod_usage_words(), &usage, reading->problem);
    if (!err && reader_member(node, "state", &member))
        err = reader_word(&member, pod_state_words(), &state, reading->problem);
    pod->usage = (enum pod_usage)usage;
    pod->state = (enum pod_state)state;
    return err;
}

/* Checks the members that only a used pod, or only a pending or starting one, can have. */
static enum err check_pod(const struct document_reading *reading, const struct reader_node *node,
                          const struct pod *pod)
{
    bool is_used = pod->usage == POD_USED;
    bool is_starting = pod->state == POD_PENDING || pod->state == POD_STARTING;
    const struct {
        const char *key;
        bool is_wrong;
        const char *sentence;
    } rules[] = {
        {"number", pod_number_is_skipped(pod->number), "no pod has a number with 15551 or 15552"},
        {"claimedBy", pod->claimed_by.at && !is_used, "the pod is not used"},
        {"claimedBy", text_has_control(pod->claimed_by), "has a control character"},
        {"userInfo", pod->user_info.at && !is_used, "the pod is not used"},
        {"dueAt", pod->due_ms && !is_starting && !(is_used && pod->state == POD_RUNNING),
         "the pod must be pending, starting, or used and running"},
        {"looks", pod->looks_left > 0 && !is_starting, "the pod must be pending or starting"},
        {"looks", pod->looks_left > 0 && pod->due_ms, "must be 0 for a pod with dueAt"},
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        struct reader_node member;
        if (rules[i].is_wrong && reader_member(node, rules[i].key, &member))
            return reader_refuse(&member, reading->problem, rules[i].sentence);
    }
    return OK;
}

static enum err read_pod_lists(const struct document_reading *reading,
                               const struct reader_node *node, struct pod *pod)
{
    enum err err;

    if ((err = field_read_texts(node, "branches", reading->arena, &pod->branches,
                                &pod->branches_count, reading->problem)) ||
        (err = field_read_texts(node, "repositories", reading->arena, &pod->repositories,
                                &pod->repositories_count, reading->problem)) ||
        (err = read_environment(reading, node, &pod->env_vars, &pod->env_vars_count)))
        return err;
    return read_sessions(reading, node, pod);
}

static enum err read_pod_times(const struct document_reading *reading,
                               const struct reader_node *node, struct pod *pod)
{
    enum err err;

    pod->created_ms = reading->now_ms;
    if ((err = read_time(reading, node, "createdAt", &pod->created_ms)))
        return err;
    pod->since_ms = pod->created_ms;
    if ((err = read_time(reading, node, "since", &pod->since_ms)) ||
        (err = read_time(reading, node, "gooseSince", &pod->goose_ms)))
        return err;
    return read_time(reading, node, "dueAt", &pod->due_ms);
}

enum err document_read_pod(const struct document_reading *reading, const struct reader_node *node,
                           struct pod *out)
{
    static const char *const keys[] = {
        "branches",   "claimedBy",  "createdAt", "doomed", "dueAt",        "environment",
        "gooseSince", "looks",      "number",    "pool",   "repositories", "sessions",
        "since",      "startingMs", "state",     "usage",  "userInfo",     NULL};
    struct problem *problem = reading->problem;
    enum err err;

    *out = (struct pod){0};
    if ((err = reader_only_keys(node, keys, problem)) ||
        (err = read_own_number(reading, node, &out->number)) ||
        (err = read_name(reading, node, "pool", POOL_NAME_MAX, &out->pool_name)) ||
        (err = read_usage_and_state(reading, node, out)) ||
        (err = reader_member_text(node, "claimedBy", WORKSPACE_ID_MAX, &out->claimed_by,
                                  problem)) ||
        (err = reader_member_text(node, "userInfo", CONFIG_TEXT_MAX, &out->user_info, problem)) ||
        (err = reader_member_bool(node, "doomed", &out->will_fail, problem)) ||
        (err = reader_member_number(node, "looks", 0, SETTING_LOOKS_MAX, &out->looks_left,
                                    problem)) ||
        (err = reader_member_number(node, "startingMs", 0, SETTING_TTL_MAX_MS, &out->starting_ms,
                                    problem)) ||
        (err = read_pod_times(reading, node, out)) || (err = read_pod_lists(reading, node, out)))
        return err;
    return check_pod(reading, node, out);
}

/* --- pools --- */

static enum err read_config(const struct document_reading *reading, const struct reader_node *node,
                            struct pool_spec *spec)
{
    const char *keys[POOL_TEXT__MAX + 1] = {NULL};
    struct reader_node config;

    if (!reader_member(node, "config", &config))
        return OK;
    for (int i = 0; i < POOL_TEXT__MAX; i++)
        keys[i] = pool_text_names((enum pool_text)i).key;
    enum err err = reader_only_keys(&config, keys, reading->problem);
    for (int i = 0; i < POOL_TEXT__MAX && !err; i++)
        err = reader_member_text(&config, keys[i], CONFIG_TEXT_MAX, &spec->texts[i],
                                 reading->problem);
    return err;
}

/* Reads which pods the pool was made with. A reset of the pool makes them again, so if there are
 * any, the first one's number is required. */
static enum err read_first_pods(const struct document_reading *reading,
                                const struct reader_node *node, struct pool *pool)
{
    enum err err;

    if ((err = read_number(reading, node, "firstPod", &pool->first_pod)) ||
        (err = reader_member_number(node, "firstPods", 0, POOL_MINIMUM_VMS_MAX, &pool->first_pods,
                                    reading->problem)))
        return err;
    return pool->first_pods == 0 || pool->first_pod > 0
               ? OK
               : reader_missing(node, "firstPod", reading->problem);
}

/* Reads an element of repositories: a URL, or {"branch", "url"}. */
static enum err read_repository(const struct document_reading *reading,
                                const struct reader_node *node, struct text *url,
                                struct text *branch)
{
    static const char *const keys[] = {"branch", "url", NULL};
    enum err err = OK;

    if (reader_type(node) == READER_OBJECT)
        err = reader_only_keys(node, keys, reading->problem);
    return err ? err : field_read_repository(node, url, branch, reading->problem);
}

static enum err read_repositories(const struct document_reading *reading,
                                  const struct reader_node *object, struct pool_spec *spec)
{
    struct reader_node array;
    size_t count;
    enum err err;

    if (!reader_member(object, "repositories", &array))
        return OK;
    if ((err = reader_array(&array, CONFIG_LIST_MAX, &count, reading->problem)))
        return err;
    struct text *urls = arena_alloc(reading->arena, count * sizeof(*urls));
    struct text *branches = arena_alloc(reading->arena, count * sizeof(*branches));
    if (!urls || !branches)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count && !err; i++) {
        struct reader_node element = reader_element(&array, i);
        err = read_repository(reading, &element, &urls[i], &branches[i]);
    }
    spec->repositories = urls;
    spec->branches = branches;
    spec->repositories_count = count;
    return err;
}

enum err document_read_pool(const struct document_reading *reading, const struct reader_node *node,
                            struct pool *out)
{
    static const char *const keys[] = {"config",       "createdAt",  "environment", "firstPod",
                                       "firstPods",    "minimumVms", "name",        "number",
                                       "repositories", "updatedAt",  NULL};
    struct pool_spec *spec = &out->spec;
    enum err err;

    *out = (struct pool){.created_ms = reading->now_ms};
    if ((err = reader_only_keys(node, keys, reading->problem)) ||
        (err = read_own_number(reading, node, &out->number)) ||
        (err = read_name(reading, node, "name", POOL_NAME_MAX, &spec->name)) ||
        (err = reader_member_number(node, "minimumVms", 0, POOL_MINIMUM_VMS_MAX, &spec->minimum_vms,
                                    reading->problem)) ||
        (err = read_config(reading, node, spec)) || (err = read_first_pods(reading, node, out)) ||
        (err = read_repositories(reading, node, spec)) ||
        (err = read_environment(reading, node, &spec->env_vars, &spec->env_vars_count)) ||
        (err = read_time(reading, node, "createdAt", &out->created_ms)))
        return err;
    out->updated_ms = out->created_ms;
    return read_time(reading, node, "updatedAt", &out->updated_ms);
}

/* --- pull requests --- */

enum err document_read_pull(const struct document_reading *reading, const struct reader_node *node,
                            struct pull_count *out)
{
    static const char *const keys[] = {"newest", "repository", NULL};
    struct reader_node member;
    enum err err;

    *out = (struct pull_count){.newest = 1};
    if ((err = reader_only_keys(node, keys, reading->problem)) ||
        (err = reader_member_number(node, "newest", 1, COUNTER_MAX, &out->newest,
                                    reading->problem)) ||
        (err = reader_required(node, "repository", &member, reading->problem)))
        return err;
    return reader_filled_text(&member, CONFIG_TEXT_MAX, &out->repository, reading->problem);
}

/* --- users --- */

enum err document_read_user(const struct document_reading *reading, const struct reader_node *node,
                            struct user *out)
{
    static const char *const keys[] = {"createdAt", "email",      "lastLoginAt", "name",
                                       "password",  "registered", "token",       NULL};
    struct problem *problem = reading->problem;
    struct reader_node token;
    enum err err;

    *out = (struct user){.password = TEXT(""), .registered = true, .created_ms = reading->now_ms};
    if ((err = reader_only_keys(node, keys, problem)) ||
        (err = read_name(reading, node, "name", USERNAME_MAX, &out->username)) ||
        (err = reader_member_text(node, "password", USER_TEXT_MAX, &out->password, problem)) ||
        (err = reader_member_text(node, "email", USER_TEXT_MAX, &out->email, problem)) ||
        (err = reader_member_bool(node, "registered", &out->registered, problem)) ||
        (err = read_time(reading, node, "createdAt", &out->created_ms)) ||
        (err = read_time(reading, node, "lastLoginAt", &out->last_login_ms)))
        return err;
    if (!reader_member(node, "token", &token))
        return OK;
    return read_name(reading, node, "token", USER_TEXT_MAX, &out->token);
}
