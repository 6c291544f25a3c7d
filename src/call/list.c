/* SPDX-License-Identifier: MIT */
#include "call/list.h"

#include <stdlib.h>
#include <string.h>

#include "call/pieces.h"
#include "views/views.h"

enum { PAGE_ITEMS = 256, PAGE_LIMIT_MAX = 1000 };

struct list {
    struct pieces pieces;
    /* Visits the items after range.after, at most PAGE_ITEMS, and shows them while page_has_room.
     */
    enum err (*visit_page)(struct list *list, struct arena *arena);
    void (*show_cursor)(const struct list *list, struct writer *writer);
    struct view view; /* its texts are in `front_text` */
    struct list_range range;
    int64_t shown;
    struct writer *writer; /* only while a page is visited */
    bool more;             /* items past the limit exist */
    bool counts_no_looks;  /* an inspection: pods that become ready by looks stay as they are */
    const char *cursor_key;
    int64_t looked;   /* the number of the page's first pod that is counting looks; 0: none */
    struct pool pool; /* of a list of pods */
    bool shows_statuses;
    void (*show_pool)(struct writer *writer, const struct pool *pool); /* of a list of pools */
    char pool_name[POOL_NAME_MAX];
    char front_text[POD_BASE_TEXT_MAX];
};

static bool page_has_room(struct list *list)
{
    list->more = list->range.limit > 0 && list->shown == list->range.limit;
    list->pieces.ended = list->pieces.ended || list->more;
    return !list->more;
}

/* Counts the shown item. False if the piece is full. */
static bool count_shown(struct list *list, int64_t number)
{
    list->shown++;
    list->range.after = number;
    return !pieces_are_full(list->writer);
}

static enum err show_items(struct pieces *pieces, struct writer *writer)
{
    struct list *list = (struct list *)pieces;
    struct arena arena = {0};
    enum err err = OK;

    list->writer = writer;
    while (!err && !pieces->ended && !pieces_are_full(writer)) {
        int64_t shown_before = list->shown;
        err = list->visit_page(list, &arena);
        if (list->shown - shown_before < PAGE_ITEMS && !pieces_are_full(writer))
            pieces->ended = true;
        arena_reset(&arena);
    }
    arena_free(&arena);
    return err;
}

static void show_next_cursor(struct pieces *pieces, struct writer *writer)
{
    const struct list *list = (const struct list *)pieces;

    if (list->range.limit == 0)
        return;
    writer_text_key(writer, text_of(list->cursor_key));
    if (list->more)
        list->show_cursor(list, writer);
    else
        writer_null(writer);
}

static struct list *list_new(struct call *call, struct list_range range)
{
    struct list *list = calloc(1, sizeof(*list));

    if (!list)
        return NULL;
    list->pieces.show = show_items;
    list->pieces.show_rest = show_next_cursor;
    list->view = call->view;
    pod_base_copy(&call->view.pod_base, list->front_text, &list->view.pod_base);
    list->range = range;
    list->cursor_key = "next_cursor";
    return list;
}

static bool visit_pod(const struct pod *pod, void *context)
{
    struct list *list = context;

    if (!page_has_room(list))
        return false;
    if (list->shows_statuses)
        view_pod_status(list->writer, pod, &list->view);
    else
        view_pod(list->writer, pod, &list->view);
    if (pod->looks_left > 0 && list->looked == 0 && !list->counts_no_looks)
        list->looked = pod->number;
    return count_shown(list, pod->number);
}

static enum err visit_pods(struct list *list, struct arena *arena)
{
    struct pool_state *state = list->pieces.state;

    list->looked = 0;
    enum err err = list->shows_statuses
                       ? pool_state_list_statuses(state, &list->pool, list->range.after, PAGE_ITEMS,
                                                  visit_pod, list)
                       : pool_state_list_pods(state, &list->pool, list->range.after, PAGE_ITEMS,
                                              arena, visit_pod, list);
    if (err || list->looked == 0)
        return err;
    return pool_state_look(state, list->pool.number, list->looked, list->range.after);
}

static void show_pod_cursor(const struct list *list, struct writer *writer)
{
    const struct pod last = {.number = list->range.after, .pool_number = list->pool.number};

    view_pod_id(writer, &last);
}

