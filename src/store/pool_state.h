/* SPDX-License-Identifier: MIT
 *
 * The state of the mock as a C API: pools, pods and users in an SQLite database, in memory or in a
 * file, behind an opaque handle. Two handles share nothing.
 *
 * A handle belongs to one thread. Changes collect in a turn: a transaction that begins with the
 * first change and ends with pool_state_turn_end, which commits it. Reads within the turn see its
 * changes. A client may be answered only after pool_state_turn_end has returned OK.
 *
 * Texts in results live in the caller's arena. Texts in arguments are borrowed for the call. Every
 * function that returns enum err may return, besides the errors that its comment names:
 *     ERR_NO_MEMORY, ERR_INTERNAL  the call failed; if pool_state_changes has increased, the caller
 *                                  must call pool_state_turn_fail;
 *     ERR_TURN_LOST                the turn has failed; so do all further calls in it.
 */
#ifndef STORE_POOL_STATE_H
#define STORE_POOL_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/text.h"
#include "model/pod.h"
#include "model/event.h"
#include "model/goose.h"
#include "model/pool.h"
#include "model/settings.h"
#include "model/state_clock.h"
#include "model/user.h"

struct pool_state;

/* The configuration of a state. Texts are borrowed for the life of the state. */
struct pool_state_config {
    struct text tenant;        /* part of the pods' subdomains; "": the default tenant */
    struct text default_pool;  /* name of the pool in the start state: "default-pool" */
    int64_t default_pool_pods; /* how many pods that pool gets: 5 */
    int64_t new_pool_pods;     /* how many pods a pool gets when no number is given: 3 */
    int64_t pools_max;         /* 0: no limit */
    int64_t pods_max;          /* 0: no limit */
    /* size limit of the database; a turn that exceeds it is lost. 0: SQLite's own limit */
    int64_t bytes_max;
    /* what a new state is copied from, and a reset returns to; NULL: the default pool alone.
     * Borrowed for the life of the state */
    struct pool_state *start_state;
    /* path of the state file; NULL: in memory. A tenant's file is FILE~NAME.tenant. */
    const char *file;
    /* FULL: a committed turn survives a power cut; NORMAL: it may not, but survives a crash of the
     * process */
    enum pool_state_sync { POOL_STATE_SYNC_FULL, POOL_STATE_SYNC_NORMAL } sync;
    bool set_damaged_aside; /* rename a damaged file and begin a new one */
};

/* How many pools and pods a state has. */
struct pool_state_totals {
    int64_t pools;
    int64_t pods;
};

/* How many pods have each usage and state. */
struct pod_numbers {
    int64_t of[POD_USAGE__MAX][POD_STATE__MAX];
};

/* Opens the state in the configured file, or a new one with the start state. `clock` is the state's
 * time, borrowed for its life. With a file, the caller must hold its lock (store/state_lock.h).
 * Returns OK, ERR_NO_MEMORY, ERR_INTERNAL with SQLite's sentence in `problem`, and with a file also
 * ERR_STATE_BUSY, ERR_STATE_DAMAGED, ERR_STATE_FOREIGN and ERR_STATE_FILE. The caller closes the
 * state. */
enum err pool_state_open(const struct pool_state_config *config, const struct clock *clock,
                         struct pool_state **out, struct problem *problem);

/* Closes and frees the state and nulls the pointer; NULL is legal. */
void pool_state_close(struct pool_state **state);

/* Returns the name that a damaged file was given when the state was opened, or NULL. Borrowed. */
const char *pool_state_set_aside(const struct pool_state *state);

/* Deletes the state's file, if it has one. The state stays usable until it is closed, and a new
 * state may be opened with the same file name. */
void pool_state_remove_file(struct pool_state *state);

/* Called with the name of a tenant that has a file. Returns OK to continue; any other value ends
 * the visit. */
typedef enum err pool_state_visit_tenant(struct text name, void *context);

/* Visits the tenants that have a state file beside FILE, ordered by file name. Returns OK,
 * ERR_NO_MEMORY, ERR_STATE_FILE, or what `visit` returned. */
enum err pool_state_list_tenants(const char *file, pool_state_visit_tenant *visit, void *context,
                                 struct problem *problem);

/* --- turns --- */

/* Commits the changes of the turn, if there are any, and ends it. Returns OK, or ERR_TURN_LOST:
 * every change of the turn is undone, as if none of its calls had been made. When a turn is lost
 * because the file can't be written, calls that change something return ERR_STATE_FILE until it can
 * be written again. */
