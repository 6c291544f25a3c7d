/* SPDX-License-Identifier: MIT */
#include "api/pod_list.h"

#include <stdlib.h>
#include <string.h>

/* A piece is full at so many bytes, so that with the pod that fills it, it is about one record of
 * the wire. */
enum { PIECE_BYTES = 60 * 1024, PAGE_PODS = 256 };

struct pod_list {
    struct continuation continuation;
    const struct api *api;
    struct pool_state *state;
    int64_t generation; /* of the state when it began: ids of another one mean other pods */
    struct pool pool;
    char pool_name[POOL_NAME_MAX];
    struct pod_list_range range;
    int64_t shown;
    pod_list_show *show;
    bool comma;
    bool ended; /* the last pod has been shown, or the limit reached */
    bool more;  /* there are pods past the limit */
    struct pod last;
    struct writer *writer; /* only while a page is visited */
};

static bool visit(const struct pod *pod, void *context)
{
    struct pod_list *list = context;

    if (list->range.limit > 0 && list->shown == list->range.limit) {
        list->ended = list->more = true;
        return false;
    }
    list->show(list->writer, pod, &list->api->defaults);
    list->shown++;
    list->last.number = list->range.after = pod->number;
    list->last.pool = pod->pool;
    return list->writer->out->length < PIECE_BYTES;
}

/* Shows pods until the piece is full or the list at its end. */
static enum err show_piece(struct pod_list *list, struct writer *writer)
{
    struct arena arena = {0};
    enum err err = OK;

    if (list->generation != pool_state_generation(list->state))
        list->ended = true;
    while (!err && !list->ended && writer->out->length < PIECE_BYTES && !writer->out->failed) {
        int64_t shown_before = list->shown;
        list->writer = writer;
        err = pool_state_list_pods(list->state, &list->pool, list->range.after, PAGE_PODS, &arena,
                                   visit, list);
        if (list->shown - shown_before < PAGE_PODS && writer->out->length < PIECE_BYTES)
            list->ended = true;
        arena_reset(&arena);
    }
    arena_free(&arena);
    return err ? err : writer->out->failed ? ERR_NO_MEMORY : OK;
}

static void end_answer(const struct pod_list *list, struct writer *writer)
{
    writer_end_array(writer);
    if (list->range.limit > 0) {
        writer_key(writer, "next_cursor");
        if (list->more)
            view_pod_id(writer, &list->last);
        else
            writer_null(writer);
    }
    writer_end_object(writer);
}

static enum continuation_step step(struct continuation *continuation, struct response *response)
{
    struct pod_list *list = (struct pod_list *)continuation;
    struct writer writer = writer_resume(&response->body, list->comma);

    if (show_piece(list, &writer))
        return CONTINUATION_BROKEN;
    list->comma = writer.comma;
    if (!list->ended)
        return CONTINUATION_MORE;
    end_answer(list, &writer);
    return response->body.failed ? CONTINUATION_BROKEN : CONTINUATION_DONE;
}

static void list_free(struct continuation *continuation)
{
    free(continuation);
}

static struct pod_list *list_new(struct call *call, const struct pool *pool,
                                 struct pod_list_range range, pod_list_show *show)
{
    struct pod_list *list = malloc(sizeof(*list));

    if (!list)
        return NULL;
    *list = (struct pod_list){
        .continuation = {.step = step, .free = list_free},
        .api = call->api,
        .state = call->state,
        .generation = pool_state_generation(call->state),
        .pool = {.number = pool->number,
                 .spec = {.name = {list->pool_name, pool->spec.name.length}}},
        .range = range,
        .show = show,
    };
    memcpy(list->pool_name, pool->spec.name.at, pool->spec.name.length);
    return list;
}

enum err pod_list_answer(struct call *call, struct writer *writer, const struct pool *pool,
                         struct pod_list_range range, pod_list_show *show)
{
    struct pod_list *list = list_new(call, pool, range, show);

    if (!list)
        return ERR_NO_MEMORY;
    writer_key(writer, "workspaces");
    writer_array(writer);
    enum err err = show_piece(list, writer);
    if (!err && !list->ended) {
        list->comma = writer->comma;
        call->response->continuation = &list->continuation;
        return OK;
    }
    if (!err)
        end_answer(list, writer);
    free(list);
    return err ? err : call->response->body.failed ? ERR_NO_MEMORY : OK;
}
