/* SPDX-License-Identifier: MIT
 *
 * GET __admin/events, as a page of JSON, and GET __admin/events/wait: the changes of the tenant's
 * state. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/journal_filter.h"
#include "admin/wait.h"
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
    struct pod_name pod_name; /* zeroed: any */
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
    return matches_type(filter->types, event->type) &&
           matches_pod(filter->pod_name.pod_number, event) &&
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

/* --- the query --- */

static enum err read_types(struct call *call, struct text *types)
{
    enum err err = journal_filter_read_pattern(call, "types", types);
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

static enum err read_filter(struct call *call, struct event_filter *filter)
{
    enum err err = read_types(call, &filter->types);

    if (!err)
        err = journal_filter_read_pattern(call, "pool", &filter->pool_name);
    if (!err)
        err = journal_filter_read_pod(call, &filter->pod_name);
    if (!err)
        err = journal_filter_read_pattern(call, "workspaceId", &filter->workspace);
    return err;
}

/* Reads a position: its epoch and its number. */
static bool parse_position(struct text position, struct text *epoch, uint64_t *number)
{
    struct text rest = position;

    return text_cut(&rest, '.', epoch) && rest.at && text_to_number(rest, INT64_MAX, number);
}

/* Where a client begins, and whether it misses events before that. */
struct beginning {
    uint64_t after;    /* the last event that it has */
    const char *gap;   /* why it misses some; NULL: it has all up to `after` */
    int64_t missed;    /* how many; -1: unknown */
    struct text asked; /* the position in the request; absent: from now on */
};

/* Notes the events that were dropped before the client got them. */
static void skip_dropped(struct beginning *beginning, uint64_t first)
{
    if (beginning->after + 1 >= first)
        return;
    if (!beginning->gap)
        beginning->gap = "trimmed";
    if (beginning->missed >= 0)
        beginning->missed += (int64_t)(first - beginning->after) - 1;
    beginning->after = first - 1;
}

static struct beginning find_beginning(const struct events *events, struct text asked)
{
    struct beginning beginning = {.after = events_last(events), .asked = asked};
    uint64_t number, first = events_first(events);
    struct text epoch;

    if (!asked.at)
        return beginning;
    if (text_equal(asked, TEXT("0"))) {
        beginning.after = first - 1;
    } else if (!parse_position(asked, &epoch, &number) || number > beginning.after ||
               !text_equal(epoch, text_of(events->epoch))) {
        beginning.gap = "epoch";
        beginning.missed = -1;
    } else {
        beginning.after = number;
        skip_dropped(&beginning, first);
    }
    return beginning;
}

static void show_gap(struct writer *writer, const struct beginning *beginning)
{
    if (!beginning->gap)
        return;
    writer_member_object(writer, "gap");
    if (beginning->asked.at)
        writer_member_text(writer, "after", beginning->asked);
    writer_key(writer, "missed");
    if (beginning->missed < 0)
        writer_null(writer);
    else
        writer_number(writer, beginning->missed);
    writer_member_text(writer, "reason", text_of(beginning->gap));
    writer_end_object(writer);
}

/* Reads the position and the filter of the query. */
static enum err read_query(struct call *call, struct beginning *beginning,
                           struct event_filter *filter)
{
    struct text asked = request_variable(call->request, TEXT("HTTP_LAST_EVENT_ID"));
    enum err err = asked.at ? OK : call_query(call, "after", &asked);

    if (asked.length == 0)
        asked = (struct text){0};
    if (call->tenant->events.max == 0)
        return ERR_NO_EVENTS;
    *beginning = find_beginning(&call->tenant->events, asked);
    return err ? err : read_filter(call, filter);
}

enum err handle_events(struct call *call)
{
    const struct events *events = &call->tenant->events;
    struct event_filter filter = {0};
    struct beginning beginning;
    int64_t limit = INT64_MAX;
    enum err err = read_query(call, &beginning, &filter);

    if (err || (err = call_query_number(call, "limit", 1, LIMIT_MAX, &limit)))
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
        .after = beginning.after,
        .last = events_last(events),
        .left = limit,
    };
    memcpy(page->epoch, events->epoch, sizeof(page->epoch));
    struct writer writer = call_begin_answer(call, 200);
    show_gap(&writer, &beginning);
    writer_key(&writer, "events");
    return pieces_begin(call, &writer, &page->pieces);
}

/* --- GET events/wait --- */

struct events_wait {
    struct wait wait;
    struct events_listener listener;
    const struct events *events;
    struct event_filter filter;
    struct beginning beginning; /* `after` is the last event looked at */
    uint64_t count;             /* events that match */
};

static bool count_event(uint64_t number, const struct event *event, void *context)
{
    struct events_wait *wait = context;

    if (matches(&wait->filter, event))
        wait->count++;
    wait->beginning.after = number;
    return true;
}

static void look_at_new(struct events_listener *listener)
{
    char *at = (char *)listener - offsetof(struct events_wait, listener);
    struct events_wait *wait = (struct events_wait *)at;

    skip_dropped(&wait->beginning, events_first(wait->events));
    events_each(wait->events, wait->beginning.after, count_event, wait);
    wait_counted(&wait->wait);
}

static void show_count(const struct wait *waiting, struct writer *writer)
{
    const struct events_wait *wait = (const struct events_wait *)waiting;

    show_gap(writer, &wait->beginning);
    writer_member_number(writer, "count", (int64_t)wait->count);
    writer_member_number(writer, "dropped", (int64_t)events_first(wait->events) - 1);
    writer_key(writer, "lastId");
    view_position(writer, &(struct view_position){wait->events->epoch, wait->beginning.after});
}

static void explain_gap(const struct wait *waiting, char out[static PROBLEM_TEXT_MAX])
{
    const struct beginning *beginning = &((const struct events_wait *)waiting)->beginning;

    out[0] = '\0';
    if (beginning->gap && beginning->missed < 0)
        snprintf(out, PROBLEM_TEXT_MAX,
                 "the position is of an earlier state, so the wait began anew");
    else if (beginning->gap)
        snprintf(out, PROBLEM_TEXT_MAX, "%lld event%s dropped before the count",
                 (long long)beginning->missed, beginning->missed == 1 ? " was" : "s were");
}

static void end_wait(struct wait *waiting)
{
    events_unlisten(&((struct events_wait *)waiting)->listener);
}

enum err handle_wait_events(struct call *call)
{
    struct events *events = &call->tenant->events;
    struct event_filter filter = {0};
    struct beginning beginning;
    uint64_t wanted;
    int64_t timeout_ms;
    enum err err = read_query(call, &beginning, &filter);

    if (err || (err = wait_read_query(call, &wanted, &timeout_ms)))
        return err;
    struct events_wait *wait = calloc(1, sizeof(*wait));
    if (!wait)
        return ERR_NO_MEMORY;
    *wait = (struct events_wait){
        .wait = {.count = &wait->count,
                 .wanted = wanted,
                 .what = "events happened",
                 .show = show_count,
                 .explain = explain_gap,
                 .end = end_wait},
        .listener = {.told = look_at_new},
        .events = events,
        .filter = filter,
        .beginning = beginning,
    };
    wait_begin(call, &wait->wait, timeout_ms);
    look_at_new(&wait->listener);
    events_listen(events, &wait->listener);
    return OK;
}
