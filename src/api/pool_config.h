/* SPDX-License-Identifier: MIT
 *
 * A pool's configuration in request bodies: of POST pools, and of PUT and PATCH of a pool.
 */
#ifndef API_POOL_CONFIG_H
#define API_POOL_CONFIG_H

#include "call/handler.h"

/* A parsed body. A secret that is marked as masked may be the masked form of the stored secret; it
 * then means the stored secret (pool_config_unmask). */
struct pool_config_body {
    struct pool_spec spec;
    int64_t minimum_pods;        /* 0: absent, or overruled by minimum_vms */
    const bool *env_vars_masked; /* one per element of spec.env_vars */
    bool github_pat_masked;
};

/* Read the call's body, for an existing pool and for a new pool. A new pool must have a name and
 * can't have masked secrets. A minimum_vms of 0 is accepted only for an existing pool whose minimum
 * is 0, and then counts as absent. Texts live as long as the call. Return OK, ERR_BAD_JSON,
 * ERR_BAD_FIELD or ERR_NO_MEMORY. */
enum err pool_config_read(struct call *call, struct pool_config_body *body);
enum err pool_config_read_new(struct call *call, struct pool_spec *spec);

/* Replaces by the stored secret each secret in `changes` that is marked as masked and equals the
 * stored one's masked form. Any other text is a new secret. Returns OK or ERR_NO_MEMORY. */
enum err pool_config_unmask(struct call *call, const struct pool_config_body *body,
                            const struct pool_spec *stored, struct pool_spec *changes);

/* Removes from `changes` what equals `stored`. Returns true if anything is left. A text that was
 * never set is shown as "", so here it equals "". */
bool pool_config_remove_unchanged(struct pool_spec *changes, const struct pool_spec *stored);

#endif
