/* SPDX-License-Identifier: MIT
 *
 * The state of the mock as a C API (contract, section 7): pools and pods, in an in-memory SQLite
 * database behind an opaque handle. Two handles share nothing. Handlers and tests use it alike.
 *
 * A handle belongs to one thread. Changes gather in a turn, a transaction that begins with the
 * first of them and is made lasting by pool_state_turn_end; what reads in between sees them. So
 * nothing may be told to a client before its turn has ended well.
 *
 * Texts in results live in the arena that the caller gives. Texts that the caller passes are
 * borrowed for the call. Every function that returns enum err may return, besides what its comment
 * names:
 *   ERR_NO_MEMORY, ERR_INTERNAL  what was asked was not done; if it had changed something, the
 *                                caller has to pool_state_turn_fail;
 *   ERR_TURN_LOST                the turn has failed before; nothing more is done in it.
 */
#ifndef STORE_POOL_STATE_H
#define STORE_POOL_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "model/pod.h"
#include "model/goose.h"
#include "model/pool.h"
#include "model/settings.h"
#include "model/state_clock.h"
#include "model/user.h"

struct pool_state;

/* What a state is like when it begins. Texts are borrowed for the life of the state. */
struct pool_state_config {
    struct text tenant;       /* whose state it is: part of its pods' subdomains; "" for nobody's */
    struct text default_pool; /* the pool that is there from the start: "default-pool" */
    int64_t default_pool_pods; /* how many pods it starts with: 5 */
    int64_t new_pool_pods;     /* how many a pool gets that is made without a number: 3 */
    int64_t pools_max;         /* 0: no limit */
    int64_t pods_max;          /* 0: no limit */
    /* of the database, a fuse: past it a turn is lost; 0: SQLite's own limit */
    int64_t bytes_max;
    /* what it begins with and a reset returns to; NULL: the default pool. Borrowed for its life */
    struct pool_state *start_state;
    /* where the state is kept; NULL: in memory. That of a tenant is FILE~NAME.tenant. */
    const char *file;
    /* whether a kept turn survives a power cut too, or just the end of the process */
    enum pool_state_sync { POOL_STATE_SYNC_FULL, POOL_STATE_SYNC_NORMAL } sync;
    bool set_damaged_aside; /* a damaged file is renamed, and a new one begun */
};

/* How much there is. */
struct pool_state_totals {
    int64_t pools;
    int64_t pods;
};

/* Opens a state, as its file has it, or a new one in its start state. `clock` gives its times and
 * is borrowed for its life. Returns OK, ERR_NO_MEMORY, or ERR_INTERNAL with SQLite's sentence in
 * `problem`; with a file, whose lock (store/state_lock.h) the caller has, also ERR_STATE_BUSY,
 * ERR_STATE_DAMAGED, ERR_STATE_FOREIGN and ERR_STATE_FILE. The caller closes it. */
enum err pool_state_open(const struct pool_state_config *config, const struct clock *clock,
                         struct pool_state **out, struct problem *problem);

/* Frees the state with all that is in it, and nulls the pointer; NULL is legal. */
void pool_state_close(struct pool_state **state);

/* What a damaged file was renamed to when the state was opened, or NULL. Borrowed. */
const char *pool_state_set_aside(const struct pool_state *state);

/* Deletes the file. The state lives on until it is closed, and a new one may be opened in its
 * place.
 */
void pool_state_remove_file(struct pool_state *state);

/* Called with the name of a tenant that has a file. Anything but OK ends the visit. */
typedef enum err pool_state_visit_tenant(struct text name, void *context);

/* Visits the tenants that have a state beside FILE, in the order of their files' names. Returns OK,
 * ERR_NO_MEMORY, ERR_STATE_FILE, or what `visit` returned. */
enum err pool_state_list_tenants(const char *file, pool_state_visit_tenant *visit, void *context,
                                 struct problem *problem);

/* --- turns --- */

/* Makes the changes of the turn lasting. OK where there was none. ERR_TURN_LOST: all of the turn's
 * changes are undone, as if none of its calls had been made. After a turn that was lost because the
 * file can't be written, calls that change something return ERR_STATE_FILE until it can. */
enum err pool_state_turn_end(struct pool_state *state);

/* Gives the turn up: calls that follow in it return ERR_TURN_LOST, and so does its end. */
void pool_state_turn_fail(struct pool_state *state);

/* Explains the error that a call has just returned. Writes the limit of an ERR_POOL_LIMIT or
 * ERR_POD_LIMIT into `problem`, and leaves it alone otherwise. Returns ERR_STATE_LIMIT for the
 * ERR_TURN_LOST of a state that is full, otherwise `err`. */
