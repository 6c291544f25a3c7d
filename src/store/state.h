/* SPDX-License-Identifier: MIT
 *
 * Private to the store: the struct behind the handle of store/pool_state.h, and the functions that
 * the store's files share. Each file calls only files before it in this order: state (turns,
 * totals), settings, pods, new_pods, lifecycle, pools, claim, pool_state.
 */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include "store/database.h"
#include "store/lists.h"
#include "store/pool_state.h"
#include "store/repeats.h"

enum { POOL_CACHE_PLACES = 64, PODS_AHEAD_MAX = 16 };

struct state_totals {
    int64_t last_pool, last_pod, pools, pods;
};

struct pool_state {
    struct database db;
    struct database *replaced; /* db before this turn, if the turn has replaced it; or NULL */
    char *path;                /* of the file; NULL: in memory */
    char *set_aside;           /* the new name of a damaged file, or NULL */
    int64_t try_again_us;      /* with db.write_failed: when to try to write again */
    struct pool_state_config config;
    const struct clock *clock;
    int64_t generation;
    int64_t resets; /* resets and restores in this turn; its commit adds them to the generation */
    uint64_t changes;
    uint64_t freed_count;
    pool_state_observer *observer; /* NULL: none */
    void *observer_context;
    bool in_turn;   /* the turn's transaction is open */
    bool turn_lost; /* this turn's changes are undone, or will be at its end */
    bool rehearsing;
    struct problem refusal; /* the last ERR_POOL_LIMIT or ERR_POD_LIMIT, with its sentence */
    struct pod_numbers pod_numbers; /* of all pools, with the changes of the turn */
    bool pod_numbers_known;
    struct pod_numbers before_rehearsal;
    bool were_known;           /* before_rehearsal was up to date */
    int64_t tally_pool_number; /* pool whose changed counts are not written yet; 0: none */
    struct pool_counts tally;  /* the differences to write */
    int64_t newest_use_ms;     /* when a pod last became used or free, in this generation */
    bool due_known;            /* due_ms is up to date */
    int64_t due_ms;            /* when the next event is due; INT64_MAX: never */
    bool totals_known;         /* totals is up to date */
    bool totals_changed;       /* totals is not written yet */
    struct state_totals totals;
    struct repeats repeats;
    struct hash_key cache_key;
    /* whether the table of settings has any row */
    enum { SETTINGS_UNKNOWN, SETTINGS_NONE, SETTINGS_SOME } settings_there;
    /* pool numbers by the hash of the name; emptied when rows are dropped or changes undone */
    struct cached_pool {
        int64_t number; /* 0: an empty place */
        size_t name_length;
        char name[POOL_NAME_MAX];
    } pool_cache[POOL_CACHE_PLACES];
    /* The next available pods of a pool, in order, as they are after `changes` changes of the
     * state. Any change but the claim of the first one makes them old; state_forget empties them.
     */
    struct pods_ahead {
        int64_t pool_number;
        uint64_t changes;
        size_t next, count; /* of the list */
        size_t limit;       /* of the last query */
        struct pod list[PODS_AHEAD_MAX];
    } ahead;
};

/* Opens the turn's transaction unless it is open. Every function that changes something begins with
 * it. */
enum err state_begin_change(struct pool_state *state);

/* Reports a change to the observer, if there is one. An `at_ms` of 0 is the time of the clock. */
void state_report(const struct pool_state *state, struct event event);

/* Returns the event of a change of a pod. */
struct event state_pod_event(enum event_type type, const struct pod *was, const struct pod *pod);

/* Reports a change of one pod, from `was` to `pod`. `detail` may be NULL. */
void state_report_pod(const struct pool_state *state, enum event_type type, const char *detail,
                      const struct pod *was, const struct pod *pod, int64_t at_ms);

/* Reports that `what` of a pod was updated: something other than its usage and state. */
void state_report_update(const struct pool_state *state, const struct pod *pod, const char *what);

/* Replaces the state's database with another one in memory, as a change of the turn. Takes `by`,
 * even on failure. */
enum err state_replace_database(struct pool_state *state, struct database *by);

/* Runs a statement without parameters. */
enum err state_run(struct pool_state *state, enum statement statement);

/* Returns ERR_TURN_LOST if the turn has failed, otherwise OK. */
enum err state_check(const struct pool_state *state);

enum err state_read_totals(struct pool_state *state, struct state_totals *out);

/* Sets last_pool and last_pod of the totals to those of `counters`, and adds `pools` and `pods`.
 * Called after state_read_totals. */
void state_count(struct pool_state *state, const struct state_totals *counters, int64_t pools,
                 int64_t pods);

/* Finds the number of the pool of that name; 0 if there is none. */
enum err state_find_pool(struct pool_state *state, struct text pool_name, int64_t *number);

/* Finds the number of the pool of that name, or makes the pool. */
enum err state_find_or_make_pool(struct pool_state *state, struct text pool_name,
                                 struct text api_key, int64_t *number);

/* Loads a pool by its number, without its configuration. Returns OK or ERR_POOL_NOT_FOUND. */
enum err state_load_pool(struct pool_state *state, int64_t number, struct arena *arena,
                         struct pool *out);

/* Stores the texts and lists that are present in `spec`. The pool keeps its other ones. */
enum err state_store_spec(struct pool_state *state, const struct pool_spec *spec,
                          int64_t pool_number);

/* Gets a value for every setting of a pool: its own, otherwise that of all pools, otherwise the
 * default. */
