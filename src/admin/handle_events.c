/* SPDX-License-Identifier: MIT
 *
 * GET __admin/events: the changes of the tenant's state, as a page of JSON. */
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "call/handler.h"
#include "call/pieces.h"
#include "tenant/tenant.h"

enum { LIMIT_MAX = 1000000 };

/* Which events are shown. An absent text matches all. */
struct event_filter {
    struct text types; /* patterns with commas between them */
    struct text pool_name;
    struct text workspace;
    int64_t pod_number; /* 0: any */
};

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

static bool matches_type(struct text patterns, enum event_type type)
{
    struct text pattern;

    if (!patterns.at)
        return true;
    while (text_cut(&patterns, ',', &pattern))
        if (glob_matches(pattern, text_of(event_type_words()[type])))
            return true;
    return false;
}

static bool matches_pod(int64_t pod_number, const struct event *event)
{
    int64_t last = event->last_pod_number ? event->last_pod_number : event->pod_number;

    return pod_number == 0 || (event->pod_number <= pod_number && pod_number <= last);
}

static bool matches(const struct event_filter *filter, const struct event *event)
{
    return matches_type(filter->types, event->type) && matches_pod(filter->pod_number, event) &&
           (!filter->pool_name.at || glob_matches(filter->pool_name, event->pool_name)) &&
           (!filter->workspace.at ||
            (event->workspace.at && glob_matches(filter->workspace, event->workspace)));
}

static bool show_event(uint64_t number, const struct event *event, void *context)
{
    struct page *page = context;

    if (number > page->last || page->left == 0) {
        page->pieces.ended = true;
        return false;
    }
    if (matches(&page->filter, event)) {
        const struct view_position at = {page->epoch, number, page->tenant};
        view_event(page->writer, event, &at, &page->view);
        page->left--;
    }
    page->after = number;
    return !pieces_are_full(page->writer);
}

static enum err show_events(struct pieces *pieces, struct writer *writer)
{
    struct page *page = (struct page *)pieces;

    page->writer = writer;
    if (!text_equal(text_of(page->epoch), text_of(page->events->epoch))) {
        pieces->ended = true; /* the state was replaced meanwhile */
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
    uint64_t number = page->left == 0 ? page->after : page->last;

    writer_member_number(writer, "dropped", (int64_t)events_first(page->events) - 1);
    writer_key(writer, "lastId");
    view_position(writer, &(struct view_position){page->epoch, number, page->tenant});
}

/* --- the query --- */

static enum err read_types(struct call *call, struct text *types)
{
    enum err err = call_query(call, "types", types);
    struct text rest = *types, pattern;

    while (!err && rest.at && text_cut(&rest, ',', &pattern)) {
        const char *const *word = event_type_words();
        while (*word && !glob_matches(pattern, text_of(*word)))
            word++;
        if (!*word)
            err = problem_set(call->problem, ERR_BAD_QUERY, "types: no event has the type '%.*s'",
                              TEXT_ARGS(pattern));
    }
    return err;
}

static enum err read_pod(struct call *call, int64_t *pod_number)
{
    struct pod_name name = {0};
    struct text pod;
    enum err err = call_query(call, "pod", &pod);

    if (!err && pod.at && !pod_name_parse(pod, &name))
        err = problem_set(call->problem, ERR_BAD_QUERY,
                          "pod: expected a pod's id or subdomain, not '%.*s'", TEXT_ARGS(pod));
    *pod_number = name.pod_number;
    return err;
}

static enum err read_filter(struct call *call, struct event_filter *filter)
{
    enum err err = read_types(call, &filter->types);

    if (!err)
        err = call_query(call, "pool", &filter->pool_name);
    if (!err)
        err = read_pod(call, &filter->pod_number);
    if (!err)
        err = call_query(call, "workspaceId", &filter->workspace);
    return err;
}

/* Reads a position: its epoch and its number. */
static bool parse_position(struct text position, struct text *epoch, uint64_t *number)
{
    struct text rest = position;

    return text_cut(&rest, '.', epoch) && rest.at && text_to_number(rest, INT64_MAX, number);
}

static void show_gap(struct writer *writer, struct text after, const char *reason, int64_t missed)
{
    writer_member_object(writer, "gap");
    writer_member_text(writer, "after", after);
    writer_key(writer, "missed");
    if (missed < 0)
        writer_null(writer);
    else
        writer_number(writer, missed);
    writer_member_text(writer, "reason", text_of(reason));
    writer_end_object(writer);
}

/* Sets where the page begins, and shows which events between `after` and there are lost. */
static void begin_at(struct page *page, struct text after, struct writer *writer)
{
    uint64_t first = events_first(page->events);
    struct text epoch;

    page->after = page->last;
    if (!after.at)
        return;
    if (text_equal(after, TEXT("0"))) {
        page->after = 0;
        return;
    }
    if (!parse_position(after, &epoch, &page->after) || page->after > page->last ||
        !text_equal(epoch, text_of(page->epoch))) {
        page->after = page->last;
        show_gap(writer, after, "epoch", -1);
    } else if (page->after + 1 < first) {
        show_gap(writer, after, "trimmed", (int64_t)(first - page->after) - 1);
    }
}

enum err handle_events(struct call *call)
{
    struct text after = request_variable(call->request, TEXT("HTTP_LAST_EVENT_ID"));
    const struct events *events = &call->tenant->events;
    struct event_filter filter = {0};
    int64_t limit = INT64_MAX;
    enum err err = after.at ? OK : call_query(call, "after", &after);

    if (err || (err = read_filter(call, &filter)) ||
        (err = call_query_number(call, "limit", 1, LIMIT_MAX, &limit)))
        return err;
    struct page *page = calloc(1, sizeof(*page));
    if (!page)
        return ERR_NO_MEMORY;
    *page = (struct page){
        .pieces = {.show = show_events, .show_rest = show_end, .outlives_state = true},
        .events = events,
        .filter = filter,
        .view = call->view,
        .tenant = text_of(call->tenant->name),
        .last = events_last(events),
        .left = limit,
    };
    memcpy(page->epoch, events->epoch, sizeof(page->epoch));
    struct writer writer = call_begin_answer(call, 200);
    begin_at(page, after, &writer);
    writer_key(&writer, "events");
    return pieces_begin(call, &writer, &page->pieces);
}