enum err pool_state_explain(const struct pool_state *state, enum err err, struct problem *problem);

/* Grows with every call that changes something; two equal readings mean that nothing was changed in
 * between. */
uint64_t pool_state_changes(const struct pool_state *state);

/* Grows whenever there may be a pod to claim where there was none; it may grow for nothing. */
uint64_t pool_state_freed_count(const struct pool_state *state);

/* Between these two, changes are made for show: reads see them, and the second call undoes them.
 * Not nested. */
enum err pool_state_rehearsal_begin(struct pool_state *state);
void pool_state_rehearsal_end(struct pool_state *state);

/* The sentence of the last ERR_INTERNAL, for the log; static until the next call. */
const char *pool_state_error(const struct pool_state *state);

/* --- its clock --- */

/* Stores what the clock of the state is from now on, and gives what was stored: one that goes with
 * real time where nothing was, or the state was reset since. No export or restored state has it. */
enum err pool_state_store_clock(struct pool_state *state, const struct state_clock *clock);
enum err pool_state_stored_clock(struct pool_state *state, struct state_clock *clock);

/* --- the whole --- */

enum { POOL_STATE_KEEP_SETTINGS = 1 }; /* what a reset may keep */

/* Back to the start state, but for what `keep` names; ids start anew and repeated requests are
 * forgotten. `dropped` tells what was there before. */
enum err pool_state_reset(struct pool_state *state, unsigned keep,
                          struct pool_state_totals *dropped);

/* Opens a state in memory with the same configuration and clock, without a start state. Returns
 * what pool_state_open does. */
enum err pool_state_open_like(const struct pool_state *state, struct pool_state **out,
                              struct problem *problem);

/* An independent state in memory with all that is in this one now, its turn's changes too, and the
 * same configuration and clock; which claims may be repeated, it does not know. The caller closes
 * it. */
enum err pool_state_copy(struct pool_state *state, struct pool_state **out);

/* Makes the state what `from` is now, ids and all, as a reset would: part of the turn, and what was
 * remembered of claims is forgotten. The limits don't bind it. `from` stays as it is. */
enum err pool_state_restore(struct pool_state *state, struct pool_state *from);

/* How often the state was reset or restored. */
int64_t pool_state_generation(const struct pool_state *state);

enum err pool_state_totals(struct pool_state *state, struct pool_state_totals *out);

/* How many pods are claimed. Looks at each pod. */
enum err pool_state_count_claims(struct pool_state *state, int64_t *claims);

/* --- pools --- */

/* The pool of that name, made with the default number of pods if there is none. `api_key` (absent
 * for none) counts only then. Returns OK, ERR_POOL_LIMIT, ERR_POD_LIMIT. */
enum err pool_state_get_or_create_pool(struct pool_state *state, struct text pool_name,
                                       struct text api_key, struct arena *arena, struct pool *out);

/* Makes a pool as `spec` says; where there is one of that name it is given unchanged and `created`
 * is false. Returns OK, ERR_POOL_LIMIT, ERR_POD_LIMIT. */
enum err pool_state_create_pool(struct pool_state *state, const struct pool_spec *spec,
                                struct arena *arena, struct pool *out, bool *created);

/* The pool of that name, without its configuration. Returns OK or ERR_POOL_NOT_FOUND. */
enum err pool_state_get_pool(struct pool_state *state, struct text pool_name, struct arena *arena,
                             struct pool *out);

/* Adds what the pool is configured with to a pool that another call has given. */
enum err pool_state_load_config(struct pool_state *state, struct arena *arena, struct pool *pool);

/* Changes what `changes` says of a pool that another call has given: each text and list that it has
 * is stored, and with a minimum_vms pods are made up to it, or free ones above it removed, the
 * newest first. `out` is the pool after that, with its configuration. Returns OK or ERR_POD_LIMIT.
 */
enum err pool_state_update_pool(struct pool_state *state, const struct pool *pool,
                                const struct pool_spec *changes, struct arena *arena,
                                struct pool *out);

/* Makes of the pool's pods those that it was made with, under their numbers and free, as new pods
 * begin by the settings; its minimum is their number again. Its configuration and its settings
 * stay. Returns OK, ERR_POOL_NOT_FOUND, ERR_POD_LIMIT. */
enum err pool_state_reset_pool(struct pool_state *state, struct text pool_name, struct arena *arena,
                               struct pool *out);

/* Deletes a pool with all its pods, and its settings. Returns OK or ERR_POOL_NOT_FOUND. */
enum err pool_state_delete_pool(struct pool_state *state, struct text pool_name);

