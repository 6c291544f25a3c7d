/* SPDX-License-Identifier: MIT
 *
 * An entry of the journal, which describes one request, and a filter of entries. Plain values; the
 * journal fills them, the views write them.
 */
#ifndef MODEL_JOURNAL_ENTRY_H
#define MODEL_JOURNAL_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "model/operation.h"
#include "model/pod.h"
#include "model/subject.h"

/* Whether an answer reached the front end. */
enum answer_fate { ANSWER_PENDING, ANSWER_DELIVERED, ANSWER_LOST };

/* One request. `status` is 0 until it has been answered; `duration_us` and `fault` are known only
 * afterwards. */
struct journal_entry {
    uint64_t seq;           /* counts requests in the order of arrival; the first is 1 */
    int64_t at_ms;          /* when it arrived, on the state's clock */
    struct text request_id; /* the front end's; absent if it gave none */
    struct text method;
    struct text path; /* raw, without the query */
    struct subject about;
    int status;
    int64_t duration_us; /* real time */
    struct text fault;   /* ids of the fault rules that hit it; absent: none did */
    enum answer_fate fate;
};

/* The criteria of a filter. */
enum journal_criterion {
#define CRITERION(name, shown) JOURNAL_##name,
#include "model/journal_criterion.def"
#undef CRITERION
    JOURNAL_CRITERION__MAX
};

/* Returns the criterion's key in queries and bodies. Static. */
const char *journal_criterion_name(enum journal_criterion criterion);

/* Matches the entries later than `after` that meet every criterion that is set. Texts are
 * borrowed. */
struct journal_filter {
    uint64_t after;           /* a seq; 0: from the first entry */
    uint32_t operations;      /* a set; 0: any */
    struct text pool;         /* a pattern (base/glob.h); absent: any */
    struct pod_name pod_name; /* pod number 0: any */
    struct text workspace;    /* a pattern; absent: any */
    int status;               /* 0: any, including requests that are not answered yet */
};

/* The keys of a filter, for the list of allowed keys of a query or a body. */
#define JOURNAL_FILTER_KEYS "operation", "pool", "pod", "workspaceId", "status", "after"

/* Returns true if the entry is later than `after` and meets all criteria. */
bool journal_filter_matches(const struct journal_filter *filter, const struct journal_entry *entry);

/* Returns the criteria that the entry does not meet, as a set with bit 1 << criterion for each.
 * Ignores `after`. */
unsigned journal_filter_misses(const struct journal_filter *filter,
                               const struct journal_entry *entry);

#endif