enum err state_settings_of(struct pool_state *state, struct text pool_name,
                           struct settings *settings);

enum err state_drop_settings(struct pool_state *state, struct text pool_name);

/* Empties the caches of single rows. Called after rows were dropped. */
void state_forget(struct pool_state *state);

/* Forgets all rows: the caches, the totals and the tally. Called after changes were undone or all
 * rows replaced. */
void state_forget_rows(struct pool_state *state);

/* Makes a pool with `pods` pods; the minimum_vms of `spec` is ignored. Checks no limit. */
enum err state_make_pool(struct pool_state *state, const struct pool_spec *spec, int64_t pods,
                         int64_t *number);

/* Adds pods to an existing pool and counts them. Returns OK or ERR_POD_LIMIT (state_check_room),
 * which changes nothing. */
enum err state_add_pods(struct pool_state *state, int64_t pool_number, struct text pool_name,
                        int64_t count);

/* The same for one pod, `out`, which is used by `claimed_by` if it runs at once. */
enum err state_add_claimed_pod(struct pool_state *state, int64_t pool_number, struct text pool_name,
                               struct text claimed_by, struct pod *out);

/* Returns ERR_POD_LIMIT if `count` more pods would exceed the state's limit, otherwise OK. */
enum err state_check_room(struct pool_state *state, const struct state_totals *totals,
                          int64_t count);

/* Returns OK, or ERR_POD_LIMIT if `count` more pods would exceed the pool's maxPods. */
enum err state_check_max_pods(struct pool_state *state, int64_t pool_number, struct text pool_name,
                              int64_t count);

enum { POD_ROOM_FOR_CLAIM = 32 }; /* bytes that a free pod's row reserves for a workspaceId */

/* Pods to make in a pool. The pool's settings decide how they begin. */
struct pod_batch {
    int64_t pool_number;
    struct text pool_name;
    int64_t count;
    int64_t since_ms;
    struct text claimed_by; /* of those that run at once; absent: all are free */
};

/* Inserts the pods with the numbers after totals->last_pod, and increases last_pod. The caller adds
 * the pods to the totals. Sets `last` to the last of them; NULL: not wanted. */
enum err state_insert_pods(struct pool_state *state, const struct pod_batch *batch,
                           struct state_totals *totals, struct pod *last);

/* Inserts a pod and counts it in the tally. Sets `added` to false, and changes nothing, if one with
 * its number exists. */
enum err state_insert_pod(struct pool_state *state, const struct pod *pod, bool has_lists,
                          bool *added);

/* Notes when a pod became used or free (newest_use_ms). */
void state_note_use(struct pool_state *state, int64_t since_ms);

/* Sets when the pod's next event is due; 0: none. Updates `pod`. */
enum err state_set_due(struct pool_state *state, struct pod *pod, int64_t due_ms);

/* Reads the current row of a query for POD_COLUMNS. Texts are borrowed from the row. Returns true
 * if the pod has lists; state_load_lists loads them. */
bool state_read_pod(struct query *query, struct pod *out);
enum err state_load_lists(struct pool_state *state, struct arena *arena, struct pod *pod);

/* Updates the pod's mark of whether it has lists, and returns it. */
enum err state_note_lists(struct pool_state *state, int64_t pod_number, bool *has_lists);

/* Writes the tally to the pool's row, and the totals. Called before these rows are read and before
 * the turn ends, so that many claims in a turn update each row once. */
enum err state_write_counts(struct pool_state *state);

/* Reads the counts of an existing pool. */
enum err state_read_counts(struct pool_state *state, int64_t pool_number, struct pool_counts *out);

/* Adds a pod to its pool's tally `times` times; -1 removes it. */
enum err state_tally(struct pool_state *state, const struct pod *pod, int64_t times);

/* Updates the cached due_ms after a pod's due time has changed from `old_ms` to `new_ms`; 0: none.
 */
void state_note_due(struct pool_state *state, int64_t old_ms, int64_t new_ms);

/* Copies the pod's borrowed texts into the arena. */
enum err state_copy_texts(struct pod *pod, struct arena *arena);

/* Changes the usage of a pod, or deletes it, according to model/pod_edge.def. It is the only place
 * that does. Updates the pod's row, its pool's counts and `pod`; the caller updates the totals.
 * `claimed_by` is the workspace of a claim, otherwise absent. `at_ms` is the time of the change. An
 * action that the table does not allow is a bug of the caller. */
enum err state_change_pod(struct pool_state *state, struct pod *pod, enum pod_action action,
                          struct text claimed_by, int64_t at_ms);

/* Returns a since_ms, now or later, that no pod has yet. So neither a remembered claim nor a leak
 * takes a pod made with it for an earlier pod of the same number. */
int64_t state_unused_time(const struct pool_state *state);

/* Adds a reply to Goose's script at a position. */
enum err state_add_reply(struct pool_state *state, int64_t position,
                         const struct goose_reply *reply);

/* Adds a session with its webhook, and with a token made from its number. `added` is false if the
 * number is taken. The caller calls state_note_lists. */
enum err state_add_session(struct pool_state *state, int64_t pod_number,
                           const struct goose_session *session, bool *added);

/* Deletes all rows, except for the parts in `keep` (POOL_STATE_KEEP_), and empties the caches. */
enum err state_drop_all(struct pool_state *state, unsigned keep);

/* Loads a pod by its number, from any pool. Returns OK or ERR_POD_NOT_FOUND. */
enum err state_load_pod(struct pool_state *state, int64_t number, struct arena *arena,
                        struct pod *out);

#endif
