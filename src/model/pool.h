/* SPDX-License-Identifier: MIT
 *
 * A pool: a named set of pods. Plain values; the store fills them, the views show them.
 */
#ifndef MODEL_POOL_H
#define MODEL_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"
#include "model/pod.h"

/* The bounds of names and numbers that clients give (contract, sections 1 and 2). */
enum {
    POOL_NAME_MAX = 128,    /* bytes */
    WORKSPACE_ID_MAX = 256, /* bytes */
    POOL_MINIMUM_VMS_MAX = 1000,
    CONFIG_TEXT_MAX = 262144, /* bytes of a configuration text, user_info, repository */
    CONFIG_LIST_MAX = 1000    /* repositories, branches, environment variables */
};

/* How many pods a pool has. running = total - pending - failed. */
struct pool_counts {
    int64_t total;
    int64_t used;
    int64_t available; /* free and running: what a claim can take */
    int64_t pending;   /* pending or starting */
    int64_t failed;
};

/* Adds what a pod counts in its pool, so many times; fewer than 0 takes it out. */
void pool_counts_add(struct pool_counts *counts, const struct pod *pod, int64_t times);

/* The texts of a pool's configuration: its Dockerfile and the like. */
enum pool_text {
#define POOL_TEXT(name, key, shown, file) POOL_##name,
#include "model/pool_text.def"
#undef POOL_TEXT
    POOL_TEXT__MAX
};

/* How a text is given, shown and called among files: the columns of the table; static. */
struct pool_text_names {
    const char *key, *shown, *file;
};
struct pool_text_names pool_text_names(enum pool_text text);

/* What a client says of a pool when it makes or changes it, and what a pool has. Texts and lists
 * that were not said are absent (NULL). */
struct pool_spec {
    struct text name;
    int64_t minimum_vms; /* 0: not said */
    struct text texts[POOL_TEXT__MAX];
    const struct env_var *env_vars;
    size_t env_vars_count;
    const struct text *repositories;
    const struct text *branches; /* of each repository, absent where it has none; or NULL */
    size_t repositories_count;
};

struct pool {
    int64_t number; /* n of pool-<n> */
    struct pool_spec spec;
    struct pool_counts counts;
    int64_t created_ms; /* wall clock */
    int64_t updated_ms;
    /* The pods that it was made with, which a reset of it makes again: the number of the first, and
     * how many. Only where a whole pool is said. */
    int64_t first_pod, first_pods;
};

/* Writes pool-<n>. */
void pool_put_id(struct buffer *out, int64_t number);

/* The number of such an id; false for a text that is none. */
bool pool_id_parse(struct text text, int64_t *number);

/* Writes a secret as it may be shown: 4 characters or fewer are all '*', a longer one keeps its
 * first two and last two (contract, section 4, "Masking"). Characters are those of UTF-8. */
void secret_put_masked(struct buffer *out, struct text secret);

#endif
