/* SPDX-License-Identifier: MIT
 *
 * An event: one change of a state, or something else that a listener to a state wants to know. The
 * store reports each change when it makes it; whoever replays the events of pods and pools onto a
 * list of pods gets the list of later.
 */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include <stdint.h>

#include "base/text.h"
#include "model/pod.h"

enum event_type {
#define EVENT(name, word) EVENT_##name,
#include "model/event.def"
#undef EVENT
    EVENT_TYPE__MAX
};

/* Returns the words of the types, ended by NULL. */
const char *const *event_type_words(void);

/* What made a change. */
enum event_cause {
    EVENT_BY_CLOCK, /* it fell due */
    EVENT_BY_REQUEST,
    EVENT_BY_CONTROL, /* a request of the control API */
    EVENT_BY_LOOK,    /* a request that showed the pod; set by the store */
};

struct event_origin {
    enum event_cause cause;
    struct text request_id; /* absent: none */
    uint64_t request_seq;   /* of its entry in the journal; 0: none */
};

struct event {
    enum event_type type;
    int64_t at_ms;           /* by the state's clock; of an event that was due, when it was due */
    int64_t pool_number;     /* 0: unknown, or none */
    struct text pool_name;   /* absent: the event is not about a pool */
    int64_t pod_number;      /* 0: the event is not about a pod; of a range, the first pod */
    int64_t last_pod_number; /* of pods.created, which never spans a number that no pod has */
    enum pod_usage usage, was_usage;
    enum pod_state state, was_state;
    struct text workspace; /* of a claim, or of the claim that ended; absent: none */
    int64_t count;         /* pods that a pool lost or has anew, or that were created; 0: none */
    const char *detail;    /* static: by what a pod was released, or what of it was updated; how a
                            * wait ended; a fault's phase; what was done to the clock or to the
                            * state; the cause of a callback, or why it failed; NULL: none */
    const char *operation; /* static: of a request that a fault rule hit */
    struct text rule;      /* the id of that rule; of a callback, the id of its delivery */
    int64_t waited_ms;     /* of a claim that waited, in real time */
    struct event_origin origin; /* set by whoever notes the event, except EVENT_BY_LOOK */
};

#endif
