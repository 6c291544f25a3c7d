/* SPDX-License-Identifier: MIT
 *
 * One function for each JSON shape in answers (contract, sections 3 and 4). A view always writes to
 * the end; afterwards the writer's buffer tells whether it had room.
 */
#ifndef VIEWS_VIEWS_H
#define VIEWS_VIEWS_H

#include "base/arena.h"
#include "base/err.h"
#include "json/writer.h"
#include "model/fault.h"
#include "model/goose.h"
#include "model/journal_entry.h"
#include "model/leak.h"
#include "model/pod.h"
#include "model/pod_address.h"
#include "model/pool.h"
#include "model/settings.h"
#include "model/user.h"

/* The values that all pods and pools have in common. Texts are borrowed as long as the struct is
 * used. */
struct view_defaults {
    struct text pod_password;
    struct text pod_image;
    int64_t pod_cpu_millicores;
    int64_t pod_memory_mib;
    struct text owner;
    struct text same_members[POD_USAGE__MAX]; /* from view_prepare: common members, by usage */
    bool real_vocabulary; /* in the pod shape a free pod's status is "unused", not "free" */
};

/* The context of an answer: the defaults, and how this request sees the addresses of pods. */
struct view {
    const struct view_defaults *defaults;
    const struct pod_templates *templates;
    struct pod_base pod_base;
    int64_t now_ms; /* by the state's clock */
};

/* Prepares same_members in the arena: the members that are the same in all pods of a usage, which
 * are most of a list. Optional: without it each pod writes them anew. Returns OK or ERR_NO_MEMORY.
 */
enum err view_prepare(struct view_defaults *defaults, struct arena *arena);

/* The members of a pod, without braces; and the pod as an object. */
void view_pod_members(struct writer *writer, const struct pod *pod, const struct view *view);
void view_pod(struct writer *writer, const struct pod *pod, const struct view *view);

/* A pod as the status route lists it: id, status, claimed_by, claimed_at, url. */
void view_pod_status(struct writer *writer, const struct pod *pod, const struct view *view);

/* The members of a state's clock: `now` and `mode`. */
void view_clock_members(struct writer *writer, int64_t now_ms, bool is_frozen);

/* A secret, masked. */
void view_masked(struct writer *writer, struct text secret);

/* Ids, subdomain and URL, each as a string. */
void view_pod_id(struct writer *writer, const struct pod *pod);
void view_pod_subdomain(struct writer *writer, const struct pod *pod);
void view_pod_url(struct writer *writer, const struct pod *pod, const struct view *view);
void view_pool_id(struct writer *writer, int64_t number);

/* The status route's `pool` and `status`. `now_ms` is the `last_check`. */
void view_pool_summary(struct writer *writer, const struct pool *pool);
void view_pool_status(struct writer *writer, const struct pool *pool, int64_t now_ms);

/* The answer of `POST pools`. Secrets are masked. */
void view_pool_created(struct writer *writer, const struct pool *pool, const struct view *view);

/* A pool in the list of pools; and `config`, its configuration. Secrets are masked. */
void view_pool_entry(struct writer *writer, const struct pool *pool);
void view_pool_config(struct writer *writer, const struct pool *pool, const struct view *view);

/* The process list of a pod, an array. It has Goose if that was started at `goose_until_ms` (wall
 * clock) or before. */
void view_processes(struct writer *writer, const struct pod *pod, int64_t goose_until_ms);

/* The settings that are set, an object. */
void view_settings(struct writer *writer, const struct settings *settings);

/* The value of a setting: a number, a word, or null for SETTING_NONE. */
void view_setting_value(struct writer *writer, enum setting setting, int64_t value);

/* The script of Goose, an array. */
void view_replies(struct writer *writer, const struct goose_reply *replies, size_t count);

/* A fault rule in the form that `PUT __admin/faults` takes, with its counts. */
void view_fault(struct writer *writer, const struct fault_rule *rule,
                const struct fault_counts *counts);

/* A newly registered user, with the token; and the short form in a login's answer. */
void view_user(struct writer *writer, const struct user *user);
void view_login(struct writer *writer, const struct user *user);

/* An entry of the journal; and a leak, with its pod as it is now. */
void view_journal_entry(struct writer *writer, const struct journal_entry *entry);
void view_leak(struct writer *writer, const struct leak *leak, const struct pod *pod,
               int64_t now_ms);

/* The answer to an error: success, error, message, code, and `members`, which is JSON without
 * braces; absent: none. */
void view_error(struct writer *writer, struct text sentence, const char *code, struct text members);

#endif
