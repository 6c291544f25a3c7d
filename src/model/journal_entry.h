/* SPDX-License-Identifier: MIT
 *
 * What the journal tells of one request, and which requests somebody asks about. Plain values; the
 * journal fills them, the views show them.
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
enum delivery { DELIVERY_PENDING, DELIVERED, UNDELIVERED };

/* One request. It is answered when `status` is not 0; `duration_us` and `fault` are known only
 * then. */
struct journal_entry {
    uint64_t seq;           /* counts the requests from 1 on, in the order of their arrival */
    int64_t at_ms;          /* when it arrived, on the state's clock */
    struct text request_id; /* the front end's; absent if it gave none */
    struct text method;
    struct text path; /* raw, without the query */
    struct subject about;
    int status;
    int64_t duration_us; /* real time */
    struct text fault;   /* the rules' ids; absent: none was applied */
    enum delivery delivery;
};

/* What is asked of an entry, and what tells one that was not meant from one that was. */
enum journal_criterion {
#define CRITERION(name, shown) JOURNAL_##name,
#include "model/journal_criterion.def"
#undef CRITERION
    JOURNAL_CRITERION__MAX
};

/* The criterion as it stands in queries and bodies; static. */
const char *journal_criterion_name(enum journal_criterion criterion);

/* Which entries: those after `after` that meet every criterion that is given. Texts are borrowed.
 */
struct journal_filter {
    uint64_t after;           /* a seq; 0: from the first on */
    uint32_t operations;      /* a set; 0: any */
    struct text pool;         /* a pattern (base/glob.h); absent: any */
    struct pod_name pod_name; /* without a pod number: any */
    struct text workspace;    /* as `pool` */
    int status;               /* 0: any, pending ones too */
};

/* The keys that a filter is said with, for a list of those that a query or a body may have. */
#define JOURNAL_FILTER_KEYS "operation", "pool", "pod", "workspaceId", "status", "after"

/* True if the entry lies after the filter's `after` and meets all criteria. */
bool journal_filter_fits(const struct journal_filter *filter, const struct journal_entry *entry);

/* The criteria that the entry does not meet, whatever its seq: a set with a bit for each. */
unsigned journal_filter_misses(const struct journal_filter *filter,
                               const struct journal_entry *entry);

#endif
