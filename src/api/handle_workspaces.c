/* SPDX-License-Identifier: MIT
 *
 * The routes of one pod, below workspaces/{pod}, pools/{pool}/workspaces/{pod} and exec/{pod}. */
#include "call/handler.h"
#include "call/repositories.h"
#include "views/field.h"

static void show_workspace(struct call *call, struct writer *writer, const struct pod *pod)
{
    writer_key(writer, "workspace");
    view_pod(writer, pod, &call->view);
}

/* Writes the members that name the pod in the mark and release answers. */
static void show_pod_names(struct writer *writer, const struct pod *pod)
{
    writer_key(writer, "workspace_id");
    view_pod_id(writer, pod);
    writer_member_text(writer, "pool_name", pod->pool_name);
}

enum err handle_workspace(struct call *call)
{
    struct pod pod;
    enum err err = call_find_pod(call, &pod);

    if (err)
        return err;
    if (pod.looks_left > 0 &&
        (err = pool_state_look(call->state, pod.pool_number, pod.number, pod.number)))
        return err;
    struct writer writer = call_begin_answer(call, 200);
    view_pod_members(&writer, &pod, &call->view);
    show_workspace(call, &writer, &pod);
    return call_end_answer(call, &writer);
}

enum err handle_mark_used(struct call *call)
{
    struct reader_node root;
    struct text user_info = {0};
    struct pod pod;
    enum err err;

    if ((err = call_body(call, &root)) ||
        (err = reader_member_text(&root, "user_info", CONFIG_TEXT_MAX, &user_info,
                                  call->problem)) ||
        (err = call_find_pod(call, &pod)) ||
        (err = pool_state_mark_pod_used(call->state, user_info, call->arena, &pod)))
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Workspace marked as used"));
    show_pod_names(&writer, &pod);
    writer_member_text(&writer, "usage_status", TEXT("used"));
    writer_member_text(&writer, "user_info", pod.user_info);
    writer_key(&writer, "url");
    view_pod_url(&writer, &pod, &call->view);
    return call_end_answer(call, &writer);
}

enum err handle_release(struct call *call)
{
    struct reader_node root;
    struct pod pod;
    enum err err;

    if ((err = call_body(call, &root)) || (err = call_find_pod(call, &pod)) ||
        (err = pool_state_release_pod(call->state, &pod)))
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Workspace marked as unused"));
    show_pod_names(&writer, &pod);
    /* "unused" whatever --vocabulary is: clients of this route expect it */
    writer_member_text(&writer, "usage_status", TEXT("unused"));
    writer_member_text(&writer, "action", TEXT("marked_unused"));
    show_workspace(call, &writer, &pod);
    return call_end_answer(call, &writer);
}

enum err handle_usage(struct call *call)
{
    struct pod pod;
    enum err err = call_find_pod(call, &pod);

    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    show_pod_names(&writer, &pod);
    writer_member_text(&writer, "usage_status",
                       pod.usage == POD_USED ? TEXT("used") : TEXT("unused"));
    writer_member_text(&writer, "user_info", pod.user_info);
    writer_member_time(&writer, "marked_at", pod.usage == POD_USED ? pod.since_ms : 0);
    return call_end_answer(call, &writer);
}

enum err handle_delete_workspace(struct call *call)
{
    struct pod pod;
    enum err err;

    if ((err = call_find_pod(call, &pod)) || (err = pool_state_delete_pod(call->state, &pod)))
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Workspace deleted"));
    show_pod_names(&writer, &pod);
    return call_end_answer(call, &writer);
}

enum err handle_staklink_start(struct call *call)
{
    struct reader_node root;
    struct pod pod;
    enum err err;

    if ((err = call_body(call, &root)) || (err = call_find_pod(call, &pod)))
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Staklink started"));
    show_pod_names(&writer, &pod);
    writer_member_text(&writer, "namespace", TEXT("mock-workspaces"));
    writer_key(&writer, "pod_name");
    view_pod_subdomain(&writer, &pod);
    writer_member_text(&writer, "output", TEXT("[mock] staklink-proxy online"));
    return call_end_answer(call, &writer);
}

