/* SPDX-License-Identifier: MIT */
#include "model/journal_entry.h"

#include "base/check.h"
#include "base/glob.h"

const char *journal_criterion_name(enum journal_criterion criterion)
{
    static const char *const names[JOURNAL_CRITERION__MAX] = {
#define CRITERION(name, shown) [JOURNAL_##name] = shown,
#include "model/journal_criterion.def"
#undef CRITERION
    };

    CHECK(criterion < JOURNAL_CRITERION__MAX);
    return names[criterion];
}

static bool matches_text(struct text pattern, struct text text)
{
    return !pattern.at || (text.at && glob_matches(pattern, text));
}

static bool matches_pod(struct pod_name wanted, struct pod_name pod)
{
    return wanted.pod_number == 0 || (wanted.pod_number == pod.pod_number &&
                                      (wanted.pool_number == 0 || pod.pool_number == 0 ||
                                       wanted.pool_number == pod.pool_number));
}

static bool matches(const struct journal_filter *filter, const struct journal_entry *entry,
                    enum journal_criterion criterion)
{
    switch (criterion) {
    case JOURNAL_OPERATION:
        return filter->operations == 0 ||
               operations_contain(filter->operations, entry->about.operation);
    case JOURNAL_POOL:
        return matches_text(filter->pool, entry->about.pool_name);
    case JOURNAL_POD:
        return matches_pod(filter->pod_name, entry->about.pod_name);
    case JOURNAL_WORKSPACE:
        return matches_text(filter->workspace, entry->about.workspace);
    case JOURNAL_STATUS:
        return filter->status == 0 || filter->status == entry->status;
    case JOURNAL_CRITERION__MAX:
        break;
    }
    CHECK(false);
}

unsigned journal_filter_misses(const struct journal_filter *filter,
                               const struct journal_entry *entry)
{
    unsigned misses = 0;

    for (int criterion = 0; criterion < JOURNAL_CRITERION__MAX; criterion++)
        if (!matches(filter, entry, (enum journal_criterion)criterion))
            misses |= 1u << criterion;
    return misses;
}

bool journal_filter_matches(const struct journal_filter *filter, const struct journal_entry *entry)
{
    return entry->seq > filter->after && journal_filter_misses(filter, entry) == 0;
}
