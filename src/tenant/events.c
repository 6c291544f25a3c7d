/* SPDX-License-Identifier: MIT */
#include "tenant/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum {
    CAPACITY_MIN = 4,
    TEXTS_INSIDE = 80, /* bytes; enough for usual names and a request's id */
    TEXTS = 4,
};

/* An event with its texts, which are inside the note if they are short. So a usual event allocates
 * nothing. */
struct event_note {
    struct event event;
    char *texts_outside; /* owned; NULL: the texts are inside */
    size_t outside_bytes;
    char texts[TEXTS_INSIDE];
};

static void begin_epoch(struct events *events)
{
    snprintf(events->epoch, sizeof(events->epoch), "%08x", (unsigned)hash_key_new().k0);
    events->first = events->next = events->pending = 1;
}

struct events events_new(size_t max, struct events_budget *budget)
{
    struct events events = {.max = max, .budget = budget};

    begin_epoch(&events);
    return events;
}

static struct event_note *note_at(const struct events *events, uint64_t number)
{
    return &events->ring[number % events->capacity];
}

/* Gives bytes back to the budget. */
static void give_bytes(struct events *events, size_t bytes)
{
    events->bytes -= bytes;
    events->budget->bytes -= bytes;
}

static void drop(struct events *events, uint64_t number)
{
    struct event_note *note = note_at(events, number);

    free(note->texts_outside);
    give_bytes(events, note->outside_bytes);
}

/* Drops the events with numbers below `number`. */
static void drop_before(struct events *events, uint64_t number)
{
    for (; events->first < number; events->first++)
        drop(events, events->first);
}

/* Drops the events with numbers from `number` on. */
static void drop_from(struct events *events, uint64_t number)
{
    while (events->next > number && events->next > events->first)
        drop(events, --events->next);
    events->next = number;
    if (events->first > number)
        events->first = number;
}

static void give_back(struct events *events)
{
    if (events->capacity == 0)
        return;
    drop_before(events, events->next);
    free(events->ring);
    give_bytes(events, events->capacity * sizeof(*events->ring));
    LIST_REMOVE(events, by_budget);
    events->ring = NULL;
    events->capacity = 0;
}

void events_free(struct events *events)
{
    while (!LIST_EMPTY(&events->listeners))
        events_unlisten(LIST_FIRST(&events->listeners));
    give_back(events);
}

/* Counts the events of the turn, if they are kept. */
static void count_noted(struct events *events, bool kept)
{
    for (int type = 0; type < EVENT_TYPE__MAX; type++) {
        if (kept && events->budget->kept)
            events->budget->kept[type] += events->noted[type];
        events->noted[type] = 0;
    }
    events->has_noted = false;
}

void events_restart(struct events *events)
{
    count_noted(events, false);
    give_back(events);
    begin_epoch(events);
}

static void get_texts(struct event_note *note, struct text *texts[static TEXTS])
{
    texts[0] = &note->event.pool_name;
    texts[1] = &note->event.workspace;
    texts[2] = &note->event.rule;
    texts[3] = &note->event.origin.request_id;
}

static size_t texts_bytes(const struct events *events, const struct event *event)
{
    return event->pool_name.length + event->workspace.length + event->rule.length +
           events->origin.request_id.length;
}

/* Copies the texts of the event into the note. */
static void take_texts(struct event_note *note)
{
    char *to = note->texts_outside ? note->texts_outside : note->texts;
    struct text *texts[TEXTS];

    get_texts(note, texts);
    for (size_t i = 0; i < TEXTS; i++) {
        if (texts[i]->at)
            *texts[i] = (struct text){memcpy(to, texts[i]->at, texts[i]->length), texts[i]->length};
        to += texts[i]->length;
    }
}

/* Copies a note to another place in memory. */
static void move_note(struct event_note *to, const struct event_note *from)
{
    struct text *texts[TEXTS];

    *to = *from;
    get_texts(to, texts);
    for (size_t i = 0; i < TEXTS && !from->texts_outside; i++)
        if (texts[i]->at)
            texts[i]->at = to->texts + (texts[i]->at - from->texts);
}

/* Moves the events to a ring of another capacity. Returns false without memory. */
static bool resize(struct events *events, size_t capacity)
{
    struct event_note *ring = malloc(capacity * sizeof(*ring));

    if (!ring)
        return false;
    for (uint64_t number = events->first; number < events->next; number++)
        move_note(&ring[number % capacity], note_at(events, number));
    free(events->ring);
    events->ring = ring;
    events->capacity = capacity;
    return true;
}

/* Drops the older half of the kept events, and the memory that the ring needs no more. Returns
 * false if there is no kept event. */
