/* SPDX-License-Identifier: MIT
 *
 * POST __admin/verify: compares the number of matching requests in the journal with the expected
 * one.
 *
 * Entries that were dropped could have matched, so the count is a lower bound only. An assertion
 * passes or fails only if the dropped entries can't change the outcome. */
#include <stdio.h>

#include "admin/journal_answer.h"
#include "admin/journal_filter.h"
#include "tenant/tenant.h"

enum {
    MISSES_MAX = 5, /* the newest are kept */
    TIMES_MAX = 1000000000,
    MEMBERS_MAX = 1024 * 1024, /* bytes */
    CRITERIA_TEXT_MAX = 64,    /* bytes of the names of all criteria */
};

/* How many requests are expected, both bounds included. */
struct bounds {
    int64_t at_least;
    int64_t at_most;
};

/* An entry that does not match, and the set of criteria that it fails. */
struct miss {
    uint64_t seq;
    unsigned differs;
};

struct verification {
    const struct journal_filter *filter;
    int64_t count;
    /* The latest misses that fail `differing` criteria, the fewest. The n-th is at n % MISSES_MAX.
     */
    struct miss misses[MISSES_MAX];
    size_t misses_count;
    int differing;
};

static enum err read_times(struct call *call, const struct reader_node *root, struct bounds *out)
{
    static const char *const keys[] = {"exactly", "atLeast", "atMost", NULL};
    struct reader_node times, bound;
    int64_t exact = -1;
    enum err err;

    *out = (struct bounds){.at_least = 1, .at_most = TIMES_MAX};
    if (!reader_member(root, "times", &times))
        return OK;
    out->at_least = 0;
    if ((err = reader_only_keys(&times, keys, call->problem)) ||
        (err = reader_member_number(&times, "exactly", 0, TIMES_MAX, &exact, call->problem)) ||
        (err = reader_member_number(&times, "atLeast", 0, TIMES_MAX, &out->at_least,
                                    call->problem)) ||
        (err = reader_member_number(&times, "atMost", 0, TIMES_MAX, &out->at_most, call->problem)))
        return err;
    bool is_range = reader_member(&times, "atLeast", &bound) ||
                    reader_member(&times, "atMost", &bound);
    if (is_range == (exact >= 0))
        return reader_refuse(&times, call->problem,
                             "expected exactly alone, or atLeast, atMost or both");
    if (exact >= 0)
        *out = (struct bounds){.at_least = exact, .at_most = exact};
    return out->at_least <= out->at_most
               ? OK
               : reader_refuse(&times, call->problem, "atMost is below atLeast");
}

static enum err read_match(struct call *call, const struct reader_node *root,
                           struct journal_filter *out)
{
    struct reader_node match;

    *out = (struct journal_filter){0};
    return reader_member(root, "match", &match) ? journal_filter_read(call, &match, out) : OK;
}

/* Keeps a miss that fails as few criteria as the kept ones. If it fails fewer, the others are
 * dropped. */
static void note_miss(struct verification *verification, struct miss miss)
{
    int differing = __builtin_popcount(miss.differs);

    if (verification->misses_count > 0 && differing > verification->differing)
        return;
    if (differing < verification->differing)
        verification->misses_count = 0;
    verification->differing = differing;
    verification->misses[verification->misses_count++ % MISSES_MAX] = miss;
}

static bool check_entry(const struct journal_entry *entry, void *context)
{
    struct verification *verification = context;
    unsigned differs = journal_filter_misses(verification->filter, entry);

    if (differs == 0)
        verification->count++;
    else
        note_miss(verification, (struct miss){.seq = entry->seq, .differs = differs});
    return true;
}

static bool show_request(const struct journal_entry *entry, void *context)
{
    view_journal_entry(context, entry);
    return false;
}

static void name_criteria(unsigned criteria, char out[static CRITERIA_TEXT_MAX])
{
    int length = 0;

    for (int criterion = 0; criterion < JOURNAL_CRITERION__MAX; criterion++)
        if (criteria >> criterion & 1)
            length += snprintf(out + length, CRITERIA_TEXT_MAX - (size_t)length, "%s%s",
                               length > 0 ? ", " : "",
                               journal_criterion_name((enum journal_criterion)criterion));
}

