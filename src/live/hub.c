/* SPDX-License-Identifier: MIT */
#include "live/hub.h"

#include <stdlib.h>

enum { TEXTS_MAX = 64 * 1024 }; /* bytes of composed events that are kept in a pass */

TAILQ_HEAD(listener_list, hub_listener);

struct hub {
    struct hubs *hubs;
    struct tenant *tenant;
    struct events_listener news;
    struct listener_list listeners;
    struct listener_list by_silence; /* the longest silent first */
    size_t count;
    struct timer pass;
    struct hub_listener *next; /* of the pass; NULL: it begins with the first listener */
    int64_t pass_began_us;
    bool is_passing; /* a pass is running now, not between two turns of it */
    bool has_news;   /* there were events since the pass began */
    struct timer silence;
    /* The texts of the events from number `first_text` on, and the end of each (size_t). */
    struct buffer texts, ends;
    uint64_t first_text;
    char texts_epoch[EVENTS_EPOCH_BYTES + 1]; /* of their numbers */
};

/* --- the texts of a pass --- */

static void drop_texts(struct hub *hub)
{
    buffer_free(&hub->texts);
    buffer_free(&hub->ends);
}

/* Drops texts of an earlier epoch: their numbers mean other events now. */
static void drop_old_texts(struct hub *hub)
{
    const struct events *events = &hub->tenant->events;

    if (memcmp(hub->texts_epoch, events->epoch, sizeof(hub->texts_epoch)) == 0)
        return;
    memcpy(hub->texts_epoch, events->epoch, sizeof(hub->texts_epoch));
    drop_texts(hub);
}

static size_t texts_count(const struct hub *hub)
{
    return hub->ends.length / sizeof(size_t);
}

static size_t text_end(const struct hub *hub, size_t index)
{
    size_t end;

    memcpy(&end, hub->ends.bytes + index * sizeof(end), sizeof(end));
    return end;
}

/* Composes the event behind the others. Returns false if there is no room for it. */
static bool keep_text(struct hub *hub, const struct hub_listener *listener, uint64_t number,
                      const struct event *event, hub_compose *compose)
{
    if (hub->texts.length > TEXTS_MAX / 2) {
        buffer_clear(&hub->texts);
        buffer_clear(&hub->ends);
    }
    if (texts_count(hub) == 0)
        hub->first_text = number;
    if (number != hub->first_text + texts_count(hub))
        return false;
    compose(listener, number, event, &hub->texts);
    buffer_put(&hub->ends, &hub->texts.length, sizeof(hub->texts.length));
    if (!hub->texts.failed && !hub->ends.failed)
        return true;
    drop_texts(hub);
    return false;
}

static bool has_text(const struct hub *hub, uint64_t number)
{
    return number >= hub->first_text && number < hub->first_text + texts_count(hub);
}

struct text hub_json(struct hub_listener *listener, uint64_t number, const struct event *event,
                     hub_compose *compose, struct buffer *spare)
{
    struct hub *hub = listener->hub;

    drop_old_texts(hub);
    if (!hub->is_passing ||
        (!has_text(hub, number) && !keep_text(hub, listener, number, event, compose))) {
        buffer_clear(spare);
        compose(listener, number, event, spare);
        return spare->failed ? (struct text){0} : buffer_text(spare);
    }
    size_t index = number - hub->first_text;
    size_t from = index > 0 ? text_end(hub, index - 1) : 0;
    return (struct text){hub->texts.bytes + from, text_end(hub, index) - from};
}

/* --- the pass --- */

static void hub_free(struct hub *hub)
{
    timers_disarm(hub->hubs->timers, &hub->pass);
    timers_disarm(hub->hubs->timers, &hub->silence);
    events_unlisten(&hub->news);
    drop_texts(hub);
    hub->tenant->hub = NULL;
    tenant_leave(hub->tenant);
    free(hub);
}

static void ask(struct hub_listener *listener)
{
    struct feed *feed = &listener->socket.feed;

    if (feed->ready) /* otherwise nobody reads it yet */
        feed->ready(feed);
}

/* Counts a listener that is asked. Returns false if HUB_PASS_MAX have been asked in this turn. */
static bool may_ask(struct hubs *hubs)
{
    if (hubs->turn_us != hubs->clock->mono_us)
        hubs->asked = 0;
    hubs->turn_us = hubs->clock->mono_us;
    return hubs->asked++ < HUB_PASS_MAX;
}

/* Asks listeners to read, up to the end of the list or of what the turn allows. */
static void ask_listeners(struct hub *hub)
{
    hub->is_passing = true;
    while (hub->next && may_ask(hub->hubs)) {
        struct hub_listener *listener = hub->next;
        hub->next = TAILQ_NEXT(listener, link);
        ask(listener);
    }
    hub->is_passing = false;
}

static void run_pass(struct timer *timer)
{
    struct hub *hub = TIMER_OWNER(timer, struct hub, pass);
    const struct clock *clock = hub->hubs->clock;

    if (!hub->next) {
        hub->next = TAILQ_FIRST(&hub->listeners);
        hub->pass_began_us = clock->mono_us;
        hub->has_news = false;
    }
    ask_listeners(hub);
    if (hub->count == 0) {
        hub_free(hub);
        return;
    }
    if (hub->next) {
        timers_arm(hub->hubs->timers, timer, clock->mono_us + 1); /* in the next turn */
        return;
    }
    drop_texts(hub);
    if (hub->has_news)
        timers_arm(hub->hubs->timers, timer, hub->pass_began_us + HUB_PASS_US);
}

