/* SPDX-License-Identifier: MIT */
#include "api/list.h"

#include <stdlib.h>
#include <string.h>

#include "json/views.h"

/* A piece is full at so many bytes, so that with the item that fills it, it is about one record of
 * the wire. */
enum { PIECE_BYTES = 60 * 1024, PAGE_ITEMS = 256, PAGE_LIMIT_MAX = 1000 };

struct list {
    struct continuation continuation;
    /* Visits the items after range.after, PAGE_ITEMS at the most; shows each that may_show allows.
     */
    enum err (*visit_page)(struct list *list, struct arena *arena);
    void (*show_cursor)(const struct list *list, struct writer *writer);
    struct view view; /* its texts are in front_text */
    struct pool_state *state;
    int64_t generation; /* of the state when it began: ids of another one mean other items */
    struct list_range range;
    int64_t shown;
    struct writer *writer; /* only while a page is visited */
    bool comma;
    bool ended;       /* the last item has been shown, or the limit reached */
    bool more;        /* there are items past the limit */
    int64_t looked;   /* the first pod of the page that a look counts at; 0: none */
    struct pool pool; /* of a list of pods */
    list_show_pod *show_pod;
    char pool_name[POOL_NAME_MAX];
    char front_text[POD_FRONT_TEXT_MAX];
};

static bool may_show(struct list *list)
{
    list->more = list->range.limit > 0 && list->shown == list->range.limit;
    list->ended = list->ended || list->more;
    return !list->more;
}

/* Counts the item that was shown; false where the piece is full. */
static bool go_on(struct list *list, int64_t number)
{
    list->shown++;
    list->range.after = number;
    return list->writer->out->length < PIECE_BYTES;
}

/* Shows items until the piece is full or the list at its end. */
static enum err show_piece(struct list *list, struct writer *writer)
{
    struct arena arena = {0};
    enum err err = OK;

    if (list->generation != pool_state_generation(list->state))
        list->ended = true;
    while (!err && !list->ended && writer->out->length < PIECE_BYTES && !writer->out->failed) {
        int64_t shown_before = list->shown;
        list->writer = writer;
        err = list->visit_page(list, &arena);
        if (list->shown - shown_before < PAGE_ITEMS && writer->out->length < PIECE_BYTES)
            list->ended = true;
        arena_reset(&arena);
    }
    arena_free(&arena);
    return err ? err : writer->out->failed ? ERR_NO_MEMORY : OK;
}

static void end_answer(const struct list *list, struct writer *writer)
{
    writer_end_array(writer);
    if (list->range.limit > 0) {
        writer_key(writer, "next_cursor");
        if (list->more)
            list->show_cursor(list, writer);
        else
            writer_null(writer);
    }
    writer_end_object(writer);
}

static enum continuation_step step(struct continuation *continuation, struct response *response)
{
    struct list *list = (struct list *)continuation;
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

static struct list *list_new(struct call *call, struct list_range range)
{
    struct list *list = calloc(1, sizeof(*list));

    if (!list)
        return NULL;
    list->continuation = (struct continuation){.step = step, .free = list_free};
    list->view = call->view;
    pod_front_copy(&call->view.front, list->front_text, &list->view.front);
    list->state = call->state;
    list->generation = pool_state_generation(call->state);
    list->range = range;
    return list;
}

/* Writes the first piece; `list` is taken. */
static enum err begin(struct call *call, struct writer *writer, struct list *list)
{
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

static bool visit_pod(const struct pod *pod, void *context)
{
    struct list *list = context;

    if (!may_show(list))
        return false;
    list->show_pod(list->writer, pod, &list->view);
    if (pod->looks > 0 && list->looked == 0)
        list->looked = pod->number;
    return go_on(list, pod->number);
}

static enum err visit_pods(struct list *list, struct arena *arena)
{
    list->looked = 0;
    enum err err = pool_state_list_pods(list->state, &list->pool, list->range.after, PAGE_ITEMS,
                                        arena, visit_pod, list);
    if (err || list->looked == 0)
        return err;
    return pool_state_look(list->state, list->pool.number, list->looked, list->range.after);
}

static void show_pod_cursor(const struct list *list, struct writer *writer)
{
    const struct pod last = {.number = list->range.after, .pool = list->pool.number};

    view_pod_id(writer, &last);
}

enum err list_answer_pods(struct call *call, struct writer *writer, const struct pool *pool,
                          struct list_range range, list_show_pod *show)
{
    struct list *list = list_new(call, range);

    if (!list)
        return ERR_NO_MEMORY;
    list->visit_page = visit_pods;
    list->show_cursor = show_pod_cursor;
    list->show_pod = show;
    list->pool.number = pool->number;
    list->pool.spec.name = (struct text){list->pool_name, pool->spec.name.length};
    memcpy(list->pool_name, pool->spec.name.at, pool->spec.name.length);
    writer_key(writer, "workspaces");
    return begin(call, writer, list);
}

static bool visit_pool(const struct pool *pool, void *context)
{
    struct list *list = context;

    if (!may_show(list))
        return false;
    view_pool_entry(list->writer, pool);
    return go_on(list, pool->number);
}

static enum err visit_pools(struct list *list, struct arena *arena)
{
    (void)arena;
    return pool_state_list_pools(list->state, list->range.after, PAGE_ITEMS, visit_pool, list);
}

static void show_pool_cursor(const struct list *list, struct writer *writer)
{
    view_pool_id(writer, list->range.after);
}

enum err list_answer_pools(struct call *call, struct writer *writer, struct list_range range)
{
    struct list *list = list_new(call, range);

    if (!list)
        return ERR_NO_MEMORY;
    list->visit_page = visit_pools;
    list->show_cursor = show_pool_cursor;
    writer_key(writer, "pools");
    return begin(call, writer, list);
}

enum err list_read_range(struct call *call, bool (*parse)(struct text cursor, int64_t *number),
                         struct list_range *range)
{
    struct text limit, cursor;
    uint64_t number = 0;
    enum err err;

    *range = (struct list_range){0};
    if ((err = call_query(call, "limit", &limit)) || (err = call_query(call, "cursor", &cursor)))
        return err;
    if (limit.length > 0 && (!text_to_number(limit, PAGE_LIMIT_MAX, &number) || number == 0))
        return problem_set(call->problem, ERR_BAD_QUERY, "limit: expected a number from 1 to %d",
                           PAGE_LIMIT_MAX);
    if (cursor.length > 0 && !parse(cursor, &range->after))
        return problem_set(call->problem, ERR_BAD_QUERY, "cursor: not one that a list has given");
    range->limit = (int64_t)number;
    return OK;
}
