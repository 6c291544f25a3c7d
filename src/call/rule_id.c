/* SPDX-License-Identifier: MIT */
#include "call/rule_id.h"

#include "model/name.h"

enum err rule_id_read(struct call *call, const struct reader_node *rule, struct text *id)
{
    struct reader_node member;
    enum err err;

    if (!reader_member(rule, "id", &member))
        return OK;
    if ((err = reader_text(&member, RULE_ID_MAX, id, call->problem)))
        return err;
    return rule_id_is_valid(*id)
               ? OK
               : reader_refuse(&member, call->problem,
                               "expected 1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-', "
                               "and no dot at the front");
}
