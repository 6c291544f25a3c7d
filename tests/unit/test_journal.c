/* SPDX-License-Identifier: MIT
 *
 * The journal (tenant/journal.h): entries, the ring, dropped entries. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "chaos.h"
#include "dice.h"
#include "journal_rig.h"

/* The seqs that a visit has seen, and the last entry. Its texts are copies in `kept`, valid until
 * the next visit. */
struct seen {
    uint64_t seqs[64];
    size_t count, max;
    struct journal_entry last;
};
static char kept[6][JOURNAL_PATH_MAX];

static struct text keep(struct text text, char *to)
{
    if (text.length > 0)
        memcpy(to, text.at, text.length);
    return (struct text){text.at ? to : NULL, text.length};
}

static bool see(const struct journal_entry *entry, void *context)
{
    struct seen *seen = context;

    assert_true(seen->count < UNIT_COUNT(seen->seqs));
    seen->seqs[seen->count++] = entry->seq;
    seen->last = *entry;
    seen->last.request_id = keep(entry->request_id, kept[0]);
    seen->last.method = keep(entry->method, kept[1]);
    seen->last.path = keep(entry->path, kept[2]);
    seen->last.about.pool_name = keep(entry->about.pool_name, kept[3]);
    seen->last.about.workspace = keep(entry->about.workspace, kept[4]);
    seen->last.fault = keep(entry->fault, kept[5]);
    return seen->max == 0 || seen->count < seen->max;
}

static struct seen look(const struct journal *journal, uint64_t after)
{
    struct seen seen = {.count = 0};

    journal_each(journal, after, see, &seen);
    return seen;
}

static void assert_seqs(const struct journal *journal, uint64_t after, uint64_t from, uint64_t to)
{
    struct seen seen = look(journal, after);

    assert_int_equal(seen.count, to + 1 - from);
    for (size_t i = 0; i < seen.count; i++)
        assert_int_equal(seen.seqs[i], from + i);
}

TEST(entry_is_pending_until_it_is_ended)
{
    struct journal journal = journal_new(10, TEXT(""));
    const struct journal_outcome outcome = {
        .status = 200, .duration_us = 1234, .fault = TEXT("slow"), .delivered = true};

    uint64_t ticket = entry_begin(&journal, "p");
    struct seen seen = look(&journal, 0);
    assert_true(seen.last.at_ms == 1705314600000);
    assert_text(seen.last.path, "/base/pools/p/workspace");
    assert_int_equal(seen.last.about.operation, OPERATION_CLAIM);
    assert_int_equal(seen.last.status, 0);
    assert_int_equal(seen.last.fate, ANSWER_PENDING);
    assert_null(seen.last.about.workspace.at);
    assert_int_equal(seen.last.about.pod_name.pod_number, 0);
    assert_null(seen.last.fault.at);
    entry_end_with(&journal, ticket, &outcome);
    seen = look(&journal, 0);
    assert_int_equal(seen.last.seq, 1);
    assert_true(seen.last.at_ms == 1705314600000);
    assert_text(seen.last.request_id, "id");
    assert_text(seen.last.method, "GET");
    assert_text(seen.last.path, "/base/pools/p/workspace");
    assert_int_equal(seen.last.about.operation, OPERATION_CLAIM);
    assert_text(seen.last.about.pool_name, "p");
    assert_null(seen.last.about.workspace.at);
    assert_int_equal(seen.last.status, 200);
    assert_int_equal(seen.last.duration_us, 1234);
    assert_text(seen.last.fault, "slow");
    assert_int_equal(seen.last.fate, ANSWER_DELIVERED);
    journal_free(&journal);
}

