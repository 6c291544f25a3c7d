/* SPDX-License-Identifier: MIT
 *
 * The ids that clients give their rules.
 */
#ifndef CALL_RULE_ID_H
#define CALL_RULE_ID_H

#include "call/handler.h"

/* Reads the member `id` of a rule. Without the member, `id` keeps its value. Returns OK, or
 * ERR_BAD_FIELD with a sentence. */
enum err rule_id_read(struct call *call, const struct reader_node *rule, struct text *id);

#endif
