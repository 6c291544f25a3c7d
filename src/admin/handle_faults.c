/* SPDX-License-Identifier: MIT
 *
 * __admin/faults: the fault rules of a tenant. */
#include "admin/fault_rule.h"

#include "tenant/tenant.h"

static struct faults *faults_of(struct call *call)
{
    return &call->tenant->faults;
}

static void note_change(struct call *call)
{
    tenant_note(call->tenant, &(struct event){.type = EVENT_FAULTS_CHANGED});
}

static void show(struct writer *writer, struct call *call, const struct faults *faults, size_t at)
{
    struct fault_counts counts;
    const struct fault_rule *rule = faults_get(faults, at, call->clock->wall_ms, &counts);

    view_fault(writer, rule, &counts);
}

static enum err show_all(struct call *call, const struct faults *faults)
{
    struct writer writer = call_begin_answer(call, 200);

    writer_member_array(&writer, "faults");
    for (size_t i = 0; i < faults->count; i++)
        show(&writer, call, faults, i);
    writer_end_array(&writer);
    return call_end_answer(call, &writer);
}

enum err handle_faults(struct call *call)
{
    return show_all(call, faults_of(call));
}

/* Refuses a rule with the id of an earlier one. */
static enum err check_id(struct call *call, const struct reader_node *node,
                         const struct fault_rule *rules, size_t count)
{
    struct reader_node id;

    if (!reader_member(node, "id", &id))
        return OK;
    for (size_t i = 0; i < count; i++)
        if (text_equal(rules[i].id, rules[count].id))
            return reader_refuse(&id, call->problem, "another rule has the same id");
    return OK;
}

enum err handle_set_faults(struct call *call)
{
    struct faults fresh = {.seed = faults_of(call)->seed};
    struct reader_node root;
    size_t count;
    enum err err;

    if ((err = call_any_body(call, &root)) ||
        (err = reader_array(&root, FAULTS_MAX, &count, call->problem)))
        return err;
    struct fault_rule *rules = arena_alloc(call->arena, count * sizeof(*rules));
    if (!rules)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        struct reader_node element = reader_element(&root, i);
        if ((err = fault_rule_read(call, &element, &rules[i])) ||
            (err = check_id(call, &element, rules, i)))
            return err;
    }
    if (!(err = faults_replace(&fresh, rules, count, call->clock->wall_ms)) &&
        !(err = show_all(call, &fresh))) {
        faults_take(faults_of(call), &fresh);
        note_change(call);
    }
    faults_clear(&fresh);
    return err;
}

enum err handle_add_fault(struct call *call)
{
    struct faults *faults = faults_of(call);
    int64_t last_id = faults->last_id;
    struct fault_counts counts;
    struct fault_rule rule;
    struct reader_node root;
    enum err err;

    if ((err = call_body(call, &root)) || (err = fault_rule_read(call, &root, &rule)))
        return err;
    err = faults_add(faults, &rule, call->clock->wall_ms);
    if (err == ERR_FAULT_LIMIT)
        return problem_set(call->problem, err, "the limit of %d fault rules is reached; delete one",
                           FAULTS_MAX);
    if (err == ERR_FAULT_EXISTS)
        return problem_set(call->problem, err, "there is a fault rule %.*s already",
                           TEXT_ARGS(rule.id));
    if (err)
        return err;
    struct writer writer = call_begin_answer(call, 201);
    writer_key(&writer, "fault");
    show(&writer, call, faults, faults->count - 1);
    if ((err = call_end_answer(call, &writer))) {
        faults_remove(faults, faults_get(faults, faults->count - 1, 0, &counts)->id);
        faults->last_id = last_id;
        return err;
    }
    note_change(call);
    return OK;
}

enum err handle_delete_faults(struct call *call)
{
    size_t count = faults_of(call)->count;
    enum err err = call_empty_body(call);

    if (err)
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Fault rules deleted"));
    writer_member_number(&writer, "deleted", (int64_t)count);
    if ((err = call_end_answer(call, &writer)))
        return err;
    faults_clear(faults_of(call));
    note_change(call);
    return OK;
}

enum err handle_delete_fault(struct call *call)
{
    struct text id = router_parameter(&call->match, TEXT("fault"));
    struct writer writer = call_begin_message(call, 200, TEXT("Fault rule deleted"));
    enum err err = call_end_answer(call, &writer);

    if (err || (err = faults_remove(faults_of(call), id)))
        return err;
    note_change(call);
    return OK;
}
