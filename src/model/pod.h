/* SPDX-License-Identifier: MIT
 *
 * A pod: one virtual workspace of a pool. Plain values; the store fills them, the views show them.
 */
#ifndef MODEL_POD_H
#define MODEL_POD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"
#include "model/goose.h"

/* A variable of an environment: of a pool's, or of a pod's. */
struct env_var {
    struct text name;
    struct text value; /* a secret */
};

enum pod_usage { POD_FREE, POD_USED, POD_USAGE__MAX };

/* What the pod itself is doing. Only a running pod is handed out. The numbers stand in the
 * schema. */
enum pod_state {
#define POD_STATE(name, shown) POD_##name,
#include "model/pod_state.def"
#undef POD_STATE
    POD_STATE__MAX
};

/* What is done with a pod, and what that makes of it. */
enum pod_action {
    POD_CLAIM,
    POD_MARK_USED,
    POD_RELEASE,
    POD_SCALE_DOWN,
    POD_DELETE,
    POD_ACTION__MAX
};
enum pod_outcome { POD_TO_NOTHING_LEGAL, POD_TO_SAME, POD_TO_USED, POD_TO_FREE, POD_TO_GONE };

/* The row of the table of legal changes (model/pod_edge.def); POD_TO_NOTHING_LEGAL where it has
 * none. */
enum pod_outcome pod_outcome(enum pod_action action, enum pod_usage usage);

/* As it stands in `state` and `internal_state`; static. */
const char *pod_state_name(enum pod_state state);

/* The words of each state and of each usage, in the order of the enum, closed by a NULL; static. */
const char *const *pod_state_words(void);
const char *const *pod_usage_words(void);

struct pod {
    int64_t number;      /* k of pod-<poolId>-<k> and mock-pod-<k>; no two pods share one */
    int64_t pool_number; /* n of pool-<n> */
    struct text pool_name;
    struct text tenant; /* whose it is, "" for nobody's; borrowed from the state */
    enum pod_usage usage;
    enum pod_state state;
    int64_t created_ms;     /* wall clock */
    int64_t since_ms;       /* wall clock: when it became used, or free */
    struct text claimed_by; /* the workspaceId of its claim; absent if it was not claimed */
    struct text user_info;  /* what mark-used left; absent if nothing */
    int64_t goose_ms;       /* wall clock: when Goose was started in it; 0: it was not */
    int64_t due_ms;         /* wall clock: when it goes on to its next state, or, running, its claim
                             * ends; 0: nothing is due */
    int64_t starting_ms;    /* how long it will be starting, where its states go by time */
    int64_t looks_left;     /* until it runs (`looks` in documents); 0: no look counts */
    bool will_fail;         /* instead of running (`doomed` in documents) */
    bool has_lists;         /* in the store: repositories, branches, environment or sessions */
    const struct text *repositories;
    size_t repositories_count;
    const struct text *branches;
    size_t branches_count;
    const struct env_var *env_vars;
    size_t env_vars_count;
    const struct goose_session *sessions; /* the oldest first; only where a whole pod is said */
    size_t sessions_count;
};

/* The state that a pod goes on to; itself for one that is at the end of its progression. */
enum pod_state pod_next_state(const struct pod *pod);

/* When its claim ends by itself; 0: it does not. */
int64_t pod_expires_ms(const struct pod *pod);

enum pod_event_kind {
#define POD_EVENT(name, word) POD_EVENT_##name,
#include "model/pod_event.def"
#undef POD_EVENT
    POD_EVENT__MAX
};

/* Something that came to a pod by the passing of time. */
struct pod_event {
    int64_t at_ms; /* wall clock: when it was due */
    enum pod_event_kind what;
    int64_t pod_number, pool_number;
    struct text pool_name;
};

/* The word for it; static. */
const char *pod_event_word(enum pod_event_kind what);

/* True for a number that no pod has: its digits hold 15551 or 15552, so that a pod's control URL
 * holds 15552 just once (contract, sections 2 and 3). */
bool pod_number_is_skipped(int64_t number);

/* The number of the next pod after `number`. */
int64_t pod_number_after(int64_t number);

enum { POD_NAME_TEXT_MAX = 128 }; /* bytes of an id or a subdomain */

/* Writes pod-pool-<n>-<k>, and mock-pod-<k>, or mock-pod-<k>--<tenant> of a tenant's. */
void pod_put_id(struct buffer *out, const struct pod *pod);
void pod_put_subdomain(struct buffer *out, const struct pod *pod);

/* What a client calls a pod by: its id or its subdomain. */
struct pod_name {
    int64_t pod_number;  /* 0: it names no pod */
    int64_t pool_number; /* 0 where the name is a subdomain, which doesn't tell */
    struct text tenant;  /* of a subdomain; "" for nobody's */
};

/* False, and a name with pod number 0, for a text that is neither: no pod can be called by it. */
bool pod_name_parse(struct text text, struct pod_name *out);

/* True for a name that a pod of that tenant ("" for nobody's) may have; an id doesn't tell whose it
 * is. False where no pod is named. */
bool pod_name_is_of(struct pod_name name, struct text tenant);

/* Both of these. */
bool pod_name_of_tenant(struct text text, struct text tenant, struct pod_name *out);

/* Two fields follow from the repositories: the first of them, and its last path part without
 * ".git"; both "" without one. */
struct text pod_primary_repository(const struct pod *pod);
struct text pod_repository_name(const struct pod *pod);

#endif
