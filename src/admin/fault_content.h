/* SPDX-License-Identifier: MIT
 *
 * Reads the members beside the status of a fault rule's answer: an error's, or headers and content.
 */
#ifndef ADMIN_FAULT_CONTENT_H
#define ADMIN_FAULT_CONTENT_H

#include "call/handler.h"
#include "model/fault.h"

/* Reads retryAfter, error, headers, json and text of an answer. Its kind, and its status if it has
 * one, have been read before. Texts live as long as the call. Returns OK, ERR_BAD_FIELD,
 * ERR_NO_MEMORY. */
enum err fault_content_read(struct call *call, const struct reader_node *answer,
                            struct fault_rule *rule);

#endif
