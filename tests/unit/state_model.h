/* SPDX-License-Identifier: MIT
 *
 * What a state is, said plainly: pools, pods and users in arrays, and nothing cleverer than a
 * search through them. Texts are numbers; 0 is none.
 */
#ifndef STATE_MODEL_H
#define STATE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/settings.h"

enum {
    MODEL_POOLS = 6,
    MODEL_PODS_MAX = 4000,
    MODEL_LIST_MAX = 3,
    MODEL_SESSIONS_MAX = 6,
    MODEL_USERS = 4,
    MODEL_NEW_POOL_PODS = 3,
    MODEL_START_PODS = 5
};

struct model_pool {
    int64_t number;
    int name; /* 0 is the default pool's */
    int64_t minimum_vms;
    int branch; /* 0: none */
};

struct model_pod {
    int64_t number;
    int64_t pool; /* its number */
    bool used;
    enum pod_state state;
    int64_t due_ms, starting_ms, looks_left;
    bool will_fail;
    int claimed_by; /* 0: nobody */
    int user_info;  /* 0: none */
    int64_t since_ms, goose_ms;
    int repositories[MODEL_LIST_MAX], branches[MODEL_LIST_MAX], env_vars[MODEL_LIST_MAX];
    size_t repositories_count, branches_count, env_vars_count;
    struct model_session {
        int id; /* 0: made up */
        int64_t number;
    } sessions[MODEL_SESSIONS_MAX];
    size_t sessions_count;
};

struct model_user {
    bool known, registered;
    int password;
    int64_t token, last_login_ms;
};

/* Those of all pools stand behind those of each name. */
enum { MODEL_SETTINGS_OF_ALL = MODEL_POOLS };

struct model {
    struct settings settings[MODEL_POOLS + 1];
    struct model_pool pools[MODEL_POOLS];
    int pools_count;
    struct model_pod pods[MODEL_PODS_MAX];
    int pods_count;
    struct model_user users[MODEL_USERS];
    int64_t replies[MODEL_LIST_MAX]; /* their pieces */
    size_t replies_count;
    int64_t last_pool, last_pod, last_token, last_session;
    int64_t generation;
};

/* The one that there is; copied to be had again. */
extern struct model model;

/* The start state, of a further generation. */
void model_reset(int64_t now_ms);

/* The same with settings that are kept: those of each name, and then those of all pools. */
void model_reset_with(const struct settings *settings, int64_t now_ms);

/* What holds for the pool of a name. */
int64_t model_setting(int name, enum setting setting);

/* As the settings of the pool have it. */
void model_add_pods(int64_t pool, int64_t count, int64_t now_ms);
void model_remove_pod(int at);

/* Ends the use of a pod: of its claim nothing is left. */
void model_free_pod(struct model_pod *pod, int64_t at_ms);

/* NULL where there is none. */
struct model_pool *model_find_pool(int name);
const struct model_pool *model_pool_of(const struct model_pod *pod);

/* The pool of that name, made with so many pods where there is none. */
struct model_pool *model_make_pool(int name, int64_t pods, int64_t now_ms);
void model_remove_pool(struct model_pool *pool); /* its settings too */

/* Makes pods up to the minimum, or removes free ones above it, the newest first. */
void model_scale(struct model_pool *pool, int64_t minimum_vms, int64_t now_ms);

/* How many pods a pool has, or how many used ones. */
int64_t model_count(int64_t pool, bool used_only);

/* The place of a pool's next pod from `at` on; pods_count behind the last. */
int model_next_of_pool(int64_t pool, int at);

/* The session of that id, which is added where there is none; NULL where there is no room. */
struct model_session *model_open_session(struct model_pod *pod, int id);

#endif
