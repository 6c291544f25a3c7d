/* SPDX-License-Identifier: MIT
 *
 * The callback rules of a tenant (docs/callbacks.md). Stores them and makes the deliveries that an
 * event asks for.
 */
#ifndef TENANT_CALLBACK_RULES_H
#define TENANT_CALLBACK_RULES_H

#include "base/err.h"
#include "model/delivery.h"
#include "model/event.h"
#include "tenant/deliveries.h"

/* A zeroed struct has no rules. Callers read the members; only tenant/callback_rules.c writes
 * them. */
struct callback_rules {
    struct callback_rule *list; /* owned, with the texts behind it */
    size_t count;
};

/* Frees the rules. */
void callback_rules_clear(struct callback_rules *rules);

/* Replaces all rules by copies. `count` is at most CALLBACK_RULES_MAX, and ids are unique. A rule
 * without an id gets `callback-<n>`. Returns OK, or ERR_NO_MEMORY, which leaves the rules as they
 * are. */
enum err callback_rules_replace(struct callback_rules *rules, const struct callback_rule *list,
                                size_t count);

/* Replaces the rules by those of `from`, which has none afterwards. */
void callback_rules_take(struct callback_rules *rules, struct callback_rules *from);

/* Adds the deliveries that the rules ask for at an event: one for each pod that has failed. */
void callback_rules_apply(const struct callback_rules *rules, const struct event *event,
                          struct deliveries *deliveries);

#endif
