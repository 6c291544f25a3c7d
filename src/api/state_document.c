/* SPDX-License-Identifier: MIT
 *
 * GET and PUT __admin/state: the whole state as one document. */
#include <stdlib.h>

#include "api/export.h"
#include "api/import.h"
#include "api/state_answer.h"

/* --- out --- */

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

/* Leaves the rest of an export, which is taken, to a continuation. */
static enum err go_on_downloading(struct call *call, struct export *export)
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
    return problem_set(call->problem, ERR_BAD_QUERY, "secrets: expected true or false");
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
        return go_on_downloading(call, export);
    export_free(&export);
    return err;
}

enum err handle_state(struct call *call)
{
    return state_answer(call, call->state);
}

/* --- in --- */

struct upload {
    struct continuation continuation;
    struct call call; /* as it was when it came; what it points to lives as long as the request */
    struct import *import;
    struct problem failure;
};

enum err state_answer_replaced(struct call *call, struct text message)
{
    struct pool_state_totals totals;
    enum err err = pool_state_totals(call->state, &totals);

    if (err)
        return err;
    struct writer writer = call_begin_message(call, 200, message);
    writer_key(&writer, "pools");
    writer_number(&writer, totals.pools);
    writer_key(&writer, "pods");
    writer_number(&writer, totals.pods);
    writer_key(&writer, "generation");
    writer_number(&writer, pool_state_generation(call->state));
    return call_end_answer(call, &writer);
}

/* The document has become a state: it takes the place of the one that is there. */
static enum err replace_state(struct call *call, struct import *import)
{
    enum err err = pool_state_restore(call->state, import_state(import));

    return err ? err : state_answer_replaced(call, TEXT("State replaced"));
}

static void upload_free(struct continuation *continuation)
{
    struct upload *upload = (struct upload *)continuation;

    import_free(&upload->import);
    free(upload);
}

static enum continuation_step upload_step(struct continuation *continuation,
                                          struct response *response)
{
    struct upload *upload = (struct upload *)continuation;
    struct call *call = &upload->call;
    uint64_t changes = pool_state_changes(call->state);
    bool done;
    enum err err = import_step(upload->import, &done, &upload->failure);

    call->response = response;
    if (!err && !done) {
        continuation->wake_mono_us = call->real->mono_us + 1; /* in the next turn */
        return CONTINUATION_WAIT;
    }
    if (!err)
        err = replace_state(call, upload->import);
    if (!err)
        return CONTINUATION_DONE;
    if (changes != pool_state_changes(call->state))
        pool_state_turn_fail(call->state); /* half a change is no change */
    if (upload->failure.err != err)
        upload->failure = (struct problem){.err = err};
    continuation->failure = &upload->failure;
    return CONTINUATION_FAILED;
}

/* Leaves the rest of an import, which is taken, to a continuation. */
static enum err go_on_uploading(struct call *call, struct import *import)
{
    struct upload *upload = malloc(sizeof(*upload));

    if (!upload) {
        import_free(&import);
        return ERR_NO_MEMORY;
    }
    *upload = (struct upload){.continuation = {.step = upload_step, .free = upload_free},
                              .call = *call,
                              .import = import};
    call->response->continuation = &upload->continuation;
    return OK;
}

enum err handle_set_state(struct call *call)
{
    struct pool_state *made;
    struct import *import;
    bool done;
    enum err err;

    if ((err = pool_state_open_like(call->state, &made, call->problem)) ||
        (err = import_new(call->request->body, made, call->clock->wall_ms, &import)))
        return err;
    err = import_step(import, &done, call->problem);
    if (!err && !done)
        return go_on_uploading(call, import);
    if (!err)
        err = replace_state(call, import);
    import_free(&import);
    return err;
}
