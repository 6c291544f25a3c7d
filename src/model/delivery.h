/* SPDX-License-Identifier: MIT
 *
 * Callbacks (docs/callbacks.md): the rules that ask for them, and the deliveries, which are the
 * requests that a relay is to make. Plain values.
 */
#ifndef MODEL_DELIVERY_H
#define MODEL_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum {
    CALLBACK_RULES_MAX = 100,
    CALLBACK_TARGET_MAX = 64,      /* bytes of a target's name */
    CALLBACK_BODY_MAX = 64 * 1024, /* bytes of a rule's body */
    CALLBACK_URL_MAX = 2048,       /* bytes of a webhookUrl */
    DELIVERY_ATTEMPTS_MAX = 10,    /* the greatest maxAttempts */
    DELIVERY_ATTEMPTS_DEFAULT = 5,
    DELIVERY_ERROR_MAX = 128,   /* bytes of a relay's sentence */
    DELIVERY_PAUSE_MAX_S = 120, /* the longest pause before a next attempt */
};

enum callback_cause {
#define CALLBACK_CAUSE(name, word) CALLBACK_ON_##name,
#include "model/delivery.def"
    CALLBACK_CAUSE__MAX
};

enum delivery_state {
#define DELIVERY_STATE(name, word) DELIVERY_##name,
#include "model/delivery.def"
    DELIVERY_STATE__MAX
};

enum delivery_fault {
#define DELIVERY_FAULT(name, word) DELIVERY_FAULT_##name,
#include "model/delivery.def"
    DELIVERY_FAULT__MAX
};

/* Return the words of each list, ended by NULL. Static. */
const char *const *callback_cause_words(void);
const char *const *delivery_state_words(void);
const char *const *delivery_fault_words(void);

/* A rule: every pod that fails is told to a target. */
struct callback_rule {
    struct text id; /* absent: one is generated */
    enum callback_cause on;
    struct text to;      /* name of the target */
    struct text members; /* of the body, JSON without braces; the event gives the others */
    int attempts_max;
};

struct delivery {
    uint64_t number; /* counts the deliveries of all tenants from 1 */
    enum callback_cause on;
    struct text rule;    /* id of the rule; absent: a webhookUrl asked for it */
    struct text to;      /* name of the target; absent: `url` */
    struct text url;     /* the webhookUrl; its query is secret */
    struct text session; /* id of the session; absent: none */
    struct text pool_name;
    int64_t pool_number, pod_number;
    int64_t at_ms;    /* when it was queued, by the state's clock */
    struct text body; /* JSON: a session's whole body, or the rule's `members` */
    enum delivery_state state;
    enum delivery_fault fault; /* why it has failed; DELIVERY_FAULT__MAX: it has not */
    int attempts, attempts_max;
    int status;                         /* of the last answer; 0: none */
    char error[DELIVERY_ERROR_MAX + 1]; /* why the last attempt got no answer; "": it got one */
};

/* Returns true if no further attempt follows. */
bool delivery_has_ended(const struct delivery *delivery);

/* The result of an attempt, as a relay reports it. */
struct delivery_attempt {
    int status;            /* of HTTP; 0: no answer came */
    int64_t retry_after_s; /* from the answer; 0: none */
    struct text error;     /* why no answer came; cut at DELIVERY_ERROR_MAX; absent: unknown */
    bool is_refused;       /* the relay does not make this request */
};

/* Counts the attempt and updates the delivery. A 2xx delivers it; another 4xx than 408 and 429 ends
 * it. Otherwise it is due again: returns the pause before the next attempt in seconds. */
int64_t delivery_take_attempt(struct delivery *delivery, const struct delivery_attempt *attempt);

/* Returns the part of a URL that is no secret: no user and password, no query, no fragment. Writes
 * it to `out`. */
struct text callback_url_shown(struct text url, char out[static CALLBACK_URL_MAX]);

/* Returns true for a valid URL of a callback: http or https, with a host, in visible ASCII. */
bool callback_url_is_valid(struct text url);

/* Returns true for a valid name of a target: 1 to CALLBACK_TARGET_MAX of a-z, 0-9 and -. */
bool callback_target_is_valid(struct text name);

#endif