TEST(pending_entry_follows_its_request_and_an_ended_one_does_not)
{
    struct journal journal = journal_new(10, TEXT("t"));
    struct subject about;
    struct journal_request request = claim_of(&about, "p");
    const struct journal_outcome outcome = {.status = 200};

    uint64_t ticket = journal_begin(&journal, &request);
    about.workspace = TEXT("");
    struct seen seen = look(&journal, 0);
    assert_non_null(seen.last.about.workspace.at);
    assert_text(seen.last.about.workspace, "");
    about = (struct subject){.pool_name = TEXT("q"),
                             .pod_name = {.pod_number = 7, .pool_number = 2},
                             .workspace = TEXT("w")};
    for (int i = 0; i < 2; i++) {
        seen = look(&journal, 0);
        assert_text(seen.last.about.pool_name, "q");
        assert_text(seen.last.about.workspace, "w");
        assert_int_equal(seen.last.about.pod_name.pod_number, 7);
        assert_int_equal(seen.last.about.pod_name.pool_number, 2);
        assert_text(seen.last.about.pod_name.tenant, "t");
        journal_end(&journal, ticket, &request, &outcome);
        about = (struct subject){0};
    }
    assert_int_equal(seen.last.fate, ANSWER_LOST);
    journal_free(&journal);
}

TEST(entry_ends_once_and_may_turn_out_undelivered)
{
    struct journal journal = journal_new(10, TEXT(""));
    uint64_t ticket = entry_begin(&journal, "p");

    journal_undelivered(&journal, ticket);
    assert_int_equal(look(&journal, 0).last.fate, ANSWER_PENDING);
    entry_end(&journal, ticket, 200);
    entry_end(&journal, ticket, 503);
    assert_int_equal(look(&journal, 0).last.status, 200);
    journal_undelivered(&journal, ticket);
    assert_int_equal(look(&journal, 0).last.fate, ANSWER_LOST);
    journal_free(&journal);
}

TEST(entries_are_in_the_order_of_arrival)
{
    struct journal journal = journal_new(10, TEXT(""));
    uint64_t first = entry_begin(&journal, "p"), second = entry_begin(&journal, "p");

    entry_end(&journal, second, 201);
    entry_end(&journal, first, 200);
    assert_seqs(&journal, 0, 1, 2);
    assert_int_equal(look(&journal, 0).last.status, 201);
    assert_int_equal(journal_seq(&journal, second), 2);
    assert_int_equal(journal_last_seq(&journal), 2);
    journal_free(&journal);
}

TEST(full_ring_drops_the_oldest_entries)
{
    static const size_t maxima[] = {1, 3, 16, 17, 40};

    for (size_t i = 0; i < UNIT_COUNT(maxima); i++) {
        struct journal journal = journal_new(maxima[i], TEXT(""));
        for (uint64_t n = 1; n <= 130; n++) {
            uint64_t oldest = n > maxima[i] ? n - maxima[i] + 1 : 1;
            entry_add(&journal, n % 3 == 0 ? "a pool with a long name" : "p", 200);
            assert_seqs(&journal, 0, oldest, n);
            assert_text(look(&journal, 0).last.about.pool_name,
                        n % 3 == 0 ? "a pool with a long name" : "p");
            assert_int_equal(journal_dropped(&journal), oldest - 1);
        }
        assert_seqs(&journal, 129, 130, 130);
        assert_seqs(&journal, 130, 1, 0);
        assert_seqs(&journal, UINT64_MAX, 1, 0);
        journal_free(&journal);
    }
}

TEST(ending_an_entry_that_is_gone_changes_nothing)
{
    struct journal journal = journal_new(2, TEXT(""));
    uint64_t fell_off = entry_begin(&journal, "p");

    entry_begin(&journal, "p");
    uint64_t cleared = entry_begin(&journal, "p");
    entry_end(&journal, fell_off, 200);
    assert_int_equal(look(&journal, 0).last.status, 0);
    journal_clear(&journal);
    entry_begin(&journal, "q");
    entry_end(&journal, cleared, 200);
    entry_end(&journal, 0, 200);
    entry_end(&journal, 99, 200);
    struct seen seen = look(&journal, 0);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last.status, 0);
    journal_free(&journal);
}

