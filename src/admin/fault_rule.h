/* SPDX-License-Identifier: MIT
 *
 * A fault rule as a client says it (control API, "Fault rule").
 */
#ifndef ADMIN_FAULT_RULE_H
#define ADMIN_FAULT_RULE_H

#include "call/handler.h"
#include "model/fault.h"

/* Reads one; its texts are borrowed from the body. What GET shows can be given back: `matched`,
 * `hits` and `spent` are known keys and not looked at. Returns OK, or ERR_BAD_FIELD with a sentence
 * that names the field. */
enum err fault_rule_read(struct call *call, const struct reader_node *node, struct fault_rule *out);

#endif