static bool halve(struct events *events)
{
    uint64_t kept = events->pending > events->first ? events->pending - events->first : 0;
    size_t before = events->capacity, capacity = before;

    if (kept == 0)
        return false;
    drop_before(events, events->first + (kept + 1) / 2);
    size_t used = events->next - events->first;
    if (used == 0) {
        give_back(events);
        return true;
    }
    while (capacity / 2 >= used && capacity / 2 >= CAPACITY_MIN)
        capacity /= 2;
    if (capacity < before && resize(events, capacity))
        give_bytes(events, (before - capacity) * sizeof(*events->ring));
    return true;
}

static struct events *find_fullest(const struct events_budget *budget)
{
    struct events *fullest = LIST_FIRST(&budget->rings), *each;

    LIST_FOREACH(each, &budget->rings, by_budget)
        if (each->bytes > fullest->bytes)
            fullest = each;
    return fullest;
}

/* Takes bytes from the budget. If it is used up, rings that are fuller give some of theirs. */
static bool take_bytes(struct events *events, size_t bytes)
{
    struct events_budget *budget = events->budget;

    while (budget->bytes + bytes > budget->max_bytes) {
        struct events *fullest = find_fullest(budget);
        if (!fullest || fullest->bytes <= events->bytes || !halve(fullest))
            return false;
    }
    budget->bytes += bytes;
    events->bytes += bytes;
    return true;
}

static bool grow(struct events *events)
{
    size_t before = events->capacity, capacity = before ? 2 * before : CAPACITY_MIN;

    if (capacity > events->max)
        capacity = events->max;
    size_t bytes = (capacity - before) * sizeof(*events->ring);
    if (!take_bytes(events, bytes))
        return false;
    if (!resize(events, capacity)) {
        give_bytes(events, bytes);
        return false;
    }
    if (before == 0)
        LIST_INSERT_HEAD(&events->budget->rings, events, by_budget);
    return true;
}

/* Makes room for one more event with that many bytes outside of the ring. Returns false if there is
 * none. */
static bool make_room(struct events *events, size_t outside_bytes)
{
    if (events->next - events->first == events->capacity &&
        (events->capacity == events->max || !grow(events))) {
        if (events->capacity == 0)
            return false;
        drop_before(events, events->first + 1);
    }
    while (!take_bytes(events, outside_bytes)) {
        if (events->first == events->next)
            return false;
        drop_before(events, events->first + 1);
    }
    return true;
}

/* Counts an event that nobody can read. */
static void skip(struct events *events)
{
    drop_before(events, events->next);
    events->first = ++events->next;
}

void events_note(struct events *events, const struct event *event)
{
    size_t bytes = texts_bytes(events, event), outside_bytes = bytes > TEXTS_INSIDE ? bytes : 0;

    events->noted[event->type]++;
    events->has_noted = true;
    if (events->max == 0)
        return;
    char *outside = outside_bytes ? malloc(outside_bytes) : NULL;
    if ((outside_bytes && !outside) || !make_room(events, outside_bytes)) {
        free(outside);
        skip(events);
        return;
    }
    struct event_note *note = note_at(events, events->next++);
    note->event = *event;
    note->event.origin = events->origin;
    if (event->origin.cause == EVENT_BY_LOOK)
        note->event.origin.cause = EVENT_BY_LOOK;
    note->texts_outside = outside;
    note->outside_bytes = outside_bytes;
    take_texts(note);
}

void events_listen(struct events *events, struct events_listener *listener)
{
    listener->events = events;
    LIST_INSERT_HEAD(&events->listeners, listener, link);
}

void events_unlisten(struct events_listener *listener)
{
    if (listener->events)
        LIST_REMOVE(listener, link);
    listener->events = NULL;
}

static void tell_listeners(struct events *events)
{
    for (struct events_listener *listener = LIST_FIRST(&events->listeners), *next; listener;
         listener = next) {
        next = LIST_NEXT(listener, link);
        listener->told(listener);
    }
}

void events_turn_end(struct events *events, bool kept)
{
    bool has_new = kept && events->pending < events->next;

    if (events->has_noted)
        count_noted(events, kept);
    if (!kept)
        drop_from(events, events->pending);
    events->pending = events->next;
    if (has_new)
        tell_listeners(events);
}

uint64_t events_last(const struct events *events)
{
    return events->pending - 1;
}

uint64_t events_newest(const struct events *events)
{
    return events->next - 1;
}

uint64_t events_first(const struct events *events)
{
    return events->first < events->pending ? events->first : events->pending;
}

void events_each(const struct events *events, uint64_t after,
                 bool (*visit)(uint64_t number, const struct event *event, void *context),
                 void *context)
{
    uint64_t number = after + 1 > events->first ? after + 1 : events->first;

    while (number < events->pending && visit(number, &note_at(events, number)->event, context))
        number++;
}
