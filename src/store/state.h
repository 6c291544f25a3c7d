/* SPDX-License-Identifier: MIT
 *
 * Private to the store: what is behind the handle of store/pool_state.h, shared by its files. They
 * stand on one another in this order: state (turns, totals), settings, pods, new_pods, lifecycle,
 * pools, claim, pool_state.
 */
#ifndef STORE_STATE_H
#define STORE_STATE_H

#include "store/database.h"
#include "store/lists.h"
#include "store/pool_state.h"
#include "store/repeats.h"

enum { POOL_CACHE_PLACES = 64 };

struct pool_state {
    struct database db;
    struct database *replaced; /* what db was before this turn, where it is another one now */
    char *path;                /* of its file; NULL in memory */
    char *set_aside;           /* where a damaged file was put, or NULL */
    int64_t try_again_us; /* with db.write_failed: when to see whether it can be written again */
    struct pool_state_config config;
    const struct clock *clock;
    int64_t generation;
    int64_t resets; /* in this turn: added to the generation when it is kept */
    uint64_t changes;
    uint64_t freed_count;
    bool in_turn;   /* its transaction is open */
    bool turn_lost; /* this turn's changes are undone, or will be at its end */
    bool rehearsing;
    struct problem refusal;    /* the limit that a change was last refused for */
    int64_t tally_pool_number; /* whose counts are not written yet; 0: none's */
    struct pool_counts tally;  /* by how much they have changed */
    int64_t newest_use_ms;     /* when the newest use of a pod began, of this generation */
    bool due_known;
    int64_t due_ms; /* the first of all pods' times; INT64_MAX: nothing is due */
    struct repeats repeats;
    struct hash_key cache_key;
    enum { SETTINGS_UNKNOWN, SETTINGS_NONE, SETTINGS_SOME } settings_there;
    /* By the hash of the name; forgotten whenever something is undone or dropped. */
    struct cached_pool {
        int64_t number; /* 0: an empty place */
        size_t name_length;
        char name[POOL_NAME_MAX];
    } pool_cache[POOL_CACHE_PLACES];
};

/* What every call that changes something does first: opens the turn's transaction if need be. */
enum err state_begin_change(struct pool_state *state);

/* Puts another database in memory, which is taken, in the place of the state's, as a change of the
 * turn. */
enum err state_replace_database(struct pool_state *state, struct database *by);

/* Runs a statement without parameters. */
enum err state_run(struct pool_state *state, enum statement statement);

/* OK while the turn goes on, ERR_TURN_LOST after it failed. */
enum err state_check(const struct pool_state *state);

struct state_totals {
    int64_t last_pool, last_pod, pools, pods;
};
enum err state_read_totals(struct pool_state *state, struct state_totals *out);

/* Writes the counters' new values, and adds to the totals. */
enum err state_count(struct pool_state *state, const struct state_totals *counters, int64_t pools,
                     int64_t pods);

/* The number of the pool of that name, 0 if there is none. */
enum err state_find_pool(struct pool_state *state, struct text pool_name, int64_t *number);

/* The same, but the pool is made where there is none. */
enum err state_find_or_make_pool(struct pool_state *state, struct text pool_name,
                                 struct text api_key, int64_t *number);

/* A pool by its number, without its configuration. Returns OK or ERR_POOL_NOT_FOUND. */
enum err state_load_pool(struct pool_state *state, int64_t number, struct arena *arena,
                         struct pool *out);

/* Stores what `spec` says of a pool that is there; what it leaves out stays as it is. */
enum err state_store_spec(struct pool_state *state, const struct pool_spec *spec,
                          int64_t pool_number);

/* What holds for a pool of that name: its own settings, else those of all pools, else the initial
 * ones. All are said. */
enum err state_settings_of(struct pool_state *state, struct text pool_name,
                           struct settings *settings);

enum err state_drop_settings(struct pool_state *state, struct text pool_name);

/* Forgets what is remembered of the database: after what was changed is undone, or dropped. */
void state_forget(struct pool_state *state);

