/* SPDX-License-Identifier: MIT
 *
 * A pool's configuration as bodies say it: in POST pools, and in PUT and PATCH of a pool.
 */
#ifndef API_POOL_CONFIG_H
#define API_POOL_CONFIG_H

#include "call/handler.h"

/* What a body says. A secret in it may be the masked form of the one that is stored, and then
 * stands for that. */
struct pool_config_body {
    struct pool_spec spec;
    int64_t minimum_pods; /* pods that the pool is to have at least; 0: not given, or overruled by a
                             minimum_vms */
    const bool *env_vars_masked; /* for each of spec.env_vars */
    bool github_pat_masked;
};

/* Reads the call's body. Both return OK, ERR_BAD_JSON, ERR_BAD_FIELD, ERR_NO_MEMORY; texts live as
 * long as the call. A new pool has to have a name, and nothing that a mask could stand for. A
 * minimum_vms of 0 is refused, but for a pool whose minimum is 0: it then reads as not given. */
enum err pool_config_read(struct call *call, struct pool_config_body *body);
enum err pool_config_read_new(struct call *call, struct pool_spec *spec);

/* Puts the stored secret where exactly its masked form was said to be masked; any other text is a
 * new secret. */
enum err pool_config_unmask(struct call *call, const struct pool_config_body *body,
                            const struct pool_spec *stored, struct pool_spec *changes);

/* Takes out of `changes` what `stored` has already; true if anything is left. A text that was never
 * set is shown as "", so the two are the same here. */
bool pool_config_remove_unchanged(struct pool_spec *changes, const struct pool_spec *stored);

#endif
