/* SPDX-License-Identifier: MIT
 *
 * GET and DELETE __admin/requests, GET __admin/requests/wait, GET __admin/leaks: the requests that
 * the service received. */
#include <stdlib.h>

#include "admin/journal_answer.h"
#include "admin/journal_filter.h"
#include "call/wait.h"
#include "call/pieces.h"
#include "tenant/tenant.h"

enum {
    LIMIT_MAX = 1000000,
    LEAKS_PAGE = 256, /* looked up at a time */
};

/* --- GET requests --- */

struct requests {
    struct pieces pieces;
    const struct journal *journal;
    struct journal_filter filter; /* `after` is the last entry visited */
    uint64_t origin;              /* the journal's at the beginning: a reset changes it and ends the
                                   * list */
    uint64_t last;                /* the newest entry at the beginning */
    int64_t left;                 /* the limit minus the entries shown */
    struct writer *writer;        /* only while a piece is shown */
};

static bool show_entry(const struct journal_entry *entry, void *context)
{
    struct requests *requests = context;

    if (entry->seq > requests->last || requests->left == 0) {
        requests->pieces.ended = true;
        return false;
    }
    if (journal_filter_matches(&requests->filter, entry)) {
        view_journal_entry(requests->writer, entry);
        requests->left--;
    }
    requests->filter.after = entry->seq;
    return !pieces_are_full(requests->writer);
}

static enum err show_entries(struct pieces *pieces, struct writer *writer)
{
    struct requests *requests = (struct requests *)pieces;

    requests->writer = writer;
    if (requests->journal->origin != requests->origin) {
        pieces->ended = true;
        return OK;
    }
    journal_each(requests->journal, requests->filter.after, show_entry, requests);
    if (!pieces_are_full(writer))
        pieces->ended = true;
    return OK;
}

static void show_dropped(struct pieces *pieces, struct writer *writer)
{
    const struct requests *requests = (const struct requests *)pieces;

    journal_answer_show_dropped(writer, requests->journal);
    writer_member_number(writer, "lastSeq", (int64_t)journal_last_seq(requests->journal));
}

enum err handle_requests(struct call *call)
{
    struct journal_filter filter;
    struct journal *journal;
    int64_t limit = INT64_MAX;
    enum err err;

    if ((err = journal_answer_open(call, &journal)) ||
        (err = journal_filter_read_query(call, &filter)) ||
        (err = call_query_number(call, "limit", 1, LIMIT_MAX, &limit)))
        return err;
    struct requests *requests = calloc(1, sizeof(*requests));
    if (!requests)
        return ERR_NO_MEMORY;
    requests->pieces.show = show_entries;
    requests->pieces.show_rest = show_dropped;
    requests->pieces.outlives_state = true;
    requests->origin = journal->origin;
    requests->journal = journal;
    requests->filter = filter;
    requests->last = journal_last_seq(journal);
    requests->left = limit;
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "requests");
    return pieces_begin(call, &writer, &requests->pieces);
}

enum err handle_delete_requests(struct call *call)
{
    enum err err = call_empty_body(call);

    if (err)
        return err;
    struct writer writer = call_begin_message(call, 200, TEXT("Journal emptied"));
    if (!(err = call_end_answer(call, &writer)))
        journal_clear(&call->tenant->journal);
    return err;
}

/* --- GET requests/wait --- */

struct requests_wait {
    struct wait wait;
    struct journal_wait journal_wait;
    const struct journal *journal;
    uint64_t missing; /* entries past `after` that were dropped before the wait began */
};

static void show_count(const struct wait *wait, struct writer *writer)
{
    const struct requests_wait *requests = (const struct requests_wait *)wait;

    writer_member_number(writer, "count", (int64_t)*wait->count);
    journal_answer_show_dropped(writer, requests->journal);
    writer_member_number(writer, "lastSeq", (int64_t)journal_last_seq(requests->journal));
}

static void explain_missing(const struct wait *wait, char out[static PROBLEM_TEXT_MAX])
{
    const struct requests_wait *requests = (const struct requests_wait *)wait;

    out[0] = '\0';
    if (requests->missing > 0)
        journal_answer_explain(requests->journal, requests->missing, out);
}

static void end_wait(struct wait *wait)
{
    journal_wait_end(&((struct requests_wait *)wait)->journal_wait);
}

static void wake(struct journal_wait *satisfied)
{
    char *at = (char *)satisfied - offsetof(struct requests_wait, journal_wait);

    wait_counted(&((struct requests_wait *)at)->wait);
}

enum err handle_wait_requests(struct call *call)
{
    struct journal_filter filter;
    struct journal *journal;
    uint64_t wanted;
    int64_t timeout_ms;
    enum err err;

    if ((err = journal_answer_open(call, &journal)) ||
        (err = journal_filter_read_query(call, &filter)) ||
        (err = wait_read_query(call, &wanted, &timeout_ms)) ||
        (err = journal_answer_check_after(call, filter.after, ERR_BAD_QUERY, "after")))
        return err;
    struct requests_wait *requests = calloc(1, sizeof(*requests));
    if (!requests)
        return ERR_NO_MEMORY;
    *requests = (struct requests_wait){
        .wait = {.count = &requests->journal_wait.count,
                 .wanted = wanted,
                 .what = "requests were answered",
                 .show = show_count,
                 .explain = explain_missing,
                 .end = end_wait},
        .journal_wait = {.filter = filter, .wanted = wanted, .satisfied = wake},
        .journal = journal,
        .missing = journal_missing(journal, filter.after),
    };
    wait_begin(call, &requests->wait, timeout_ms);
    journal_wait(journal, &requests->journal_wait);
    return OK;
}

/* --- GET leaks --- */

struct lost_claims {
    struct pieces pieces;
    struct leaks *leaks;
    const struct clock *clock;
    uint64_t after;        /* the last one looked up */
    struct writer *writer; /* only while a piece is shown */
};

static bool show_leak(const struct leak *leak, const struct pod *pod, void *context)
{
    struct lost_claims *lost = context;

    view_leak(lost->writer, leak, pod, lost->clock->wall_ms);
    return !pieces_are_full(lost->writer);
}

static enum err show_leaks(struct pieces *pieces, struct writer *writer)
{
    struct lost_claims *lost = (struct lost_claims *)pieces;
    enum err err = OK;

    lost->writer = writer;
    while (!err && !pieces->ended && !pieces_are_full(writer))
        err = leaks_list(lost->leaks, pieces->state, LEAKS_PAGE, &lost->after, &pieces->ended,
                         show_leak, lost);
    return err;
}

static void show_dropped_leaks(struct pieces *pieces, struct writer *writer)
{
    const struct lost_claims *lost = (const struct lost_claims *)pieces;

    writer_member_number(writer, "dropped", (int64_t)lost->leaks->dropped);
}

enum err handle_leaks(struct call *call)
{
    struct lost_claims *lost = calloc(1, sizeof(*lost));

    if (!lost)
        return ERR_NO_MEMORY;
    lost->pieces.show = show_leaks;
    lost->pieces.show_rest = show_dropped_leaks;
    lost->leaks = &call->tenant->leaks;
    lost->clock = call->clock;
    struct writer writer = call_begin_answer(call, 200);
    writer_key(&writer, "leaks");
    return pieces_begin(call, &writer, &lost->pieces);
}
