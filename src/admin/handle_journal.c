/* SPDX-License-Identifier: MIT
 *
 * GET and DELETE __admin/requests, GET __admin/requests/wait, GET __admin/leaks: the requests that
 * the service received. */
#include <stdlib.h>

#include "admin/journal_answer.h"
#include "admin/journal_filter.h"
#include "call/pieces.h"
#include "base/duration.h"
#include "tenant/tenant.h"

enum {
    LIMIT_MAX = 1000000,
    LEAKS_PAGE = 256, /* looked up at a time */
    WAIT_COUNT_MAX = 1000000,
    WAIT_BY_DEFAULT_MS = 5 * 1000,
    WAIT_MAX_MS = 4 * 60 * 1000, /* shorter than the front end's time limit */
    WAIT_MEMBERS_MAX = 128,      /* bytes */
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

struct wait {
    struct continuation continuation;
    struct journal_wait wait;
    const struct journal *journal;
    struct arena *arena; /* of the request */
    struct problem problem;
    int64_t timeout_ms;
    uint64_t missing; /* entries past `after` that were dropped before the wait began */
    bool parked;
};

static void show_count(struct writer *writer, const struct wait *wait)
{
    writer_member_number(writer, "count", (int64_t)wait->wait.count);
    journal_answer_show_dropped(writer, wait->journal);
    writer_member_number(writer, "lastSeq", (int64_t)journal_last_seq(wait->journal));
}

static bool is_over(const struct wait *wait)
{
    return wait->wait.count >= wait->wait.wanted;
}

/* Answers a wait that has timed out: how many requests were answered, and whether more may have
 * been dropped. */
static enum continuation_step give_up(struct wait *wait)
{
    char missing[PROBLEM_TEXT_MAX], timeout[DURATION_TEXT_MAX];
    struct buffer out = buffer_new(WAIT_MEMBERS_MAX);
    struct writer writer = writer_new(&out);

    show_count(&writer, wait);
    if (wait->missing > 0)
        journal_answer_explain(wait->journal, wait->missing, missing);
    duration_write(wait->timeout_ms, timeout);
    problem_set(&wait->problem, ERR_WAIT_TIMEOUT,
                "%llu of %llu requests were answered within %s%s%s",
                (unsigned long long)wait->wait.count, (unsigned long long)wait->wait.wanted,
                timeout, wait->missing > 0 ? "; " : "", wait->missing > 0 ? missing : "");
    problem_set_members(&wait->problem, arena_take(wait->arena, &out));
    wait->continuation.failure = &wait->problem;
    return CONTINUATION_FAILED;
}

static enum continuation_step step(struct continuation *continuation, struct response *response)
{
    struct wait *wait = (struct wait *)continuation;

    if (!is_over(wait) && !wait->parked) {
        wait->parked = true;
        return CONTINUATION_WAIT;
    }
    if (!is_over(wait))
        return give_up(wait);
    struct writer writer = answer_begin(response, 200);
    show_count(&writer, wait);
    writer_end_object(&writer);
    return CONTINUATION_DONE;
}

static void wait_free(struct continuation *continuation)
{
    struct wait *wait = (struct wait *)continuation;

    journal_wait_end(&wait->wait);
    free(wait);
}

/* Wakes the waiting request. It is not parked yet if the wait was satisfied at once. */
static void wake(struct journal_wait *satisfied)
{
    struct wait *wait = (struct wait *)((char *)satisfied - offsetof(struct wait, wait));

    if (wait->continuation.wake)
        wait->continuation.wake(&wait->continuation);
}

static enum err read_timeout(struct call *call, int64_t *timeout_ms)
{
    char fault[DURATION_FAULT_MAX];
    struct text text;
    enum err err = call_query(call, "timeout", &text);

    *timeout_ms = WAIT_BY_DEFAULT_MS;
    if (err || text.length == 0 || duration_read(text, WAIT_MAX_MS, timeout_ms))
        return err;
    duration_fault(text, WAIT_MAX_MS, fault);
    return call_refuse_parameter(call, "timeout", text, fault);
}

enum err handle_wait_requests(struct call *call)
{
    struct journal_filter filter;
    struct journal *journal;
    int64_t count = 1, timeout_ms;
    enum err err;

    if ((err = journal_answer_open(call, &journal)) ||
        (err = journal_filter_read_query(call, &filter)) ||
        (err = call_query_number(call, "count", 1, WAIT_COUNT_MAX, &count)) ||
        (err = read_timeout(call, &timeout_ms)) ||
        (err = journal_answer_check_after(call, filter.after, ERR_BAD_QUERY, "after")))
        return err;
    struct wait *wait = calloc(1, sizeof(*wait));
    if (!wait)
        return ERR_NO_MEMORY;
    wait->continuation.step = step;
    wait->continuation.free = wait_free;
    wait->continuation.wake_mono_us = call->clock->mono_us + timeout_ms * 1000;
    wait->journal = journal;
    wait->timeout_ms = timeout_ms;
    wait->missing = journal_missing(journal, filter.after);
    wait->arena = call->arena;
    wait->wait =
        (struct journal_wait){.filter = filter, .wanted = (uint64_t)count, .satisfied = wake};
    journal_wait(journal, &wait->wait);
    call->response->continuation = &wait->continuation;
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
