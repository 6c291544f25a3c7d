/* SPDX-License-Identifier: MIT
 *
 * GET and PUT __admin/state: the whole state as one document. */
#include <stdlib.h>

#include "admin/export.h"
#include "admin/import.h"
#include "admin/state_answer.h"

struct download {
    struct continuation continuation;
    struct export *export;
};

static void download_free(struct continuation *continuation)
{
    struct download *download = (struct download *)continuation;

    export_free(&download->export);
    free(download);
}

static enum continuation_step download_step(struct continuation *continuation,
                                            struct response *response)
{
    struct download *download = (struct download *)continuation;
    bool done;

    if (export_step(download->export, &response->body, &done))
        return CONTINUATION_BROKEN;
    return done ? CONTINUATION_DONE : CONTINUATION_MORE;
}

/* Hands the rest of an export, which is taken, to a continuation. */
static enum err download_rest(struct call *call, struct export *export)
{
    struct download *download = calloc(1, sizeof(*download));

    if (!download) {
        export_free(&export);
        return ERR_NO_MEMORY;
    }
    download->continuation = (struct continuation){.step = download_step, .free = download_free};
    download->export = export;
    call->response->continuation = &download->continuation;
    return OK;
}

static enum err read_secrets(struct call *call, bool *with_secrets)
{
    struct text secrets;
    enum err err = call_query(call, "secrets", &secrets);

    *with_secrets = text_equal(secrets, TEXT("true"));
    if (err || *with_secrets || secrets.length == 0 || text_equal(secrets, TEXT("false")))
        return err;
    return call_refuse_parameter(call, "secrets", secrets, "expected true or false");
}

enum err state_answer(struct call *call, struct pool_state *state)
{
    struct pool_state *copy;
    bool with_secrets, done;
    enum err err;

    if ((err = read_secrets(call, &with_secrets)) || (err = pool_state_copy(state, &copy)))
        return err;
    struct export *export = export_new(copy, with_secrets);
    if (!export)
        return ERR_NO_MEMORY;
    call->response->status = 200;
    call->response->content_type = "application/json";
    err = export_step(export, &call->response->body, &done);
    if (!err && !done)
        return download_rest(call, export);
    export_free(&export);
    return err;
}

enum err handle_state(struct call *call)
{
    return state_answer(call, call->state);
}

enum err handle_set_state(struct call *call)
{
    struct pool_state *made;
    struct import *import;
    enum err err;

    if ((err = pool_state_open_like(call->state, &made, call->problem)) ||
        (err = import_new(call->request->body, made, call->clock->wall_ms, &import)))
        return err;
    return state_replace_by_import(call, import);
}
