/* SPDX-License-Identifier: MIT
 *
 * One function for each shape that answers show (contract, sections 3 and 4). A view writes to the
 * end whatever happens; the buffer under the writer tells whether it had room.
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

/* What every pod and pool shows alike. Texts are borrowed for the life of whoever holds it. */
struct view_defaults {
    struct text pod_password;
    struct text pod_image;
    int64_t pod_cpu_millicores;
    int64_t pod_memory_mib;
    struct text owner;
    struct text same_members[POD_USAGE__MAX]; /* what view_prepare has written once for all pods, by
                                                 usage */
    bool real_vocabulary; /* a pod that is not used is `unused` in its own shape, not `free` */
};

/* What an answer is shown with: the defaults, and the addresses of pods as this request has to see
 * them. */
struct view {
    const struct view_defaults *defaults;
    const struct pod_templates *templates;
    struct pod_base pod_base;
    int64_t now_ms; /* by the state's clock */
};

/* Writes what all pods of a usage show alike, once, into the arena: a list is mostly that.
 * Optional. Returns OK or ERR_NO_MEMORY. */
enum err view_prepare(struct view_defaults *defaults, struct arena *arena);

/* The members of a Pod, without braces; and the Pod itself. */
void view_pod_members(struct writer *writer, const struct pod *pod, const struct view *view);
void view_pod(struct writer *writer, const struct pod *pod, const struct view *view);

/* A pod as the status route lists it: id, status, claimed_by, claimed_at, url. */
void view_pod_status(struct writer *writer, const struct pod *pod, const struct view *view);

/* The members of a state's clock: `now` and `mode`. */
void view_clock_members(struct writer *writer, int64_t now_ms, bool is_frozen);

/* A secret, masked. */
void view_masked(struct writer *writer, struct text secret);

/* Single texts of a pod and of a pool. */
void view_pod_id(struct writer *writer, const struct pod *pod);
void view_pod_subdomain(struct writer *writer, const struct pod *pod);
void view_pod_url(struct writer *writer, const struct pod *pod, const struct view *view);
void view_pool_id(struct writer *writer, int64_t number);

/* The status route's `pool` and `status`. `now_ms` is when it was looked. */
void view_pool_summary(struct writer *writer, const struct pool *pool);
void view_pool_status(struct writer *writer, const struct pool *pool, int64_t now_ms);

/* The pool as it was made: what `POST pools` answers. Secrets are masked. */
void view_pool_created(struct writer *writer, const struct pool *pool, const struct view *view);

/* A pool as the list of pools shows it, and its configuration: `config`. Secrets are masked. */
void view_pool_entry(struct writer *writer, const struct pool *pool);
void view_pool_config(struct writer *writer, const struct pool *pool, const struct view *view);

/* The process list of a pod: an array. Goose is in it once it was started at `goose_until_ms` (wall
 * clock) or before. */
void view_processes(struct writer *writer, const struct pod *pod, int64_t goose_until_ms);

/* What is said of `settings`: an object. */
void view_settings(struct writer *writer, const struct settings *settings);

/* The value of one: a number, a word, or null for none. */
void view_setting_value(struct writer *writer, enum setting setting, int64_t value);

/* The script of Goose: an array. */
void view_replies(struct writer *writer, const struct goose_reply *replies, size_t count);

/* A fault rule as it can be given back, and what it has done. */
void view_fault(struct writer *writer, const struct fault_rule *rule,
                const struct fault_counts *counts);

/* A user who has just been made, with the token; and the short form of a login's answer. */
void view_user(struct writer *writer, const struct user *user);
void view_login(struct writer *writer, const struct user *user);

/* An entry of the journal; and a lost claim, with its pod as it is now. */
void view_journal_entry(struct writer *writer, const struct journal_entry *entry);
void view_leak(struct writer *writer, const struct leak *leak, const struct pod *pod,
               int64_t now_ms);

/* An error's answer: success, error, message, code, and what more there is to tell: `members`, JSON
 * without braces, or absent. */
void view_error(struct writer *writer, struct text sentence, const char *code, struct text members);

#endif