enum err pool_state_turn_end(struct pool_state *state);

/* Marks the turn as failed: every further call in it, and pool_state_turn_end, returns
 * ERR_TURN_LOST. */
void pool_state_turn_fail(struct pool_state *state);

/* Explains the error that a call has just returned. For ERR_POOL_LIMIT and ERR_POD_LIMIT writes a
 * sentence with the limit into `problem`; otherwise leaves `problem` alone. Returns ERR_STATE_LIMIT
 * for the ERR_TURN_LOST of a state that has reached bytes_max, otherwise `err`. */
enum err pool_state_explain(const struct pool_state *state, enum err err, struct problem *problem);

/* Returns a counter that every change increases. While it is the same, nothing has changed. */
uint64_t pool_state_changes(const struct pool_state *state);

/* Returns a counter that increases whenever a pod may have become available. It may also increase
 * when none has. */
uint64_t pool_state_freed_count(const struct pool_state *state);

/* Called with each change of pods and pools when it is made, in order. The event's texts live only
 * for the call. Not called in a rehearsal, nor for the pods and pools of a reset, a restore or an
 * import, which replace the whole state. If the turn is lost, so are the changes reported in it. */
typedef void pool_state_observer(void *context, const struct event *event);

/* Sets the observer of the state; NULL: none. `context` is passed to it, and borrowed. */
void pool_state_observe(struct pool_state *state, pool_state_observer *observer, void *context);

/* Begin and end a rehearsal: calls within it see its changes, and its end undoes them. Rehearsals
 * do not nest. */
enum err pool_state_rehearsal_begin(struct pool_state *state);
void pool_state_rehearsal_end(struct pool_state *state);
bool pool_state_is_rehearsing(const struct pool_state *state);

/* Returns the sentence of the last ERR_INTERNAL, for the log. Valid until the next call. */
const char *pool_state_error(const struct pool_state *state);

/* --- its clock --- */

/* Store and load the settings of the state's clock. If none are stored, and after a reset, the
 * clock shows real time. An export leaves them out, and a restore does not change those in a
 * file. */
enum err pool_state_store_clock(struct pool_state *state, const struct state_clock *clock);
enum err pool_state_stored_clock(struct pool_state *state, struct state_clock *clock);

/* --- the whole --- */

enum { POOL_STATE_KEEP_SETTINGS = 1 }; /* bits of `keep` */

/* Returns the state to its start state, except for the parts in `keep` (POOL_STATE_KEEP_ bits). Ids
 * start anew, and remembered claims are forgotten. `dropped` receives the totals from before. */
enum err pool_state_reset(struct pool_state *state, unsigned keep,
                          struct pool_state_totals *dropped);

/* Opens a state in memory with the configuration and clock of `state`, but without a file or a
 * start state. Returns what pool_state_open returns. */
enum err pool_state_open_like(const struct pool_state *state, struct pool_state **out,
                              struct problem *problem);

/* Opens an independent copy of the state in memory, with the changes of the current turn, the same
 * configuration and the same clock, but without the remembered claims. The caller closes it. */
enum err pool_state_copy(struct pool_state *state, struct pool_state **out);

/* Replaces the content of the state with that of `from`, ids included. Like a reset, it is part of
 * the turn and forgets the remembered claims. It checks no limits. `from` is unchanged. */
enum err pool_state_restore(struct pool_state *state, struct pool_state *from);

/* Returns how often the state was reset or restored. */
int64_t pool_state_generation(const struct pool_state *state);

enum err pool_state_totals(struct pool_state *state, struct pool_state_totals *out);

/* Counts the pods by usage and state. Reads every pod only if a turn that was lost, or a change of
 * very many pods, came since the last count. */
enum err pool_state_count_pods(struct pool_state *state, struct pod_numbers *out);

/* Returns true if the state has a file that can't be written now. */
bool pool_state_is_read_only(const struct pool_state *state);

/* Counts the claimed pods. Reads every pod. */
enum err pool_state_count_claims(struct pool_state *state, int64_t *claims);

/* --- pools --- */

/* Finds the pool of that name, or makes one with the default number of pods. `api_key` (absent:
 * none) is used only for a new pool. Returns OK, ERR_POOL_LIMIT, ERR_POD_LIMIT. */
