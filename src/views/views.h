/* SPDX-License-Identifier: MIT
 *
 * One function for each JSON shape in answers (docs/api.md, docs/control.md). Each writes one JSON
 * value, except that functions named `members` write the members of an object, without the braces.
 * The functions return no error: the caller checks at the end whether the writer's buffer has
 * failed.
 */
#ifndef VIEWS_VIEWS_H
#define VIEWS_VIEWS_H

#include "base/arena.h"
#include "base/err.h"
#include "json/writer.h"
#include "model/delivery.h"
#include "model/event.h"
#include "model/fault.h"
#include "model/goose.h"
#include "model/journal_entry.h"
#include "model/leak.h"
#include "model/metrics.h"
#include "model/pod.h"
#include "model/pod_address.h"
#include "model/pool.h"
#include "model/settings.h"
#include "model/user.h"

/* The values that all pods and pools have in common. Texts are borrowed for the life of the
 * struct. */
struct view_defaults {
    struct text pod_password;
    struct text pod_image;
    int64_t pod_cpu_millicores;
    int64_t pod_memory_mib;
    struct text owner;
    struct text same_members[POD_USAGE__MAX]; /* set by view_prepare; absent until then */
    bool real_vocabulary; /* in the pod shape a free pod's status is "unused", not "free" */
};

/* The context of an answer: the defaults, and how this request sees the addresses of pods. */
struct view {
    const struct view_defaults *defaults;
    const struct pod_templates *templates;
    struct pod_base pod_base;
    int64_t now_ms; /* by the state's clock */
};

/* Sets same_members, in the arena: the members that are the same in all pods of a usage. They make
 * up most of a list of pods; without this call each pod writes them anew. Returns OK or
 * ERR_NO_MEMORY. */
enum err view_prepare(struct view_defaults *defaults, struct arena *arena);

/* Write a pod: its members, and the object. */
void view_pod_members(struct writer *writer, const struct pod *pod, const struct view *view);
void view_pod(struct writer *writer, const struct pod *pod, const struct view *view);

/* Writes a pod as the status route lists it: id, status, claimed_by, claimed_at, url. */
void view_pod_status(struct writer *writer, const struct pod *pod, const struct view *view);

/* Writes the members of a state's clock: `now` and `mode`. */
void view_clock_members(struct writer *writer, int64_t now_ms, bool is_frozen);

/* Writes a secret, masked (secret_put_masked). */
void view_masked(struct writer *writer, struct text secret);

/* Write ids, a subdomain and a URL, each as a string. */
void view_pod_id(struct writer *writer, const struct pod *pod);
void view_pod_subdomain(struct writer *writer, const struct pod *pod);
void view_pod_url(struct writer *writer, const struct pod *pod, const struct view *view);
void view_pool_id(struct writer *writer, int64_t number);

/* Write the status route's `pool` and `status`. `now_ms` is the `last_check`. */
void view_pool_summary(struct writer *writer, const struct pool *pool);
void view_pool_status(struct writer *writer, const struct pool *pool, int64_t now_ms);

/* Writes a pool with all its counts, as the control API lists it. */
void view_pool_counts(struct writer *writer, const struct pool *pool);

/* Writes the `pool` of the answer to `POST pools`. Secrets are masked. */
void view_pool_created(struct writer *writer, const struct pool *pool, const struct view *view);

/* Write a pool as in the list of pools, and its configuration, `config`. Secrets are masked. */
void view_pool_entry(struct writer *writer, const struct pool *pool);
void view_pool_config(struct writer *writer, const struct pool *pool, const struct view *view);

/* Writes the processes of a pod, an array. They include Goose if it was started at `goose_until_ms`
 * (wall clock) or before. */
void view_processes(struct writer *writer, const struct pod *pod, int64_t goose_until_ms);

/* Writes the settings that are set, an object. */
void view_settings(struct writer *writer, const struct settings *settings);

/* Writes the value of a setting: a number, a word, or null for SETTING_NONE. */
void view_setting_value(struct writer *writer, enum setting setting, int64_t value);

/* Writes the script of Goose, an array. */
void view_replies(struct writer *writer, const struct goose_reply *replies, size_t count);

/* Writes a fault rule in the form that `PUT __admin/faults` takes, with its counts. */
void view_fault(struct writer *writer, const struct fault_rule *rule,
                const struct fault_counts *counts);

/* Writes a callback rule in the form that `PUT __admin/callbacks` takes. */
void view_callback_rule(struct writer *writer, const struct callback_rule *rule);

/* Writes a delivery of that tenant, without secrets. */
void view_delivery(struct writer *writer, struct text id, const struct delivery *delivery,
                   struct text tenant);

/* Writes a delivery for the relay that has taken it, with the whole URL. */
void view_taken_delivery(struct writer *writer, struct text id, int64_t take,
                         const struct delivery *delivery, struct text tenant);

/* Write a newly registered user, with the token, and a user as a login's answer shows it. */
void view_user(struct writer *writer, const struct user *user);
void view_login(struct writer *writer, const struct user *user);

/* Writes all metrics in Prometheus' text format. */
void view_metrics(struct buffer *out, const struct metrics *metrics, const char *version,
                  const char *worker_name);

/* Write an entry of the journal, and a leak. `pod` is the leaked pod as it is now. */
void view_journal_entry(struct writer *writer, const struct journal_entry *entry);
void view_leak(struct writer *writer, const struct leak *leak, const struct pod *pod,
               int64_t now_ms);

/* Writes the answer to an error, an object: success, error, message, code, and `members`, which is
 * JSON without braces, or absent. */
void view_error(struct writer *writer, struct text sentence, const char *code, struct text members);

/* Returns the word for a usage in `usage_status`. With --vocabulary real it is the real service's.
 */
struct text view_usage(enum pod_usage usage, const struct view *view);

/* A position in the events of a tenant: the epoch and the number of an event. */
struct view_position {
    const char *epoch;
    uint64_t number;
};

/* Writes the position as the text that clients send back. */
void view_position(struct writer *writer, const struct view_position *at);

/* Writes the event at that position of that tenant. */
void view_event(struct writer *writer, const struct event *event, const struct view_position *at,
                struct text tenant, const struct view *view);

#endif