/* Called with each pool of a page, without its configuration; it lives only for the call. False
 * ends the page. */
typedef bool pool_state_visit_pool(const struct pool *pool, void *context);

/* Visits the pools with a number above `after`, in the order of creation, `limit` at the most. */
enum err pool_state_list_pools(struct pool_state *state, int64_t after, int64_t limit,
                               pool_state_visit_pool *visit, void *context);

/* Makes `count` further free pods in a pool that is there; its minimum stays. Returns OK,
 * ERR_POOL_NOT_FOUND, ERR_POD_LIMIT. */
enum err pool_state_add_pods(struct pool_state *state, struct text pool_name, int64_t count);

/* --- settings --- */

/* They are kept by the name of a pool, which need not be there; "" stands for all pools. They end
 * with their pool. `effective` is what holds for it: its own, else those of all pools, else the
 * initial ones; `own` is what was said of it. */
enum err pool_state_get_settings(struct pool_state *state, struct text pool_name,
                                 struct settings *effective, struct settings *own);

enum err pool_state_change_settings(struct pool_state *state, struct text pool_name,
                                    const struct settings_patch *patch);

/* Called with each name that something was said of, and what that is; they live only for the call.
 * False ends the visit. */
typedef bool pool_state_visit_settings(struct text pool_name, const struct settings *own,
                                       void *context);

/* Visits them in the order of the names above `after`, `limit` at the most; "" is above none, and
 * is asked for by pool_state_get_settings. */
enum err pool_state_list_settings(struct pool_state *state, struct text after, int64_t limit,
                                  pool_state_visit_settings *visit, void *context);

/* --- pods --- */

struct claim_wish {
    struct text pool_name;
    struct text workspace_id;
    bool ttl_said;  /* false: the claim lasts as the pool's settings say */
    int64_t ttl_ms; /* what is said: how long it lasts; 0: until it is released */
};

/* What becomes of a claim that gets no pod: what the pool's settings say. */
struct claim_refusal {
    bool queue;         /* it may wait for a pod, ... */
    int64_t timeout_ms; /* ... so long, in real time */
    int status, retry_after_s;
};

/* What settings say of it. */
struct claim_refusal claim_refusal_of(const struct settings *settings);

/* Takes the first available pod of the pool, in the order of creation, or makes one; the pool too
 * is made if there is none. Returns OK, ERR_POOL_LIMIT, ERR_POD_LIMIT, or ERR_EXHAUSTED with
 * `refusal`: no pod is available, and the pool's settings have none made, or not at once.
 * ERR_EXHAUSTED is no failure: the pool, and a pod, that were made on the way stay, and the turn
 * goes on. */
enum err pool_state_claim_pod(struct pool_state *state, const struct claim_wish *wish,
                              struct arena *arena, struct pod *out, struct claim_refusal *refusal);

/* The pod of that name. Returns OK or ERR_POD_NOT_FOUND, also for a name that names no pod, for a
 * subdomain of another tenant's, and for an id with the number of another pool. */
enum err pool_state_get_pod(struct pool_state *state, struct pod_name name, struct arena *arena,
                            struct pod *out);

/* The calls below that take a `pod` change one that another call has given in this turn, and make
 * `pod` what it is then. */

/* Frees a used pod. Its claim and user_info end, and so does what was stored at it: repositories,
 * branches, environment, Goose and its sessions. Of a free pod the latter end; one with nothing
 * stored stays as it is. */
enum err pool_state_release_pod(struct pool_state *state, struct pod *pod);

/* Makes a free pod used, without a claimant; a used one keeps its claim and its time. `user_info`
 * is stored unless absent. */
enum err pool_state_mark_pod_used(struct pool_state *state, struct text user_info,
                                  struct arena *arena, struct pod *pod);

/* Replaces the pod's repositories, and its branches unless `branches` is NULL. */
enum err pool_state_set_repositories(struct pool_state *state, const struct text *repositories,
                                     size_t repositories_count, const struct text *branches,
                                     size_t branches_count, struct arena *arena, struct pod *pod);

/* Replaces the pod's environment. */
enum err pool_state_set_environment(struct pool_state *state, const struct env_var *env_vars,
                                    size_t count, struct arena *arena, struct pod *pod);

/* Deletes a pod, whatever its use; `pod` has its names still. */
enum err pool_state_delete_pod(struct pool_state *state, struct pod *pod);

/* Called with each pod of a page; the pod and its texts live only for the call. False ends the
 * page. */
typedef bool pool_state_visit_pod(const struct pod *pod, void *context);

/* Visits the pods of `pool` with a number above `after`, in the order of creation, `limit` at the
 * most. No cursor outlives the call. A pool that is gone has no pods. `arena` takes what a pod has
 * beside its row. */