enum err pool_state_get_or_create_pool(struct pool_state *state, struct text pool_name,
                                       struct text api_key, struct arena *arena, struct pool *out);

/* Makes a pool according to `spec`. If the name is taken, `out` is the existing pool, unchanged,
 * and `created` is false. Returns OK, ERR_POOL_LIMIT, ERR_POD_LIMIT. */
enum err pool_state_create_pool(struct pool_state *state, const struct pool_spec *spec,
                                struct arena *arena, struct pool *out, bool *created);

/* Finds the pool of that name, without its configuration. Returns OK or ERR_POOL_NOT_FOUND. */
enum err pool_state_get_pool(struct pool_state *state, struct text pool_name, struct arena *arena,
                             struct pool *out);

/* Loads the configuration (texts, environment, repositories) of a pool that another call returned.
 */
enum err pool_state_load_config(struct pool_state *state, struct arena *arena, struct pool *pool);

/* Changes a pool that another call returned. Texts and lists that are present in `changes` replace
 * the pool's. A minimum_vms above 0 scales the pool to that number: missing pods are made, or
 * surplus free pods are removed, the newest first. `out` is the changed pool with its
 * configuration. Returns OK or ERR_POD_LIMIT. */
enum err pool_state_update_pool(struct pool_state *state, const struct pool *pool,
                                const struct pool_spec *changes, struct arena *arena,
                                struct pool *out);

/* Replaces the pool's pods with those that it was created with: the same numbers, all free, in the
 * states that new pods of the pool begin with. Its minimum becomes their count again. Its
 * configuration and its settings stay. Returns OK, ERR_POOL_NOT_FOUND, ERR_POD_LIMIT. */
enum err pool_state_reset_pool(struct pool_state *state, struct text pool_name, struct arena *arena,
                               struct pool *out);

/* Deletes a pool with its pods and its settings. Returns OK or ERR_POOL_NOT_FOUND. */
enum err pool_state_delete_pool(struct pool_state *state, struct text pool_name);

/* Called with each pool of a page, without its configuration. The pool lives only for the call.
 * Returns false to end the page. */
typedef bool pool_state_visit_pool(const struct pool *pool, void *context);

/* Visits up to `limit` pools with a number above `after`, in the order of creation. */
enum err pool_state_list_pools(struct pool_state *state, int64_t after, int64_t limit,
                               pool_state_visit_pool *visit, void *context);

/* Adds `count` free pods to an existing pool. Its minimum stays. Returns OK, ERR_POOL_NOT_FOUND,
 * ERR_POD_LIMIT. */
enum err pool_state_add_pods(struct pool_state *state, struct text pool_name, int64_t count);

/* --- settings --- */

/* Settings are stored under a pool's name, and the pool need not exist. "" stands for all pools.
 * Deleting a pool deletes its settings. */

/* Gets the settings of a pool. `own` has only the pool's own settings. `effective` has a value for
 * every setting: the pool's own, otherwise that of all pools, otherwise the default. */
enum err pool_state_get_settings(struct pool_state *state, struct text pool_name,
                                 struct settings *effective, struct settings *own);

/* Changes the settings of a pool: sets those that `patch` has, and removes those that it takes
 * back. */
enum err pool_state_change_settings(struct pool_state *state, struct text pool_name,
                                    const struct settings_patch *patch);

/* Called with a pool's name and its own settings. Both live only for the call. Returns false to end
 * the visit. */
typedef bool pool_state_visit_settings(struct text pool_name, const struct settings *own,
                                       void *context);

/* Visits up to `limit` pools that have settings of their own, ordered by name, beginning after the
 * name `after`. Leaves out the settings of all pools (""): pool_state_get_settings returns those.
 */
enum err pool_state_list_settings(struct pool_state *state, struct text after, int64_t limit,
                                  pool_state_visit_settings *visit, void *context);

/* --- pods --- */

struct claim_wish {
    struct text pool_name;
    struct text workspace_id; /* never absent */
    bool ttl_is_set;          /* false: the pool's settings give the lease */
    int64_t ttl_ms;           /* if set: how long the claim lasts; 0: until it is released */
};

/* How a claim that gets no pod is answered. */
struct claim_refusal {
    bool queue;         /* the claim may wait for a pod before it is refused */
    int64_t timeout_ms; /* for at most this time, in real time */
    int status, retry_after_s;
    bool none_was_free; /* set by pool_state_claim_pod, also if it made a pod then */
};