/* Makes a pool with a given number of pods, whatever `spec` says. */
enum err state_make_pool(struct pool_state *state, const struct pool_spec *spec, int64_t pods,
                         int64_t *number);

/* Makes further pods in a pool that is there, and counts them. ERR_POD_LIMIT where there would be
 * too many in all; that is looked at before anything is changed. */
enum err state_add_pods(struct pool_state *state, int64_t pool_number, struct text pool_name,
                        int64_t count);

/* ERR_POD_LIMIT where `count` further pods would be too many. */
enum err state_check_room(struct pool_state *state, const struct state_totals *totals,
                          int64_t count);

/* ERR_POD_LIMIT where so many further pods are more than the settings of the pool allow. */
enum err state_check_max_pods(struct pool_state *state, int64_t pool_number, struct text pool_name,
                              int64_t count);

enum { POD_ROOM_FOR_CLAIM = 32 }; /* bytes of a workspaceId that a row has room for at first */

/* Free pods that are to be made, as the settings of that pool have it. */
struct pod_batch {
    int64_t pool_number;
    struct text pool_name;
    int64_t count;
    int64_t since_ms;
};

/* Inserts them, moving totals->last_pod on; the caller counts them in the totals. */
enum err state_insert_pods(struct pool_state *state, const struct pod_batch *batch,
                           struct state_totals *totals);

/* Sets when something is due of a pod; 0: nothing is. `pod` follows suit. */
enum err state_set_due(struct pool_state *state, struct pod *pod, int64_t due_ms);

/* Reads the row at hand of a query for POD_COLUMNS; texts are borrowed from it. True if the pod has
 * lists, which state_load_lists then loads. */
bool state_read_pod(struct query *query, struct pod *out);
enum err state_load_lists(struct pool_state *state, struct arena *arena, struct pod *pod);

/* Sets whether the pod has lists, by what there is. */
enum err state_note_lists(struct pool_state *state, int64_t pod_number, bool *has_lists);

/* Writes what changes of pods have left to be counted. Before pools are read, and before the turn
 * ends: the counts of many claims of a turn so cost as much as those of one. */
enum err state_write_tally(struct pool_state *state);

/* The counts of a pool that is there. */
enum err state_read_counts(struct pool_state *state, int64_t pool_number, struct pool_counts *out);

/* Leaves a pod to be counted in its pool, so many times; fewer than 0 takes it out. */
enum err state_tally(struct pool_state *state, const struct pod *pod, int64_t times);

/* What is remembered of the first time that is due, after a pod's has changed. 0 is none. */
void state_note_due(struct pool_state *state, int64_t old_ms, int64_t new_ms);

/* Copies the pod's borrowed texts into the arena. */
enum err state_copy_texts(struct pod *pod, struct arena *arena);

/* The one place where a pod changes its use, or ends: by the table of legal changes, in its row and
 * in its pool's counts; the totals are the caller's. `pod` follows suit. `claimed_by` is a claim's
 * workspace, else absent; `at_ms` is when it happens. What the table does not have is a bug of the
 * caller. */
enum err state_change_pod(struct pool_state *state, struct pod *pod, enum pod_action action,
                          struct text claimed_by, int64_t at_ms);

/* A time since when no pod was used yet, not before now. Who is free since then can't be taken for
 * what bore its number before: by a remembered claim, or by one whose answer was lost. */
int64_t state_unused_time(const struct pool_state *state);

/* Adds a reply at a position of the script. */
enum err state_add_reply(struct pool_state *state, int64_t position,
                         const struct goose_reply *reply);

/* Opens a session: the token is made of its number. `added` is false where there is one of that
 * number already. The caller notes that the pod has lists. */
enum err state_add_session(struct pool_state *state, int64_t pod_number,
                           const struct goose_session *session, bool *added);

/* Drops all rows, but for what `keep` names (POOL_STATE_KEEP_), and what is remembered of them. */
enum err state_drop_all(struct pool_state *state, unsigned keep);

/* A pod by its number, in any pool. Returns OK or ERR_POD_NOT_FOUND. */
enum err state_load_pod(struct pool_state *state, int64_t number, struct arena *arena,
                        struct pod *out);

#endif
