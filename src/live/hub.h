/* SPDX-License-Identifier: MIT
 *
 * Who listens to the events of the tenants. A tenant with listeners has a hub. When the tenant has
 * new events, the hub passes through its listeners, in later turns: the first event at once, then
 * at most every HUB_PASS_US, and HUB_PASS_MAX listeners of all tenants in a turn, so that other
 * clients need not wait. A listener that has sent nothing for HUB_SILENCE_US is asked too, so that
 * it can tell its client where it is.
 *
 * All listeners of a pass read the same events, so the hub keeps their text for the pass.
 */
#ifndef LIVE_HUB_H
#define LIVE_HUB_H

#include <sys/queue.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/timer.h"
#include "http/socket.h"
#include "tenant/tenant.h"

enum {
    HUB_PASS_US = 20 * 1000,
    HUB_PASS_MAX = 64,
    HUB_SILENCE_US = 15 * 1000 * 1000,
};

struct hub;

/* The listeners of all tenants. */
struct hubs {
    struct timers *timers;
    const struct clock *clock; /* real time */
    int64_t turn_us;           /* private: the turn in which `asked` listeners were asked */
    int asked;
};

/* A listener. Its owner embeds it, sets `socket` and `form`, and calls hub_leave in `free`. Of a
 * listener that is no WebSocket only the feed of `socket` is used. */
struct hub_listener {
    struct socket socket;
    enum metric_listener form;
    struct hub *hub;  /* private, like the members below */
    int64_t sent_us;  /* monotonic; when it last sent something */
    int64_t asked_us; /* when it last sent something, or was asked because of its silence */
    TAILQ_ENTRY(hub_listener) link;
    TAILQ_ENTRY(hub_listener) by_silence;
};

/* Makes the listener one of the tenant's. Returns OK, ERR_LISTENER_LIMIT with a sentence, or
 * ERR_NO_MEMORY. */
enum err hub_join(struct hubs *hubs, struct tenant *tenant, struct hub_listener *listener,
                  struct problem *problem);

/* A listener in no hub is legal. */
void hub_leave(struct hub_listener *listener);

struct tenant *hub_tenant(const struct hub_listener *listener);

/* Returns the monotonic time of the turn. */
int64_t hub_now_us(const struct hub_listener *listener);

/* Returns true if the listener has sent nothing for HUB_SILENCE_US. */
bool hub_is_silent(const struct hub_listener *listener);

/* Notes that the listener sends something now. */
void hub_sent(struct hub_listener *listener);

/* Writes the JSON of an event. */
typedef void hub_compose(const struct hub_listener *listener, uint64_t number,
                         const struct event *event, struct buffer *out);

/* Returns the JSON of the event. In a pass it is composed once for all listeners, otherwise into
 * `spare`. Valid until the next call; absent without memory. */
struct text hub_json(struct hub_listener *listener, uint64_t number, const struct event *event,
                     hub_compose *compose, struct buffer *spare);

#endif