/* Returns the refusal that the settings of a pool ask for. */
struct claim_refusal claim_refusal_of(const struct settings *settings);

/* Claims the pool's oldest available pod. Makes the pool if it does not exist, and a pod if none is
 * available and the settings allow it. Returns OK, ERR_POOL_LIMIT, ERR_POD_LIMIT, or ERR_EXHAUSTED
 * with `refusal`: no pod is available, and the settings forbid a new one, or a new one takes time
 * to start. ERR_EXHAUSTED does not fail the turn: a pool or a pod that the call has made stays. */
enum err pool_state_claim_pod(struct pool_state *state, const struct claim_wish *wish,
                              struct arena *arena, struct pod *out, struct claim_refusal *refusal);

/* Finds the pod of that name. Returns OK or ERR_POD_NOT_FOUND, which covers a name without a pod
 * number, a subdomain of another tenant, and an id with another pool's number. */
enum err pool_state_get_pod(struct pool_state *state, struct pod_name name, struct arena *arena,
                            struct pod *out);

/* The calls below that take a `pod` change a pod that another call of this turn has returned, and
 * update `pod`. */

/* Releases a used pod: removes its claim, its user_info and everything stored in it (repositories,
 * branches, environment, Goose and its sessions). For a free pod, removes only what is stored in
 * it. */
enum err pool_state_release_pod(struct pool_state *state, struct pod *pod);

/* Marks a free pod as used, without a claim. A used pod keeps its claim and its since_ms. Stores
 * `user_info` unless it is absent. */
enum err pool_state_mark_pod_used(struct pool_state *state, struct text user_info,
                                  struct arena *arena, struct pod *pod);

/* Replaces the pod's repositories, and its branches unless `branches` is NULL. */
enum err pool_state_set_repositories(struct pool_state *state, const struct text *repositories,
                                     size_t repositories_count, const struct text *branches,
                                     size_t branches_count, struct arena *arena, struct pod *pod);

/* Replaces the pod's environment. */
enum err pool_state_set_environment(struct pool_state *state, const struct env_var *env_vars,
                                    size_t count, struct arena *arena, struct pod *pod);

/* Deletes a pod, used or free. `pod` still has the numbers that its names are made of. */
enum err pool_state_delete_pod(struct pool_state *state, struct pod *pod);

/* Called with each pod of a page. The pod and its texts live only for the call. Returns false to
 * end the page. */
typedef bool pool_state_visit_pod(const struct pod *pod, void *context);

/* Visits up to `limit` pods of `pool` with a number above `after`, in the order of creation. A
 * deleted pool has no pods. The pods' lists are loaded into `arena`. No cursor outlives the call.
 */
enum err pool_state_list_pods(struct pool_state *state, const struct pool *pool, int64_t after,
                              int64_t limit, struct arena *arena, pool_state_visit_pod *visit,
                              void *context);

/* Visits pods like pool_state_list_pods, for the status of a pool: of each pod only the names and
 * numbers, `usage`, `since_ms`, `claimed_by` and `looks_left` are set. */
enum err pool_state_list_statuses(struct pool_state *state, const struct pool *pool, int64_t after,
                                  int64_t limit, pool_state_visit_pod *visit, void *context);

/* Counts a look (an answer that shows the pod) at the pods of a pool with numbers from `first` to
 * `last`. Each of them whose state advances by looks gets the state that the next look shows. */
enum err pool_state_look(struct pool_state *state, int64_t pool_number, int64_t first,
                         int64_t last);

/* Gets when the next event (a pod's state changes, a lease ends) is due, by the wall clock;
 * INT64_MAX: never. The result is cached, so the call is cheap while no due time changes. */
enum err pool_state_next_due_ms(struct pool_state *state, int64_t *due_ms);

/* Called with each event that has happened. The event lives only for the call. */
typedef void pool_state_visit_event(const struct pod_event *event, void *context);

/* Runs up to `max` events that are due by `until_ms`, each as of its own time, ordered by time and
 * then by pod number. pool_state_next_due_ms tells whether more are due. `visit` may be NULL. */
enum err pool_state_run_due(struct pool_state *state, int64_t until_ms, int64_t max,
                            pool_state_visit_event *visit, void *context);

/* --- Goose (model/goose.h) --- */