enum err pool_state_list_pods(struct pool_state *state, const struct pool *pool, int64_t after,
                              int64_t limit, struct arena *arena, pool_state_visit_pod *visit,
                              void *context);

/* Counts a look at the pods of a pool with numbers from `first` to `last`, as far as they go by
 * looks: each becomes what it will show the next time. */
enum err pool_state_look(struct pool_state *state, int64_t pool_number, int64_t first,
                         int64_t last);

/* When the first of what comes to pods by itself is due: their states, the ends of leases. By the
 * wall clock; INT64_MAX: nothing is due. It costs nothing where nothing has changed. */
enum err pool_state_next_due_ms(struct pool_state *state, int64_t *due_ms);

/* Called with each thing that has been done; it lives only for the call. */
typedef void pool_state_visit_event(const struct pod_event *event, void *context);

/* Does what is due by `until_ms`, each at its own time, in the order of the times and then of the
 * pods, `max` at the most: pool_state_next_due_ms tells whether more is due. `visit` may be NULL.
 */
enum err pool_state_run_due(struct pool_state *state, int64_t until_ms, int64_t max,
                            pool_state_visit_event *visit, void *context);

/* --- Goose --- */

/* Notes that Goose runs in the pod from now on; one that runs already stays. */
enum err pool_state_start_goose(struct pool_state *state, struct pod *pod);

/* The calls below take the number of a pod that is there: no session is opened in another one. */

/* Opens a session in a pod, with a token. An absent id is made up: `session-<n>`, a counter over
 * the whole state. One that is open already keeps its token. */
enum err pool_state_open_session(struct pool_state *state, int64_t pod_number, struct text id,
                                 struct arena *arena, struct goose_session *out);

/* Returns OK or ERR_SESSION_NOT_FOUND. */
enum err pool_state_get_session(struct pool_state *state, int64_t pod_number, struct text id,
                                struct arena *arena, struct goose_session *out);

/* The ids of a pod's sessions, the oldest first, as the names of `sessions`. */
enum err pool_state_list_sessions(struct pool_state *state, int64_t pod_number, struct arena *arena,
                                  const struct env_var **sessions, size_t *count);

/* Replaces the script. */
enum err pool_state_set_replies(struct pool_state *state, const struct goose_reply *replies,
                                size_t count);

/* The whole script, in order. */
enum err pool_state_get_replies(struct pool_state *state, struct arena *arena,
                                const struct goose_reply **replies, size_t *count);

/* --- pull requests --- */

/* The number of a new pull request of a repository ("owner/repo"), counted from 1. With `newest`
 * the number of the newest one, if there is any. */
enum err pool_state_pull_request(struct pool_state *state, struct text repository, bool newest,
                                 int64_t *number);

/* --- users --- */

/* Makes a user with the name, password and email of `wanted`. One who has only logged in keeps the
 * token. Returns OK or ERR_USER_EXISTS. */
enum err pool_state_create_user(struct pool_state *state, const struct user *wanted,
                                struct arena *arena, struct user *out);

/* Logs anybody in, known or not. Returns OK, or ERR_WRONG_PASSWORD for a user who was made with
 * another one. */
enum err pool_state_log_in(struct pool_state *state, struct text username, struct text password,
                           struct arena *arena, struct user *out);

/* Returns OK or ERR_USER_NOT_FOUND; one who has only logged in is none. */
enum err pool_state_delete_user(struct pool_state *state, struct text username,
                                struct arena *arena);

/* OK where the text is a user's token or a pool's apiKey, else ERR_BAD_TOKEN. */
enum err pool_state_know_token(struct pool_state *state, struct text token);

/* --- repeated claims --- */

/* The maximum is far above the claims that a worker can answer in that time (70,000 a second), and
 * costs 56 bytes for each. */
enum { REPEAT_REMEMBERED_US = 60 * 1000 * 1000, REPEATS_REMEMBERED_MAX = 1 << 22 };

/* Remembers for a minute which pod the request called `key` has claimed. Undone with its turn. */
enum err pool_state_remember_claim(struct pool_state *state, struct text key,
                                   const struct pod *pod);

/* The pod that the request of that key has claimed. Returns OK, ERR_NOT_FOUND where no such claim
 * is remembered, ERR_BUSY where none was found and a new one could not be remembered (nothing is
 * forgotten early: a repeat would claim a second pod), or ERR_CLAIM_GONE where the pod is no longer
 * held by that claim. */
enum err pool_state_recall_claim(struct pool_state *state, struct text key, struct arena *arena,
                                 struct pod *out);

#endif