TEST(clear_keeps_the_count_of_seqs_and_reset_restarts_it)
{
    struct journal journal = journal_new(2, TEXT(""));

    for (int i = 0; i < 5; i++)
        entry_add(&journal, "p", 200);
    journal_clear(&journal);
    assert_int_equal(journal_dropped(&journal), 0);
    assert_int_equal(journal_last_seq(&journal), 5);
    assert_seqs(&journal, 0, 1, 0);
    entry_add(&journal, "p", 200);
    assert_seqs(&journal, 0, 6, 6);
    uint64_t before = entry_begin(&journal, "p");
    journal_reset(&journal);
    assert_int_equal(journal_last_seq(&journal), 0);
    assert_int_equal(journal_seq(&journal, before), 0);
    uint64_t after = entry_begin(&journal, "q");
    entry_end(&journal, before, 200);
    assert_seqs(&journal, 0, 1, 1);
    assert_int_equal(look(&journal, 0).last.status, 0);
    assert_int_equal(journal_seq(&journal, after), 1);
    journal_free(&journal);
}

TEST(visit_ends_when_the_visitor_returns_false)
{
    struct journal journal = journal_new(10, TEXT(""));
    struct seen seen = {.max = 2};

    for (int i = 0; i < 5; i++)
        entry_add(&journal, "p", 200);
    journal_each(&journal, 1, see, &seen);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.last.seq, 3);
    journal_free(&journal);
}

static void assert_long_texts_cut(struct journal_entry entry)
{
    assert_int_equal(entry.request_id.length, JOURNAL_ID_MAX);
    assert_int_equal(entry.method.length, JOURNAL_METHOD_MAX);
    assert_int_equal(entry.path.length, JOURNAL_PATH_MAX);
    assert_int_equal(entry.about.pool_name.length, JOURNAL_NAME_MAX);
    assert_int_equal(entry.about.workspace.length, JOURNAL_NAME_MAX);
}

TEST(long_texts_are_cut_at_their_maximum)
{
    struct journal journal = journal_new(2, TEXT(""));
    char *long_bytes = malloc(70000);

    memset(long_bytes, 'x', 70000);
    const struct text text = {long_bytes, 70000};
    const struct subject about = {.operation = OPERATION_POD, .pool_name = text, .workspace = text};
    struct journal_request request = {.id = text, .method = text, .path = text, .about = &about};
    memset(long_bytes, 'y', 10);
    const struct journal_outcome outcome = {.status = 200, .fault = text};
    for (int i = 0; i < 5; i++) {
        uint64_t ticket = journal_begin(&journal, &request);
        assert_long_texts_cut(look(&journal, 0).last);
        journal_end(&journal, ticket, &request, &outcome);
    }
    struct seen seen = look(&journal, 0);
    assert_long_texts_cut(seen.last);
    assert_int_equal(seen.last.fault.length, JOURNAL_FAULT_MAX);
    assert_memory_equal(seen.last.fault.at, long_bytes, JOURNAL_FAULT_MAX);
    free(long_bytes);
    journal_free(&journal);
}

TEST(journal_that_is_off_only_counts)
{
    struct journal journal = journal_new(0, TEXT("")), zeroed = {0};

    assert_int_equal(entry_begin(&journal, "p"), 0);
    entry_end(&journal, 0, 200);
    assert_int_equal(journal_dropped(&journal), 1);
    assert_seqs(&journal, 0, 1, 0);
    assert_int_equal(entry_begin(&zeroed, "p"), 0);
    journal_clear(&zeroed);
    journal_free(&zeroed);
    journal_free(&journal);
}

