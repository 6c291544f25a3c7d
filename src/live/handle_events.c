/* SPDX-License-Identifier: MIT
 *
 * GET __admin/events and GET pools/{pool}/events: a page of JSON, or a stream. */
#include <stdlib.h>
#include <string.h>

#include "call/pieces.h"
#include "call/upgrade.h"
#include "live/beginning.h"
#include "live/event_filter.h"
#include "live/event_stream.h"

enum { LIMIT_MAX = 1000000 };

struct page {
    struct pieces pieces;
    const struct events *events;
    struct event_filter filter;
    struct view view;
    struct text tenant;
    char epoch[EVENTS_EPOCH_BYTES + 1];
    uint64_t after;        /* the last event looked at */
    uint64_t last;         /* the newest one at the beginning */
    int64_t left;          /* the limit minus the events shown */
    struct writer *writer; /* only while a piece is shown */
};

static bool show_event(uint64_t number, const struct event *event, void *context)
{
    struct page *page = context;

    if (number > page->last || page->left == 0) {
        page->pieces.ended = true;
        return false;
    }
    if (event_filter_matches(&page->filter, event)) {
        const struct view_position at = {page->epoch, number};
        view_event(page->writer, event, &at, page->tenant, &page->view);
        page->left--;
    }
    page->after = number;
    return !pieces_are_full(page->writer);
}

static enum err show_events(struct pieces *pieces, struct writer *writer)
{
    struct page *page = (struct page *)pieces;

    page->writer = writer;
    /* The state was replaced, or events were dropped, since the last piece. The next page shows the
     * gap. */
    if (!text_equal(text_of(page->epoch), text_of(page->events->epoch)) ||
        page->after + 1 < events_first(page->events)) {
        pieces->ended = true;
        return OK;
    }
    events_each(page->events, page->after, show_event, page);
    if (!pieces_are_full(writer))
        pieces->ended = true;
    return OK;
}

/* Ends the page with the position from which the client can go on. */
static void show_end(struct pieces *pieces, struct writer *writer)
{
    const struct page *page = (const struct page *)pieces;

    writer_member_number(writer, "dropped", (int64_t)events_first(page->events) - 1);
    writer_key(writer, "lastId");
    view_position(writer, &(struct view_position){page->epoch, page->after});
}

/* Checks that the pool in the path exists, if there is one. */
static enum err check_pool(struct call *call)
{
    struct pool pool;

    if (!call_pool_name(call).at)
        return OK;
    return pool_state_get_pool(call->state, call_pool_name(call), call->arena, &pool);
}

/* HEAD gets the head of a page, and plain CGI a page: only a worker that keeps running streams. */
static bool wants_stream(const struct call *call)
{
    return call->api->hubs && call->request->method == HTTP_GET &&
           (call_is_upgrade(call) || request_accepts(call->request, TEXT("text/event-stream")));
}

static enum err begin_page(struct call *call, const struct beginning *beginning,
                           const struct event_filter *filter, int64_t limit)
{
    const struct events *events = &call->tenant->events;
    struct page *page = calloc(1, sizeof(*page));

    if (!page)
        return ERR_NO_MEMORY;
    *page = (struct page){
        .pieces = {.show = show_events, .show_rest = show_end, .outlives_state = true},
        .events = events,
        .filter = *filter,
        .view = call->view,
        .tenant = text_of(call->tenant->name),
        .after = beginning->after,
        .last = events_last(events),
        .left = limit,
    };
    memcpy(page->epoch, events->epoch, sizeof(page->epoch));
    struct writer writer = call_begin_answer(call, 200);
    beginning_show(&writer, beginning);
    writer_key(&writer, "events");
    return pieces_begin(call, &writer, &page->pieces);
}

enum err handle_events(struct call *call)
{
    struct event_filter filter;
    struct beginning beginning;
    int64_t limit = INT64_MAX;
    enum err err;

    if ((err = check_pool(call)) || (err = beginning_read(call, &beginning)) ||
        (err = event_filter_read(call, &filter)) ||
        (err = call_query_number(call, "limit", 1, LIMIT_MAX, &limit)))
        return err;
    if (!wants_stream(call))
        return begin_page(call, &beginning, &filter, limit);
    if (limit != INT64_MAX)
        return problem_set(call->problem, ERR_BAD_QUERY, "limit: a stream has no limit");
    return event_stream_begin(call, &beginning, &filter);
}