static void show_misses(struct writer *writer, const struct journal *journal,
                        const struct verification *verification)
{
    size_t count = verification->misses_count;

    writer_member_array(writer, "misses");
    for (size_t i = count > MISSES_MAX ? count - MISSES_MAX : 0; i < count; i++) {
        const struct miss *miss = &verification->misses[i % MISSES_MAX];
        char criteria[CRITERIA_TEXT_MAX];
        name_criteria(miss->differs, criteria);
        writer_object(writer);
        writer_member_text(writer, "differs", text_of(criteria));
        writer_key(writer, "request");
        journal_each(journal, miss->seq - 1, show_request, writer);
        writer_end_object(writer);
    }
    writer_end_array(writer);
}

/* Writes "exactly 5 release requests", or "at least 1 matching request". */
static void name_expected(const struct bounds *bounds, const char *kind, char *out, size_t size)
{
    long long least = bounds->at_least, most = bounds->at_most;

    if (least == most)
        snprintf(out, size, "exactly %lld %s request%s", least, kind, least == 1 ? "" : "s");
    else if (most == TIMES_MAX)
        snprintf(out, size, "at least %lld %s request%s", least, kind, least == 1 ? "" : "s");
    else if (least == 0)
        snprintf(out, size, "at most %lld %s request%s", most, kind, most == 1 ? "" : "s");
    else
        snprintf(out, size, "%lld to %lld %s requests", least, most, kind);
}

/* Returns OK if the assertion holds, ERR_NOT_VERIFIED if it fails, and ERR_JOURNAL_INCOMPLETE if
 * dropped entries could decide it. */
static enum err judge(const struct bounds *bounds, int64_t count, bool is_whole)
{
    if (count > bounds->at_most)
        return ERR_NOT_VERIFIED;
    if (is_whole)
        return count >= bounds->at_least ? OK : ERR_NOT_VERIFIED;
    return count >= bounds->at_least && bounds->at_most == TIMES_MAX ? OK : ERR_JOURNAL_INCOMPLETE;
}

/* Returns what the sentence calls the requests: their operation, if the filter has exactly one. */
static const char *name_kind(const struct journal_filter *filter)
{
    uint32_t set = filter->operations;
    bool is_one = set != 0 && (set & (set - 1)) == 0;

    return is_one ? operation_name((enum operation)__builtin_ctz(set)) : "matching";
}

static void set_problem(struct call *call, const struct bounds *bounds,
                        const struct verification *verification, enum err err)
{
    const struct journal *journal = &call->tenant->journal;
    char expected[96], missing[PROBLEM_TEXT_MAX];
    bool is_whole = err == ERR_NOT_VERIFIED;

    name_expected(bounds, name_kind(verification->filter), expected, sizeof(expected));
    if (!is_whole)
        journal_answer_explain(journal, journal_missing(journal, verification->filter->after),
                               missing);
    problem_set(call->problem, err, "expected %s, found %lld%s%s", expected,
                (long long)verification->count, is_whole ? "" : ", but ", is_whole ? "" : missing);
}

/* Answers an assertion that fails or can't be decided, with the count and the nearest misses. */
static enum err answer_conflict(struct call *call, const struct bounds *bounds,
                                const struct verification *verification, enum err err)
{
    const struct journal *journal = &call->tenant->journal;
    struct buffer members = buffer_new(MEMBERS_MAX);
    struct writer writer = writer_new(&members);

    writer_member_number(&writer, "count", verification->count);
    journal_answer_show_dropped(&writer, journal);
    show_misses(&writer, journal, verification);
    struct text copy = arena_take(call->arena, &members);
    if (!copy.at)
        return ERR_NO_MEMORY;
    set_problem(call, bounds, verification, err);
    problem_set_members(call->problem, copy);
    return err;
}

enum err handle_verify(struct call *call)
{
    static const char *const keys[] = {"match", "times", NULL};
    struct journal_filter filter;
    struct verification verification = {.filter = &filter};
    struct journal *journal;
    struct reader_node root;
    struct bounds bounds;
    enum err err;

    if ((err = journal_answer_open(call, &journal)) || (err = call_body(call, &root)) ||
        (err = reader_only_keys(&root, keys, call->problem)) ||
        (err = read_match(call, &root, &filter)) || (err = read_times(call, &root, &bounds)) ||
        (err = journal_answer_check_after(call, filter.after, ERR_BAD_FIELD, "match.after")))
        return err;
    journal_each(journal, filter.after, check_entry, &verification);
    err = judge(&bounds, verification.count, journal_missing(journal, filter.after) == 0);
    if (err)
        return answer_conflict(call, &bounds, &verification, err);
    struct writer writer = call_begin_answer(call, 200);
    writer_member_number(&writer, "count", verification.count);
    journal_answer_show_dropped(&writer, journal);
    return call_end_answer(call, &writer);
}