TEST(entry_needs_no_allocation_unless_it_is_long)
{
    enum { MAX = 100 };
    struct journal journal = journal_new(MAX, TEXT(""));
    char path[JOURNAL_PATH_MAX];
    struct subject about;
    struct journal_request request = claim_of(&about, "p");
    long before = chaos_blocks();

    for (int i = 0; i < 3 * MAX; i++)
        entry_add(&journal, "p", 200);
    assert_int_equal(journal_dropped(&journal), 2 * MAX);
    assert_int_equal(chaos_blocks() - before, 1);
    memset(path, 'x', sizeof(path));
    request.path = (struct text){path, sizeof(path)};
    const struct journal_outcome outcome = {.status = 200};
    journal_end(&journal, journal_begin(&journal, &request), &request, &outcome);
    assert_int_equal(chaos_blocks() - before, 2);
    for (int i = 0; i < MAX; i++)
        entry_add(&journal, "p", 200);
    assert_int_equal(chaos_blocks() - before, 1);
    journal_free(&journal);
    assert_int_equal(chaos_blocks(), before);
}

TEST(without_memory_a_request_is_only_counted)
{
    struct journal journal = journal_new(20, TEXT(""));
    uint64_t wanted = 0, failures = 0;

    for (int i = 0; i < 20; i++) {
        for (unsigned long n = 1;; n++) {
            chaos_fail_at(n);
            uint64_t ticket = entry_begin(&journal, "p");
            bool failed = chaos_failed();
            chaos_fail_at(0);
            assert_int_equal(ticket == 0, failed);
            if (!failed) {
                wanted++;
                entry_end(&journal, ticket, 200);
                break;
            }
            failures++;
        }
        assert_seqs(&journal, 0, 1, wanted);
        assert_int_equal(journal_dropped(&journal), failures);
    }
    assert_int_equal(failures, 2); /* the ring grows twice */
    journal_free(&journal);
}

TEST(without_memory_an_entry_lacks_its_long_texts_and_counts_as_dropped)
{
    struct journal journal = journal_new(2, TEXT(""));
    struct subject about;
    struct journal_request request = claim_of(&about, "p");
    const struct journal_outcome outcome = {.status = 200};
    char path[JOURNAL_PATH_MAX];

    entry_add(&journal, "p", 200);
    memset(path, 'x', sizeof(path));
    request.path = (struct text){path, sizeof(path)};
    uint64_t ticket = journal_begin(&journal, &request);
    chaos_fail_at(1);
    journal_end(&journal, ticket, &request, &outcome);
    assert_true(chaos_failed());
    chaos_fail_at(0);
    struct seen seen = look(&journal, 0);
    assert_int_equal(seen.last.status, 200);
    assert_text(seen.last.request_id, "id");
    assert_null(seen.last.path.at);
    assert_text(seen.last.about.pool_name, "p");
    assert_int_equal(journal_dropped(&journal), 1);
    assert_int_equal(journal_missing(&journal, 1), 1);
    assert_int_equal(journal_missing(&journal, 2), 0);
    assert_int_equal(journal_whole_after(&journal), 2);
    journal_free(&journal);
}

/* --- what is missing --- */

TEST(dropped_entries_are_missing_up_to_their_last_seq)
{
    struct journal journal = journal_new(3, TEXT(""));

    for (int i = 0; i < 5; i++)
        entry_add(&journal, "p", 200);
    assert_int_equal(journal_dropped(&journal), 2);
    assert_int_equal(journal_missing(&journal, 0), 2);
    assert_int_equal(journal_missing(&journal, 1), 1);
    assert_int_equal(journal_missing(&journal, 2), 0);
    assert_int_equal(journal_missing(&journal, 99), 0);
    assert_int_equal(journal_whole_after(&journal), 2);
    journal_clear(&journal);
    assert_int_equal(journal_dropped(&journal), 0);
    assert_int_equal(journal_missing(&journal, 0), 0);
    assert_int_equal(journal_whole_after(&journal), 0);
    for (int i = 0; i < 4; i++)
        entry_add(&journal, "p", 200);
    assert_int_equal(journal_missing(&journal, 0), 1);
    assert_int_equal(journal_missing(&journal, 5), 1);
    assert_int_equal(journal_missing(&journal, 6), 0);
    assert_int_equal(journal_whole_after(&journal), 6);
    journal_reset(&journal);
    assert_int_equal(journal_missing(&journal, 0), 0);
    for (int i = 0; i < 4; i++)
        entry_add(&journal, "p", 200);
    assert_int_equal(journal_missing(&journal, 0), 1);
    assert_int_equal(journal_missing(&journal, 1), 0);
    journal_free(&journal);
}

