/* SPDX-License-Identifier: MIT
 *
 * A pod: one virtual workspace of a pool. Plain values; the store fills them, the views write them.
 */
#ifndef MODEL_POD_H
#define MODEL_POD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"
#include "model/goose.h"

/* An environment variable of a pool or a pod. */
struct env_var {
    struct text name;
    struct text value; /* a secret */
};

enum pod_usage { POD_FREE, POD_USED, POD_USAGE__MAX };

/* The state of the pod itself. Only a running pod can be claimed. The numbers are stored in the
 * database. */
enum pod_state {
#define POD_STATE(name, shown) POD_##name,
#include "model/pod_state.def"
#undef POD_STATE
    POD_STATE__MAX
};

/* The actions that change a pod's usage, and their outcomes. */
enum pod_action {
    POD_CLAIM,
    POD_MARK_USED,
    POD_RELEASE,
    POD_EXPIRE, /* the release at the end of a lease */
    POD_SCALE_DOWN,
    POD_DELETE,
    POD_ACTION__MAX
};
enum pod_outcome { POD_TO_NOTHING_LEGAL, POD_TO_SAME, POD_TO_USED, POD_TO_FREE, POD_TO_GONE };

/* Returns the outcome of an action on a pod, from the table of legal changes (model/pod_edge.def),
 * or POD_TO_NOTHING_LEGAL if the table has no row for it. */
enum pod_outcome pod_outcome(enum pod_action action, enum pod_usage usage);

/* Returns the word in an answer's `state` and `internal_state`. Static. */
const char *pod_state_name(enum pod_state state);

/* Return the words of the states and of the usages, in the order of the enum, NULL-terminated.
 * Static. */
const char *const *pod_state_words(void);
const char *const *pod_usage_words(void);

struct pod {
    int64_t number;      /* k of pod-<poolId>-<k> and mock-pod-<k>; no two pods share one */
    int64_t pool_number; /* n of pool-<n> */
    struct text pool_name;
    struct text tenant; /* "": the default tenant; borrowed from the state */
    enum pod_usage usage;
    enum pod_state state;
    int64_t created_ms;     /* wall clock */
    int64_t since_ms;       /* wall clock: when it became used, or free */
    struct text claimed_by; /* the workspaceId of its claim; absent: no claim */
    struct text user_info;  /* set by mark-used; absent: none */
    int64_t goose_ms;       /* wall clock: when Goose was started in it; 0: it was not */
    int64_t due_ms;         /* wall clock: when its next state begins or, if it is running, its
                             * claim expires; 0: never */
    int64_t starting_ms;    /* progression `time`: how long it will be starting */
    int64_t looks_left;     /* progression `manual` (model/settings.def): number of looks until it
                             * runs (`looks` in state documents). A look is an answer that shows the
                             * pod. 0: looks have no effect */
    bool will_fail;         /* becomes failed instead of running (`doomed` in state documents) */
    bool has_lists;         /* it has repositories, branches, environment or sessions */
    const struct text *repositories;
    size_t repositories_count;
    const struct text *branches;
    size_t branches_count;
    const struct env_var *env_vars;
    size_t env_vars_count;
    const struct goose_session *sessions; /* oldest first; only filled in for state documents */
    size_t sessions_count;
};

/* Returns the pod's next state, or its present one if that is its last. */
enum pod_state pod_next_state(const struct pod *pod);

/* Returns the wall clock time when the pod's claim expires, or 0 if it does not. */
int64_t pod_expires_ms(const struct pod *pod);

enum pod_event_kind {
#define POD_EVENT(name, word) POD_EVENT_##name,
#include "model/pod_event.def"
#undef POD_EVENT
    POD_EVENT__MAX
};

/* An event that happened to a pod as time passed. */
struct pod_event {
    int64_t at_ms; /* wall clock: when it was due */
    enum pod_event_kind what;
    int64_t pod_number, pool_number;
    struct text pool_name;
};

/* Returns the event's word in answers. Static. */
const char *pod_event_word(enum pod_event_kind what);

/* Returns true for a number that no pod gets, because its digits contain 15551 or 15552. So the URL
 * of a pod's control port contains 15552 only once (docs/api.md, "Names and ids"). */
bool pod_number_is_skipped(int64_t number);

/* Returns the pod number that follows `number`. */
int64_t pod_number_after(int64_t number);

enum { POD_NAME_TEXT_MAX = 128 }; /* bytes of an id or a subdomain */

/* Write the pod's id, pod-pool-<n>-<k>, and its subdomain: mock-pod-<k>, or mock-pod-<k>--<tenant>
 * for a pod of a tenant other than the default. */
void pod_put_id(struct buffer *out, const struct pod *pod);
void pod_put_subdomain(struct buffer *out, const struct pod *pod);

/* Returns the subdomain, written into `text`. */
struct text pod_subdomain(const struct pod *pod, char text[static POD_NAME_TEXT_MAX]);

/* A pod's name as a client writes it: its id or its subdomain. */
struct pod_name {
    int64_t pod_number;  /* 0: not a pod's name */
    int64_t pool_number; /* 0 for a subdomain, which does not contain it */
    struct text tenant;  /* of a subdomain; "": the default tenant */
};

/* Parses an id or a subdomain. For any other text, returns false and sets the pod number to 0. */
bool pod_name_parse(struct text text, struct pod_name *out);

/* Returns true if a pod of the tenant ("": the default tenant) can have this name. An id can belong
 * to any tenant. Returns false if the name has pod number 0. */
bool pod_name_is_of(struct pod_name name, struct text tenant);

/* Parses a name, and returns true if a pod of the tenant can have it: pod_name_parse, then
 * pod_name_is_of. */
bool pod_name_of_tenant(struct text text, struct text tenant, struct pod_name *out);

/* Return the pod's first repository, and the last segment of its path without ".git". Both are ""
 * for a pod without repositories. */
struct text pod_primary_repository(const struct pod *pod);
struct text pod_repository_name(const struct pod *pod);

#endif
