/* SPDX-License-Identifier: MIT
 *
 * __admin/callbacks: the callback rules of a tenant. */
#include "callbacks/callback_rule.h"

#include "tenant/tenant.h"

static enum err show_rules(struct call *call, const struct callback_rules *rules)
{
    struct writer writer = call_begin_answer(call, 200);

    writer_member_array(&writer, "callbacks");
    for (size_t i = 0; i < rules->count; i++)
        view_callback_rule(&writer, &rules->list[i]);
    writer_end_array(&writer);
    return call_end_answer(call, &writer);
}

enum err handle_callbacks(struct call *call)
{
    return show_rules(call, &call->tenant->callback_rules);
}

/* Refuses the last rule if it has the id of an earlier one. */
static enum err check_id(struct call *call, const struct reader_node *node,
                         const struct callback_rule *rules, size_t last)
{
    struct reader_node id;

    if (!reader_member(node, "id", &id))
        return OK;
    for (size_t i = 0; i < last; i++)
        if (text_equal(rules[i].id, rules[last].id))
            return reader_refuse(&id, call->problem, "another rule has the same id");
    return OK;
}

enum err handle_set_callbacks(struct call *call)
{
    struct callback_rules fresh = {0};
    struct reader_node root;
    size_t count;
    enum err err;

    if ((err = call_any_body(call, &root)) ||
        (err = reader_array(&root, CALLBACK_RULES_MAX, &count, call->problem)))
        return err;
    struct callback_rule *rules = arena_alloc(call->arena, count * sizeof(*rules));
    if (!rules)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        struct reader_node element = reader_element(&root, i);
        if ((err = callback_rule_read(call, &element, &rules[i])) ||
            (err = check_id(call, &element, rules, i)))
            return err;
    }
    if (!(err = callback_rules_replace(&fresh, rules, count)) && !(err = show_rules(call, &fresh)))
        tenant_take_callback_rules(call->tenant, &fresh);
    callback_rules_clear(&fresh);
    return err;
}

enum err handle_delete_callbacks(struct call *call)
{
    size_t count = call->tenant->callback_rules.count;
    enum err err = call_empty_body(call);

    if (err)
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Callback rules deleted"));
    writer_member_number(&writer, "deleted", (int64_t)count);
    if (!(err = call_end_answer(call, &writer)))
        tenant_take_callback_rules(call->tenant, &(struct callback_rules){0});
    return err;
}
