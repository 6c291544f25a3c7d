/* SPDX-License-Identifier: MIT */
#include "live/event_filter.h"

#include "base/glob.h"

#define ALL_TYPES UINT32_MAX
_Static_assert(EVENT_TYPE__MAX <= 32, "a bit for each type");

/* Returns the types that the pattern matches. */
static uint32_t types_like(struct text pattern)
{
    const char *const *words = event_type_words();
    uint32_t types = 0;

    for (int type = 0; type < EVENT_TYPE__MAX; type++)
        if (glob_matches(pattern, text_of(words[type])))
            types |= (uint32_t)1 << type;
    return types;
}

/* Returns the types of events that belong to one pool. */
static uint32_t types_of_pools(void)
{
    return types_like(TEXT("pod.*")) | types_like(TEXT("pods.*")) | types_like(TEXT("pool.*"));
}

/* Reads the patterns of `types`, with commas between them. Each must match one of the types that
 * `*types` has at the call. */
static enum err read_types(struct call *call, uint32_t *types)
{
    uint32_t possible = *types;
    struct text rest, pattern;
    enum err err = call_query_pattern(call, "types", &rest);

    if (err || !rest.at)
        return err;
    *types = 0;
    while (text_cut(&rest, ',', &pattern)) {
        uint32_t like = types_like(pattern) & possible;
        if (!like)
            return problem_set(call->problem, ERR_BAD_QUERY,
                               "types: no event %shas the type '%.*s'",
                               possible == ALL_TYPES ? "" : "of a pool ", TEXT_ARGS(pattern));
        *types |= like;
    }
    return OK;
}

enum err event_filter_read(struct call *call, struct event_filter *out)
{
    struct pod_name pod_name = {0};
    enum err err;

    *out = (struct event_filter){.types = ALL_TYPES, .only_pool = call_pool_name(call)};
    if (out->only_pool.at)
        out->types = types_of_pools();
    if ((err = read_types(call, &out->types)) ||
        (err = call_query_pattern(call, "pool", &out->pool_name)) ||
        (err = call_query_pod(call, &pod_name)) ||
        (err = call_query_pattern(call, "workspaceId", &out->workspace)))
        return err;
    out->pod_number = pod_name.pod_number;
    return OK;
}

static bool matches_pod(int64_t pod_number, const struct event *event)
{
    int64_t last = event->last_pod_number ? event->last_pod_number : event->pod_number;

    return pod_number == 0 || (event->pod_number <= pod_number && pod_number <= last);
}

bool event_filter_matches(const struct event_filter *filter, const struct event *event)
{
    return (filter->types >> event->type & 1) && matches_pod(filter->pod_number, event) &&
           (!filter->only_pool.at || text_equal(filter->only_pool, event->pool_name)) &&
           (!filter->pool_name.at ||
            (event->pool_name.at && glob_matches(filter->pool_name, event->pool_name))) &&
           (!filter->workspace.at ||
            (event->workspace.at && glob_matches(filter->workspace, event->workspace)));
}
