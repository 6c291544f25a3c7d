/* SPDX-License-Identifier: MIT */
#include "live/beginning.h"

/* Reads a position: its epoch and its number. */
static bool parse_position(struct text position, struct text *epoch, uint64_t *number)
{
    struct text rest = position;

    return text_cut(&rest, '.', epoch) && rest.at && text_to_number(rest, INT64_MAX, number);
}

void beginning_skip_dropped(struct beginning *beginning, uint64_t first)
{
    if (beginning->after + 1 >= first)
        return;
    if (!beginning->gap)
        beginning->gap = "trimmed";
    if (beginning->missed >= 0)
        beginning->missed += (int64_t)(first - beginning->after) - 1;
    beginning->after = first - 1;
}

static struct beginning find(const struct events *events, struct text asked)
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
        beginning_skip_dropped(&beginning, first);
    }
    return beginning;
}

enum err beginning_read(struct call *call, struct beginning *out)
{
    struct text asked = text_or_absent(request_variable(call->request, TEXT("HTTP_LAST_EVENT_ID")));
    enum err err = asked.at ? OK : call_query(call, "after", &asked);

    if (call->tenant->events.max == 0)
        return ERR_NO_EVENTS;
    *out = find(&call->tenant->events, text_or_absent(asked));
    return err;
}

void beginning_show_gap(struct writer *writer, const struct beginning *beginning)
{
    if (beginning->asked.at)
        writer_member_text(writer, "after", beginning->asked);
    writer_key(writer, "missed");
    if (beginning->missed < 0)
        writer_null(writer);
    else
        writer_number(writer, beginning->missed);
    writer_member_text(writer, "reason", text_of(beginning->gap));
}

void beginning_show(struct writer *writer, const struct beginning *beginning)
{
    if (!beginning->gap)
        return;
    writer_member_object(writer, "gap");
    beginning_show_gap(writer, beginning);
    writer_end_object(writer);
}
