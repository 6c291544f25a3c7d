/* SPDX-License-Identifier: MIT
 *
 * Reads a fault rule from a body (docs/control.md, "Fault rules").
 */
#ifndef ADMIN_FAULT_RULE_H
#define ADMIN_FAULT_RULE_H

#include "call/handler.h"
#include "model/fault.h"

/* Reads a rule. Its texts are valid as long as the call. A rule as GET shows it is accepted: its
 * members `matched`, `hits` and `spent` are ignored. Returns OK, ERR_BAD_FIELD with a sentence that
 * names the field, or ERR_NO_MEMORY. */
enum err fault_rule_read(struct call *call, const struct reader_node *node, struct fault_rule *out);

#endif