/* Starts Goose in the pod: sets its goose_ms. If Goose runs already, changes nothing. */
enum err pool_state_start_goose(struct pool_state *state, struct pod *pod);

/* The calls below take the number of an existing pod. They do not check that it exists. */

/* Opens a session in a pod, with a token. An absent id becomes `session-<n>`, where n counts the
 * sessions of the whole state. A session that is open already keeps its token. A pod has at most
 * SESSIONS_MAX sessions: a further one replaces the oldest. */
enum err pool_state_open_session(struct pool_state *state, int64_t pod_number, struct text id,
                                 struct arena *arena, struct goose_session *out);

/* Sets the URL that is told what the session says, or replaces it. */
enum err pool_state_set_webhook(struct pool_state *state, int64_t pod_number,
                                const struct goose_session *session, struct text url);

/* Finds a session of a pod. Returns OK or ERR_SESSION_NOT_FOUND. */
enum err pool_state_get_session(struct pool_state *state, int64_t pod_number, struct text id,
                                struct arena *arena, struct goose_session *out);

/* Lists a pod's sessions, the oldest first. In each env_var, `name` is the session's id and `value`
 * its token. */
enum err pool_state_list_sessions(struct pool_state *state, int64_t pod_number, struct arena *arena,
                                  const struct env_var **sessions, size_t *count);

/* Replaces the script, the replies of Goose in all pods. */
enum err pool_state_set_replies(struct pool_state *state, const struct goose_reply *replies,
                                size_t count);

/* Loads the whole script, in order. */
enum err pool_state_get_replies(struct pool_state *state, struct arena *arena,
                                const struct goose_reply **replies, size_t *count);

/* Sets whether Goose's WebSocket is silent about a session that its pod does not have. */
enum err pool_state_set_strict(struct pool_state *state, bool is_strict);

enum err pool_state_get_strict(struct pool_state *state, bool *is_strict);

/* --- pull requests --- */

/* Opens a pull request of a repository ("owner/repo") and sets `number`, which counts from 1 in
 * each repository. With `newest`, opens one only if the repository has none; otherwise sets the
 * number of its newest. */
enum err pool_state_pull_request(struct pool_state *state, struct text repository, bool newest,
                                 int64_t *number);

/* --- users --- */

/* Registers a user with the name, password and email of `wanted`. A user who has only logged in
 * before keeps the token. Returns OK or ERR_USER_EXISTS. */
enum err pool_state_create_user(struct pool_state *state, const struct user *wanted,
                                struct arena *arena, struct user *out);

/* Logs a user in, registered or not. Returns OK, or ERR_WRONG_PASSWORD for a user who was
 * registered with another password. */
enum err pool_state_log_in(struct pool_state *state, struct text username, struct text password,
                           struct arena *arena, struct user *out);

/* Deletes a registered user. Returns OK or ERR_USER_NOT_FOUND, which covers a user who has only
 * logged in. */
enum err pool_state_delete_user(struct pool_state *state, struct text username,
                                struct arena *arena);

/* Returns OK if `token` is a user's token or a pool's apiKey, otherwise ERR_BAD_TOKEN. */
enum err pool_state_know_token(struct pool_state *state, struct text token);

/* --- repeated claims --- */

/* A remembered claim takes 56 bytes. The maximum allows 70,000 claims a second for that time, far
 * more than a worker can answer. */
enum { REPEAT_REMEMBERED_US = 60 * 1000 * 1000, REPEATS_REMEMBERED_MAX = 1 << 22 };

/* Returns the key of a request that may be repeated: a hash of `request`, a text that is the same
 * in each repeat. */
struct hash_wide pool_state_repeat_key(const struct pool_state *state, struct text request);

/* Remembers for REPEAT_REMEMBERED_US which pod the request with this key has claimed. A lost turn
 * undoes it. */
enum err pool_state_remember_claim(struct pool_state *state, struct hash_wide key,
                                   const struct pod *pod);

/* Finds the pod that the request with this key has claimed. Returns OK; ERR_CLAIM_GONE if that
 * claim no longer holds the pod; ERR_NOT_FOUND if no such claim is remembered; ERR_BUSY if none is,
 * and there is no room to remember a new one (to make room, a claim would be forgotten early, and
 * its repeat could claim a second pod). */
enum err pool_state_recall_claim(struct pool_state *state, struct hash_wide key,
                                 struct arena *arena, struct pod *out);

#endif
