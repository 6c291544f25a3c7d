/* SPDX-License-Identifier: MIT
 *
 * The pages of a pod: its front end, its IDE, and a session of its Goose with the redirect to it.
 */
#include "call/handler.h"
#include "views/page.h"

static enum err end_page(struct call *call)
{
    call->response->status = 200;
    call->response->content_type = "text/html; charset=utf-8";
    return call->response->body.failed ? ERR_NO_MEMORY : OK;
}

enum err handle_pod_frontend(struct call *call)
{
    page_put_pod(&call->response->body, call->pod, "Front end");
    return end_page(call);
}

enum err handle_pod_ide(struct call *call)
{
    page_put_pod(&call->response->body, call->pod, "IDE");
    return end_page(call);
}

enum err handle_pod_unrouted(struct call *call)
{
    return call_name_path(call, call->pod_unrouted);
}

enum err handle_goose_page(struct call *call)
{
    struct text id = router_parameter(&call->match, TEXT("session"));
    struct goose_session session;
    enum err err = pool_state_get_session(call->state, call->pod->number, id, call->arena,
                                          &session);

    if (err)
        return err;
    page_put_session(&call->response->body, call->pod, session.id);
    return end_page(call);
}

/* Opens a session and redirects to it. Clients match `/session/` at the front of Location and take
 * the rest as the id, so the value is literal, without the prefix where the pod is mounted. */
enum err handle_goose_root(struct call *call)
{
    struct buffer location = buffer_new(SESSION_ID_MAX + 16);
    struct goose_session session;
    enum err err = pool_state_open_session(call->state, call->pod->number, (struct text){0},
                                           call->arena, &session);

    if (err)
        return err;
    buffer_put_text(&location, TEXT("/session/"));
    buffer_put_text(&location, session.id);
    response_add_header(call->response, "Location", buffer_text(&location));
    call->response->status = 307;
    err = location.failed ? ERR_NO_MEMORY : OK;
    buffer_free(&location);
    return err;
}
