/* SPDX-License-Identifier: MIT
 *
 * A simple model of a state: pools, pods and users in arrays that are searched from the beginning.
 * Texts are numbers; 0 is no text.
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
    int name; /* 0: of the default pool */
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
        int id; /* 0: generated */
        int64_t number;
    } sessions[MODEL_SESSIONS_MAX];
    size_t sessions_count;
};

struct model_user {
    bool known, registered;
    int password;
    int64_t token, last_login_ms;
};

/* The place in `settings` of the settings of all pools. */
enum { MODEL_SETTINGS_OF_ALL = MODEL_POOLS };

struct model {
    struct settings settings[MODEL_POOLS + 1];
    struct model_pool pools[MODEL_POOLS];
    int pools_count;
    struct model_pod pods[MODEL_PODS_MAX];
    int pods_count;
    struct model_user users[MODEL_USERS];
    int64_t replies[MODEL_LIST_MAX]; /* the number of pieces of each */
    size_t replies_count;
    int64_t last_pool, last_pod, last_token, last_session;
    int64_t generation;
};

/* The only model. A test copies it to restore it later. */
extern struct model model;

/* Returns the model to the start state, with the next generation. */
void model_reset(int64_t now_ms);

/* Like model_reset, but sets the settings of each name, and then those of all pools. */
void model_reset_with(const struct settings *settings, int64_t now_ms);

/* Returns the setting in effect for the pool of that name. */
int64_t model_setting(int name, enum setting setting);

/* Adds pods that begin as the pool's settings say. */
void model_add_pods(int64_t pool, int64_t count, int64_t now_ms);
void model_remove_pod(int at);

/* Frees a used pod and removes everything stored in it. */
void model_free_pod(struct model_pod *pod, int64_t at_ms);

/* Return the pool of that name, or of that pod; NULL: there is none. */
struct model_pool *model_find_pool(int name);
const struct model_pool *model_pool_of(const struct model_pod *pod);

/* Returns the pool of that name, or makes it with `pods` pods. */
struct model_pool *model_make_pool(int name, int64_t pods, int64_t now_ms);
void model_remove_pool(struct model_pool *pool); /* with its settings */

/* Adds pods up to the minimum, or removes free ones above it, the newest first. */
void model_scale(struct model_pool *pool, int64_t minimum_vms, int64_t now_ms);

/* Counts the pods of a pool, or only the used ones. */
int64_t model_count(int64_t pool, bool used_only);

/* Returns the place of a pool's next pod, from `at` on; pods_count after the last. */
int model_next_of_pool(int64_t pool, int at);

/* Returns the session of that id, or adds it; NULL: there is no room. */
struct model_session *model_open_session(struct model_pod *pod, int id);

#endif
