/* SPDX-License-Identifier: MIT
 *
 * Reads a callback rule from a body (docs/callbacks.md, "Rules").
 */
#ifndef CALLBACKS_CALLBACK_RULE_H
#define CALLBACKS_CALLBACK_RULE_H

#include "call/handler.h"
#include "model/delivery.h"

/* Reads a rule, in the form in which GET shows it. Its texts are valid as long as the call. Members
 * that the body of the rule leaves out get their defaults. Returns OK, ERR_BAD_FIELD with a
 * sentence that names the field, or ERR_NO_MEMORY. */
enum err callback_rule_read(struct call *call, const struct reader_node *node,
                            struct callback_rule *out);

#endif
