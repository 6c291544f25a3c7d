/* SPDX-License-Identifier: MIT
 *
 * Reads the members beside the status of a fault rule's answer: those of an error, or headers and
 * content (docs/control.md, "Content").
 */
#ifndef ADMIN_FAULT_CONTENT_H
#define ADMIN_FAULT_CONTENT_H

#include "call/handler.h"
#include "model/fault.h"

/* Reads retryAfter, error, headers, json and text of an answer. The answer's kind, and its status
 * if it has one, must be set in `rule`. Texts live as long as the call. Returns OK, ERR_BAD_FIELD
 * or ERR_NO_MEMORY. */
enum err fault_content_read(struct call *call, const struct reader_node *answer,
                            struct fault_rule *rule);

#endif
