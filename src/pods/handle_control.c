/* SPDX-License-Identifier: MIT
 *
 * The routes of a pod's control port, 15552, and the JSON routes of Goose's port, 15551. */
#include "call/handler.h"
#include "call/repositories.h"
#include "views/field.h"

/* Begins an answer without the usual envelope: some answers of the control port are bare arrays. */
static struct writer begin_bare(struct call *call)
{
    call->response->status = 200;
    call->response->content_type = "application/json";
    return writer_new(&call->response->body);
}

static enum err end_bare(struct call *call)
{
    return call->response->body.failed ? ERR_NO_MEMORY : OK;
}

enum err handle_pod_jlist(struct call *call)
{
    struct writer writer = begin_bare(call);

    view_processes(&writer, call->pod, call->clock->wall_ms - call->api->goose_start_ms);
    return end_bare(call);
}

enum err handle_pod_diff(struct call *call)
{
    struct writer writer = begin_bare(call);

    writer_array(&writer); /* nothing is ever changed in a pod */
    writer_end_array(&writer);
    return end_bare(call);
}

/* Reads the repositories of the body. If any of them has a branch, a repository without one gets
 * "". */
static enum err read_latest(struct call *call, struct repositories *repositories)
{
    struct reader_node root, repos;
    enum err err;

    if ((err = call_body(call, &root)) ||
        (err = reader_required(&root, "repos", &repos, call->problem)) ||
        (err = repositories_read(call, &repos, repositories)))
        return err;
    for (size_t i = 0; i < repositories->count; i++) {
        struct reader_node repo = reader_element(&repos, i);
        if (reader_type(&repo) != READER_OBJECT)
            return reader_refuse(&repo, call->problem, "expected an object");
        if (repositories->branches && !repositories->branches[i].at)
            repositories->branches[i] = TEXT("");
    }
    return OK;
}

enum err handle_pod_latest(struct call *call)
{
    struct repositories repositories;
    enum err err;

    if ((err = read_latest(call, &repositories)) ||
        (err = pool_state_set_repositories(
             call->state, repositories.urls, repositories.count, repositories.branches,
             repositories.branches ? repositories.count : 0, call->arena, call->pod)))
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Repositories are up to date"));
    writer_member_number(&writer, "repos", (int64_t)repositories.count);
    return call_end_answer(call, &writer);
}

enum err handle_pod_goose_web(struct call *call)
{
    struct reader_node root;
    enum err err;

    if ((err = call_body(call, &root)) || (err = pool_state_start_goose(call->state, call->pod)))
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Goose is starting"));
    writer_member_number(&writer, "port", POD_PORT_GOOSE);
    return call_end_answer(call, &writer);
}

static enum err answer_ok(struct call *call, struct text message)
{
    struct reader_node root;
    enum err err = call_body(call, &root);

    if (err)
        return err;
    struct writer writer = call_begin_message(call, 200, message);
    writer_member_bool(&writer, "ok", true);
    return call_end_answer(call, &writer);
}

enum err handle_pod_validate_frontend(struct call *call)
{
    return answer_ok(call, TEXT("The front end answers"));
}

enum err handle_pod_playwright_test(struct call *call)
{
    return answer_ok(call, TEXT("The test has passed"));
}

/* Opens the body, and reads a session's id from it. */
static enum err read_session_id(struct call *call, const char *key, struct reader_node *root,
                                struct text *id)
{
    struct reader_node node;
    enum err err;

    if ((err = call_body(call, root)) || (err = reader_required(root, key, &node, call->problem)))
        return err;
    return field_read_name(&node, SESSION_ID_MAX, id, call->problem);
}

enum err handle_pod_validate_session(struct call *call)
{
    struct goose_session session;
    struct reader_node root;
    struct text id;
    enum err err = read_session_id(call, "session", &root, &id);

    if (!err)
        err = pool_state_get_session(call->state, call->pod->number, id, call->arena, &session);
    if (err && err != ERR_SESSION_NOT_FOUND)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_member_bool(&writer, "exists", !err);
    return call_end_answer(call, &writer);
}

enum err handle_pod_session(struct call *call)
{
    struct goose_session session;
    struct reader_node root;
    struct text id, url = {0};
    enum err err;

    if ((err = read_session_id(call, "sessionId", &root, &id)) ||
        (err = field_read_url(&root, "webhookUrl", &url, call->problem)) ||
        (err = pool_state_open_session(call->state, call->pod->number, id, call->arena, &session)))
        return err;
    if (url.at && (err = pool_state_set_webhook(call->state, call->pod->number, &session, url)))
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_member_text(&writer, "sessionId", session.id);
    writer_member_text(&writer, "token", session.token);
    return call_end_answer(call, &writer);
}

enum err handle_goose_health(struct call *call)
{
    struct writer writer = call_begin_answer(call, 200);

    writer_member_text(&writer, "status", TEXT("ok"));
    return call_end_answer(call, &writer);
}

static void show_session(struct writer *writer, struct text id)
{
    writer_member_text(writer, "id", id);
    writer_member_array(writer, "messages");
    writer_end_array(writer);
}

enum err handle_goose_sessions(struct call *call)
{
    const struct env_var *sessions;
    size_t count;
    enum err err = pool_state_list_sessions(call->state, call->pod->number, call->arena, &sessions,
                                            &count);

    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    writer_member_array(&writer, "sessions");
    for (size_t i = 0; i < count; i++) {
        writer_object(&writer);
        show_session(&writer, sessions[i].name);
        writer_end_object(&writer);
    }
    writer_end_array(&writer);
    return call_end_answer(call, &writer);
}

enum err handle_goose_session(struct call *call)
{
    struct text id = router_parameter(&call->match, TEXT("session"));
    struct goose_session session;
    enum err err = pool_state_get_session(call->state, call->pod->number, id, call->arena,
                                          &session);

    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 200);
    show_session(&writer, session.id);
    return call_end_answer(call, &writer);
}
