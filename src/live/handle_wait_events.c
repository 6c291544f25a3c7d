/* SPDX-License-Identifier: MIT
 *
 * GET __admin/events/wait: waits until events have happened. */
#include <stdio.h>
#include <stdlib.h>

#include "call/wait.h"
#include "live/beginning.h"
#include "live/event_filter.h"

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

    if (event_filter_matches(&wait->filter, event))
        wait->count++;
    wait->beginning.after = number;
    return true;
}

static void look_at_new(struct events_listener *listener)
{
    char *at = (char *)listener - offsetof(struct events_wait, listener);
    struct events_wait *wait = (struct events_wait *)at;

    beginning_skip_dropped(&wait->beginning, events_first(wait->events));
    events_each(wait->events, wait->beginning.after, count_event, wait);
    wait_counted(&wait->wait);
}

static void show_count(const struct wait *waiting, struct writer *writer)
{
    const struct events_wait *wait = (const struct events_wait *)waiting;

    beginning_show(writer, &wait->beginning);
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
    struct event_filter filter;
    struct beginning beginning;
    uint64_t wanted;
    int64_t timeout_ms;
    enum err err;

    if ((err = beginning_read(call, &beginning)) || (err = event_filter_read(call, &filter)) ||
        (err = wait_read_query(call, &wanted, &timeout_ms)))
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
