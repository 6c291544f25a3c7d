/* SPDX-License-Identifier: MIT
 *
 * Checks that the tenant and the pool of a command exist. The API makes a pool or a tenant when it
 * is first used, so reading a misspelt name would make one. A command that only reads asks the
 * control API first, which makes nothing.
 */
#ifndef POOLCTL_EXISTENCE_H
#define POOLCTL_EXISTENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "poolctl/transfer.h"

/* Checks that the tenant of `config` and the pool (NULL: none) exist. Returns EX_OK if they do, or
 * if the control API refuses the caller (by its token, or by nginx's fence). Otherwise complains,
 * prints the service's answer to standard output if `as_json`, and returns an exit status. */
int existence_check(const struct transfer_config *config, const char *pool, int64_t timeout_ms,
                    bool as_json);

#endif
