/* SPDX-License-Identifier: MIT
 *
 * Whether what a command names is there. The API makes a pool and a tenant when it first hears of
 * them, so that a slip in a name would make one; a command that only reads asks the control API
 * first, which makes nothing.
 */
#ifndef POOLCTL_EXISTENCE_H
#define POOLCTL_EXISTENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "poolctl/transfer.h"

/* Looks for the tenant and the pool (NULL: none) that a command would read. Returns EX_OK if they
 * are there, and also where the control API does not answer the caller, such as behind a fence;
 * else an exit status, having complained, with the service's answer on standard output if
 * `as_json`. */
int existence_check(const struct transfer_config *config, const char *pool, int64_t timeout_ms,
                    bool as_json);

#endif
