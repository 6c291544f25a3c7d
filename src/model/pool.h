/* SPDX-License-Identifier: MIT
 *
 * A pool: a named set of pods. Plain values; the store fills them, the views write them.
 */
#ifndef MODEL_POOL_H
#define MODEL_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"
#include "model/pod.h"

/* Limits of what clients send (docs/api.md). */
enum {
    POOL_NAME_MAX = 128,    /* bytes */
    WORKSPACE_ID_MAX = 256, /* bytes */
    POOL_MINIMUM_VMS_MAX = 1000,
    CONFIG_TEXT_MAX = 262144, /* bytes of a configuration text, a user_info, a repository */
    CONFIG_LIST_MAX = 1000    /* number of repositories, branches, environment variables */
};

/* The numbers of pods of a pool. running = total - pending - failed. */
struct pool_counts {
    int64_t total;
    int64_t used;
    int64_t available; /* free and running: can be claimed */
    int64_t pending;   /* pending or starting */
    int64_t failed;
};

/* Adds the pod to the counts `times` times; -1 removes it. */
void pool_counts_add(struct pool_counts *counts, const struct pod *pod, int64_t times);

/* The texts of a pool's configuration, such as its Dockerfile. */
enum pool_text {
#define POOL_TEXT(name, key, shown, file) POOL_##name,
#include "model/pool_text.def"
#undef POOL_TEXT
    POOL_TEXT__MAX
};

/* Returns the names of a text: the columns of model/pool_text.def. Static. */
struct pool_text_names {
    const char *key, *shown, *file;
};
struct pool_text_names pool_text_names(enum pool_text text);

/* The configuration of a pool, or a client's change of it. A text or list that the client leaves
 * out is absent (NULL). */
struct pool_spec {
    struct text name;
    int64_t minimum_vms; /* 0: absent */
    struct text texts[POOL_TEXT__MAX];
    const struct env_var *env_vars;
    size_t env_vars_count;
    const struct text *repositories;
    const struct text *branches; /* one per repository, absent if it has none; or NULL */
    size_t repositories_count;
};

struct pool {
    int64_t number; /* n of pool-<n> */
    struct pool_spec spec;
    struct pool_counts counts;
    int64_t created_ms; /* wall clock */
    int64_t updated_ms;
    /* The pods that the pool was created with, which a reset of the pool creates again: the number
     * of the first pod, and how many. Only filled in for state documents. */
    int64_t first_pod, first_pods;
};

/* Writes pool-<n>. */
void pool_put_id(struct buffer *out, int64_t number);

/* Parses such an id. Returns false for any other text. */
bool pool_id_parse(struct text text, int64_t *number);

/* Writes a secret with '*' for each of its characters (of UTF-8). A secret of more than 4
 * characters keeps its first two and its last two (docs/api.md, "POST pools"). */
void secret_put_masked(struct buffer *out, struct text secret);

#endif
