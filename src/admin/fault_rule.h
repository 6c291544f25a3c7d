/* SPDX-License-Identifier: MIT
 *
 * Reads a fault rule from a body (control API, "Fault rule").
 */
#ifndef ADMIN_FAULT_RULE_H
#define ADMIN_FAULT_RULE_H

#include "call/handler.h"
#include "model/fault.h"

/* Reads a rule, whose texts are borrowed from the body. A rule as GET shows it is accepted:
 * `matched`, `hits` and `spent` are known and ignored. Returns OK, or ERR_BAD_FIELD with a sentence
 * that names the field. */
enum err fault_rule_read(struct call *call, const struct reader_node *node, struct fault_rule *out);

#endif
