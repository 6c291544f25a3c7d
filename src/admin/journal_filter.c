/* SPDX-License-Identifier: MIT */
#include "admin/journal_filter.h"

#include "admin/operations.h"
#include "tenant/tenant.h"

enum { STATUS_MIN = 100, STATUS_MAX = 999 };

#define AFTER_MAX INT64_C(1000000000000000)

/* Refuses a filter that matches no possible request. */
static enum err check_parameters(struct call *call, const struct journal_filter *filter)
{
    const bool given[OPERATION_PART__MAX] = {
        [OPERATION_PART_POOL] = filter->pool.at,
        [OPERATION_PART_POD] = filter->pod_name.pod_number != 0,
        [OPERATION_PART_WORKSPACE] = filter->workspace.at,
    };

    return operations_check_query(call, filter->operations, given);
}

enum err journal_filter_read_query(struct call *call, struct journal_filter *out)
{
    int64_t after = 0, status = 0;
    enum err err;

    *out = (struct journal_filter){0};
    if ((err = operations_read_query(call, &out->operations)) ||
        (err = call_query_pattern(call, "pool", &out->pool)) ||
        (err = call_query_pod(call, &out->pod_name)) ||
        (err = call_query_pattern(call, "workspaceId", &out->workspace)) ||
        (err = check_parameters(call, out)) ||
        (err = call_query_number(call, "status", STATUS_MIN, STATUS_MAX, &status)) ||
        (err = call_query_number(call, "after", 0, AFTER_MAX, &after)))
        return err;
    out->status = (int)status;
    out->after = (uint64_t)after;
    return OK;
}

static enum err read_pattern(struct call *call, const struct reader_node *object, const char *key,
                             struct text *out)
{
    struct reader_node node;

    if (!reader_member(object, key, &node))
        return OK;
    enum err err = reader_filled_text(&node, CALL_PATTERN_MAX, out, call->problem);
    if (err)
        return err;
    *out = arena_copy(call->arena, *out);
    return out->at ? OK : ERR_NO_MEMORY;
}

static enum err read_pod(struct call *call, const struct reader_node *object, struct pod_name *out)
{
    struct reader_node node;
    struct text name;

    if (!reader_member(object, "pod", &node))
        return OK;
    enum err err = reader_text(&node, CALL_PATTERN_MAX, &name, call->problem);
    if (err || pod_name_of_tenant(name, text_of(call->tenant->name), out))
        return err;
    return reader_refuse(&node, call->problem, CALL_NOT_A_POD);
}

enum err journal_filter_read(struct call *call, const struct reader_node *object,
                             struct journal_filter *out)
{
    static const char *const keys[] = {JOURNAL_FILTER_KEYS, NULL};
    int64_t after = 0, status = 0;
    enum err err;

    *out = (struct journal_filter){0};
    if ((err = reader_only_keys(object, keys, call->problem)) ||
        (err = operations_read(call, object, &out->operations)) ||
        (err = read_pattern(call, object, "pool", &out->pool)) ||
        (err = read_pod(call, object, &out->pod_name)) ||
        (err = read_pattern(call, object, "workspaceId", &out->workspace)) ||
        (err = operations_check(call, object, out->operations, true)) ||
        (err = reader_member_number(object, "status", STATUS_MIN, STATUS_MAX, &status,
                                    call->problem)) ||
        (err = reader_member_number(object, "after", 0, AFTER_MAX, &after, call->problem)))
        return err;
    out->status = (int)status;
    out->after = (uint64_t)after;
    return OK;
}
