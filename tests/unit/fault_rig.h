/* SPDX-License-Identifier: MIT
 *
 * The fault rules of one tenant, and claims that meet them.
 */
#ifndef FAULT_RIG_H
#define FAULT_RIG_H

#include "tenant/faults.h"

struct fault_rig {
    struct faults faults; /* under the seed 42 */
    struct fault_hit hit; /* the last one */
    int64_t now_ms;
};
extern struct fault_rig rig;

/* Set-up and tear-down of a test. */
void fault_rig_begin(void);
void fault_rig_end(void);

/* A rule that answers every claim with a 503, before it runs. */
struct fault_rule fault_rig_rule(const char *id);
void fault_rig_add(struct fault_rule rule);

/* A claim of the pool "p". */
extern const struct fault_request fault_rig_claim;

/* Whether a rule takes a request before it runs. */
bool fault_rig_draw(const struct fault_request *request);

/* What the rule of that id has counted; fails where there is none. */
struct fault_counts fault_rig_counts(const char *id);
void fault_rig_check_counts(const char *id, int64_t matched, int64_t hits, bool spent);

#endif