/* Lets a pass begin, if none is under way. */
static void hear_news(struct events_listener *news)
{
    struct hub *hub = (struct hub *)((char *)news - offsetof(struct hub, news));
    int64_t now_us = hub->hubs->clock->mono_us, earliest_us = hub->pass_began_us + HUB_PASS_US;

    if (hub->has_news)
        return;
    hub->has_news = true;
    if (!hub->pass.armed)
        timers_arm(hub->hubs->timers, &hub->pass, earliest_us > now_us ? earliest_us : now_us);
}

/* --- silence --- */

/* Puts the listener behind all others that were asked before. */
static void note_asked(struct hub_listener *listener)
{
    struct hub *hub = listener->hub;

    listener->asked_us = hub->hubs->clock->mono_us;
    TAILQ_REMOVE(&hub->by_silence, listener, by_silence);
    TAILQ_INSERT_TAIL(&hub->by_silence, listener, by_silence);
}

bool hub_is_silent(const struct hub_listener *listener)
{
    return listener->sent_us + HUB_SILENCE_US <= listener->hub->hubs->clock->mono_us;
}

void hub_sent(struct hub_listener *listener)
{
    listener->sent_us = listener->hub->hubs->clock->mono_us;
    note_asked(listener);
}

/* Returns when the listener that was asked first is to be asked again. */
static int64_t next_asking_us(const struct hub *hub)
{
    const struct hub_listener *first = TAILQ_FIRST(&hub->by_silence);

    return first ? first->asked_us + HUB_SILENCE_US : INT64_MAX;
}

/* Asks listeners that have been silent for long, as many as the turn allows. */
static void ask_silent(struct timer *timer)
{
    struct hub *hub = TIMER_OWNER(timer, struct hub, silence);
    int64_t now_us = hub->hubs->clock->mono_us;

    hub->is_passing = true;
    while (next_asking_us(hub) <= now_us && may_ask(hub->hubs)) {
        struct hub_listener *listener = TAILQ_FIRST(&hub->by_silence);
        note_asked(listener);
        ask(listener);
    }
    hub->is_passing = false;
    if (!hub->next) /* no pass is under way that needs them */
        drop_texts(hub);
    if (hub->count == 0)
        hub_free(hub);
    else
        timers_arm(hub->hubs->timers, timer,
                   next_asking_us(hub) > now_us ? next_asking_us(hub) : now_us + 1);
}

/* --- joining and leaving --- */

static struct hub *hub_new(struct hubs *hubs, struct tenant *tenant)
{
    struct hub *hub = malloc(sizeof(*hub));

    if (!hub)
        return NULL;
    *hub = (struct hub){
        .hubs = hubs,
        .tenant = tenant,
        .news = {.told = hear_news},
        .listeners = TAILQ_HEAD_INITIALIZER(hub->listeners),
        .by_silence = TAILQ_HEAD_INITIALIZER(hub->by_silence),
        .pass = {.fire = run_pass},
        .pass_began_us = INT64_MIN / 2,
        .silence = {.fire = ask_silent},
        .texts = buffer_new(TEXTS_MAX),
        .ends = buffer_new(TEXTS_MAX),
    };
    events_listen(&tenant->events, &hub->news);
    tenant_join(tenant);
    tenant->hub = hub;
    return hub;
}

enum err hub_join(struct hubs *hubs, struct tenant *tenant, struct hub_listener *listener,
                  struct problem *problem)
{
    enum err err = tenant_join_listener(tenant, listener->form, problem);

    if (err)
        return err;
    struct hub *hub = tenant->hub ? tenant->hub : hub_new(hubs, tenant);
    if (!hub) {
        tenant_leave_listener(tenant, listener->form);
        return ERR_NO_MEMORY;
    }
    listener->hub = hub;
    listener->sent_us = listener->asked_us = hubs->clock->mono_us;
    TAILQ_INSERT_TAIL(&hub->listeners, listener, link);
    TAILQ_INSERT_TAIL(&hub->by_silence, listener, by_silence);
    hub->count++;
    if (!hub->silence.armed)
        timers_arm(hubs->timers, &hub->silence, next_asking_us(hub));
    return OK;
}

void hub_leave(struct hub_listener *listener)
{
    struct hub *hub = listener->hub;

    if (!hub)
        return;
    struct tenant *tenant = hub->tenant;
    listener->hub = NULL;
    if (hub->next == listener)
        hub->next = TAILQ_NEXT(listener, link);
    TAILQ_REMOVE(&hub->listeners, listener, link);
    TAILQ_REMOVE(&hub->by_silence, listener, by_silence);
    hub->count--;
    if (hub->count == 0 && !hub->is_passing) /* otherwise the pass frees it at its end */
        hub_free(hub);
    tenant_leave_listener(tenant, listener->form);
}

struct tenant *hub_tenant(const struct hub_listener *listener)
{
    return listener->hub->tenant;
}

int64_t hub_now_us(const struct hub_listener *listener)
{
    return listener->hub->hubs->clock->mono_us;
}