TEST(dropped_pending_entry_is_missing)
{
    struct journal journal = journal_new(1, TEXT(""));

    uint64_t ticket = entry_begin(&journal, "p");
    entry_add(&journal, "q", 200);
    entry_end(&journal, ticket, 200);
    assert_int_equal(journal_dropped(&journal), 1);
    assert_int_equal(journal_missing(&journal, 0), 1);
    assert_int_equal(journal_missing(&journal, 1), 0);
    journal_free(&journal);
}

/* Until there is a later entry, it may have come before or after the seq that a client knows. */
TEST(entry_without_memory_is_missing_until_a_later_seq_is_skipped)
{
    struct journal journal = journal_new(20, TEXT(""));

    for (int i = 0; i < 16; i++)
        entry_add(&journal, "p", 200);
    chaos_fail_at(1); /* the ring has to grow */
    assert_int_equal(entry_begin(&journal, "p"), 0);
    chaos_fail_at(0);
    assert_int_equal(journal_missing(&journal, 0), 1);
    assert_int_equal(journal_missing(&journal, 16), 1);
    entry_add(&journal, "p", 200);
    assert_int_equal(journal_missing(&journal, 16), 1);
    assert_int_equal(journal_missing(&journal, 17), 0);
    assert_int_equal(journal_whole_after(&journal), 17);
    journal_free(&journal);
}

/* --- random histories --- */

enum { STEPS = 20000, PENDING_MAX = 8, RING_MAX = 37 };

/* After random begins, ends, clears and resets the ring has the newest entries, each with its own
 * outcome. */
TEST(random_history_leaves_the_newest_entries_with_their_outcomes)
{
    struct dice dice = dice_new();
    struct journal journal = journal_new(RING_MAX, TEXT(""));
    uint64_t pending[PENDING_MAX] = {0}, first = 1, next = 1, start = 1;

    for (int step = 0; step < STEPS; step++) {
        unsigned roll = dice_roll(&dice, 1000);
        size_t at = dice_roll(&dice, PENDING_MAX);
        if (roll < 2) {
            journal_clear(&journal);
            start = first = next;
        } else if (roll < 4) {
            journal_reset(&journal);
            start = first = next = 1;
        } else if (pending[at] != 0) {
            entry_end(&journal, pending[at], 200 + (int)(journal_seq(&journal, pending[at]) % 300));
            pending[at] = 0;
        } else {
            pending[at] = entry_begin(&journal, "p");
            next++;
            if (next - first > RING_MAX)
                first++;
        }
        struct seen seen = look(&journal, 0);
        assert_int_equal(seen.count, next - first);
        uint64_t after = dice_roll(&dice, (unsigned)next + 2);
        uint64_t least = after + 1 > start ? after + 1 : start;
        assert_int_equal(journal_dropped(&journal), first - start);
        assert_int_equal(journal_missing(&journal, after), first > least ? first - least : 0);
        assert_int_equal(journal_missing(&journal, journal_whole_after(&journal)), 0);
        if (seen.count == 0)
            continue;
        assert_int_equal(seen.seqs[0], first);
        assert_int_equal(seen.last.seq, next - 1);
        if (seen.last.status != 0)
            assert_int_equal(seen.last.status, 200 + (int)(seen.last.seq % 300));
    }
    journal_free(&journal);
}