enum err handle_processes(struct call *call)
{
    struct pod pod;
    enum err err = call_find_pod(call, &pod);

    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "processes");
    view_processes(&writer, &pod, call->clock->wall_ms - call->api->goose_start_ms);
    writer_key(&writer, "podId");
    view_pod_id(&writer, &pod);
    return call_end_answer(call, &writer);
}

enum err handle_exec(struct call *call)
{
    struct reader_node root, node;
    struct text command;
    struct pod pod;
    enum err err;

    if ((err = call_body(call, &root)) ||
        (err = reader_required(&root, "command", &node, call->problem)) ||
        (err = reader_text(&node, CONFIG_TEXT_MAX, &command, call->problem)) ||
        (err = call_find_pod(call, &pod)))
        return err;
    if (command.length == 0)
        return reader_refuse(&node, call->problem, "is empty");
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "output");
    writer_prefixed_text(&writer, TEXT("[mock] "), command);
    writer_member_number(&writer, "exitCode", 0);
    writer_member_text(&writer, "command", command);
    writer_key(&writer, "podId");
    view_pod_id(&writer, &pod);
    return call_end_answer(call, &writer);
}

/* Collects the members of `environment`. */
struct environment {
    struct call *call;
    struct env_var *env_vars;
    size_t count;
};

static enum err read_variable(const char *key, const struct reader_node *member, void *context)
{
    struct environment *environment = context;
    struct env_var *env_var = &environment->env_vars[environment->count++];

    env_var->name = text_of(key);
    if (env_var->name.length == 0)
        return reader_refuse(member->parent, environment->call->problem,
                             "a variable has an empty name");
    return reader_text(member, CONFIG_TEXT_MAX, &env_var->value, environment->call->problem);
}

enum err handle_environment(struct call *call)
{
    struct environment environment = {.call = call};
    struct reader_node root, node;
    struct pod pod;
    enum err err;

    if ((err = call_body(call, &root)))
        return err;
    if (!reader_member(&root, "environment", &node))
        return reader_missing(&root, "environment", call->problem);
    environment.env_vars = arena_alloc(call->arena,
                                       CONFIG_LIST_MAX * sizeof(*environment.env_vars));
    if (!environment.env_vars)
        return ERR_NO_MEMORY;
    if ((err = reader_each(&node, CONFIG_LIST_MAX, read_variable, &environment, call->problem)) ||
        (err = call_find_pod(call, &pod)) ||
        (err = pool_state_set_environment(call->state, environment.env_vars, environment.count,
                                          call->arena, &pod)))
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Environment updated"));
    show_pod_names(&writer, &pod);
    show_workspace(call, &writer, &pod);
    return call_end_answer(call, &writer);
}

/* The lists of an update, each as long as its array in the body, in the call's arena. `branches` is
 * NULL if the body has none. */
struct update {
    struct text *repositories;
    size_t repositories_count;
    const struct text *branches;
    size_t branches_count;
};

/* Reads the repositories. If any of them has a branch, their branches become the update's, "" for a
 * repository without one. */
static enum err read_repositories(struct call *call, const struct reader_node *root,
                                  struct update *update)
{
    struct repositories repositories;
    struct reader_node array;
    enum err err;

    if ((err = reader_required(root, "repositories", &array, call->problem)) ||
        (err = repositories_read(call, &array, &repositories)))
        return err;
    update->repositories = repositories.urls;
    update->repositories_count = repositories.count;
    update->branches = repositories.branches;
    update->branches_count = repositories.branches ? repositories.count : 0;
    for (size_t i = 0; i < update->branches_count; i++)
        repositories.branches[i] = text_or_empty(repositories.branches[i]);
    return OK;
}

enum err handle_update(struct call *call)
{
    struct reader_node root;
    struct update update = {0};
    struct pod pod;
    enum err err;

    if ((err = call_body(call, &root)) || (err = read_repositories(call, &root, &update)) ||
        (err = field_read_texts(&root, "branches", call->arena, &update.branches,
                                &update.branches_count, call->problem)) ||
        (err = call_find_pod(call, &pod)) ||
        (err = pool_state_set_repositories(call->state, update.repositories,
                                           update.repositories_count, update.branches,
                                           update.branches_count, call->arena, &pod)))
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Workspace updated"));
    show_workspace(call, &writer, &pod);
    return call_end_answer(call, &writer);
}