static struct list *pods_list_new(struct call *call, const struct pool *pool,
                                  struct list_range range)
{
    struct list *list = list_new(call, range);

    if (!list)
        return NULL;
    list->visit_page = visit_pods;
    list->show_cursor = show_pod_cursor;
    list->pool.number = pool->number;
    list->pool.spec.name = (struct text){list->pool_name, pool->spec.name.length};
    memcpy(list->pool_name, pool->spec.name.at, pool->spec.name.length);
    return list;
}

enum err list_answer_pods(struct call *call, struct writer *writer, const struct pool *pool,
                          struct list_range range)
{
    struct list *list = pods_list_new(call, pool, range);

    if (!list)
        return ERR_NO_MEMORY;
    writer_key(writer, "workspaces");
    return pieces_begin(call, writer, &list->pieces);
}

enum err list_answer_statuses(struct call *call, struct writer *writer, const struct pool *pool)
{
    struct list *list = pods_list_new(call, pool, (struct list_range){0});

    if (!list)
        return ERR_NO_MEMORY;
    list->shows_statuses = true;
    writer_key(writer, "workspaces");
    return pieces_begin(call, writer, &list->pieces);
}

enum err list_answer_pods_uncounted(struct call *call, struct writer *writer,
                                    const struct pool *pool, struct list_range range)
{
    struct list *list = pods_list_new(call, pool, range);

    if (!list)
        return ERR_NO_MEMORY;
    list->counts_no_looks = true;
    list->cursor_key = "nextCursor";
    writer_key(writer, "pods");
    return pieces_begin(call, writer, &list->pieces);
}

bool list_parse_pod_cursor(struct text cursor, int64_t *number)
{
    struct pod_name name;
    bool parsed = pod_name_parse(cursor, &name);

    *number = name.pod_number;
    return parsed;
}

static bool visit_pool(const struct pool *pool, void *context)
{
    struct list *list = context;

    if (!page_has_room(list))
        return false;
    list->show_pool(list->writer, pool);
    return count_shown(list, pool->number);
}

static enum err visit_pools(struct list *list, struct arena *arena)
{
    (void)arena;
    return pool_state_list_pools(list->pieces.state, list->range.after, PAGE_ITEMS, visit_pool,
                                 list);
}

static void show_pool_cursor(const struct list *list, struct writer *writer)
{
    view_pool_id(writer, list->range.after);
}

static struct list *pools_list_new(struct call *call, struct list_range range)
{
    struct list *list = list_new(call, range);

    if (!list)
        return NULL;
    list->visit_page = visit_pools;
    list->show_cursor = show_pool_cursor;
    list->show_pool = view_pool_entry;
    return list;
}

enum err list_answer_pools(struct call *call, struct writer *writer, struct list_range range)
{
    struct list *list = pools_list_new(call, range);

    if (!list)
        return ERR_NO_MEMORY;
    writer_key(writer, "pools");
    return pieces_begin(call, writer, &list->pieces);
}

enum err list_answer_pool_counts(struct call *call, struct writer *writer, struct list_range range)
{
    struct list *list = pools_list_new(call, range);

    if (!list)
        return ERR_NO_MEMORY;
    list->show_pool = view_pool_counts;
    list->cursor_key = "nextCursor";
    writer_key(writer, "pools");
    return pieces_begin(call, writer, &list->pieces);
}

bool list_parse_pool_cursor(struct text cursor, int64_t *number)
{
    return pool_id_parse(cursor, number);
}

enum err list_read_range(struct call *call, bool (*parse)(struct text cursor, int64_t *number),
                         struct list_range *range)
{
    struct text cursor;
    enum err err;

    *range = (struct list_range){0};
    if ((err = call_query_number(call, "limit", 1, PAGE_LIMIT_MAX, &range->limit)) ||
        (err = call_query(call, "cursor", &cursor)))
        return err;
    if (cursor.length > 0 && !parse(cursor, &range->after))
        return call_refuse_parameter(call, "cursor", cursor,
                                     "expected the cursor of a previous page");
    return OK;
}
