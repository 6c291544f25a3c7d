/* SPDX-License-Identifier: MIT
 *
 * Waits for entries of the journal. */
#include "unit.h"

#include "journal_rig.h"

static int satisfied;

static void note_satisfied(struct journal_wait *wait)
{
    assert_null(wait->journal);
    satisfied++;
}

static void forget_satisfied(void)
{
    satisfied = 0;
}

SUITE(.set_up = forget_satisfied);

static struct journal_wait wait_for(const char *pool, uint64_t count)
{
    return (struct journal_wait){
        .filter = {.pool = text_of(pool)}, .wanted = count, .satisfied = note_satisfied};
}

TEST(wait_for_what_there_is_is_over_at_once)
{
    struct journal journal = journal_new(10, TEXT(""));
    struct journal_wait wait = wait_for("p", 2), nothing = wait_for("x", 0);

    entry_add(&journal, "p", 200);
    entry_add(&journal, "q", 200);
    entry_add(&journal, "p", 503);
    entry_begin(&journal, "p");
    journal_wait(&journal, &wait);
    assert_null(wait.journal);
    assert_int_equal(wait.count, 2);
    journal_wait(&journal, &nothing);
    assert_null(nothing.journal);
    assert_int_equal(satisfied, 0);
    journal_free(&journal);
}

TEST(wait_is_satisfied_by_the_answer_and_not_by_the_arrival)
{
    struct journal journal = journal_new(10, TEXT(""));
    struct journal_wait wait = wait_for("p", 2);

    entry_add(&journal, "p", 200);
    uint64_t ticket = entry_begin(&journal, "p");
    journal_wait(&journal, &wait);
    assert_int_equal(wait.count, 1);
    entry_add(&journal, "q", 200);
    assert_int_equal(satisfied, 0);
    entry_end(&journal, ticket, 200);
    assert_int_equal(satisfied, 1);
    assert_int_equal(wait.count, 2);
    entry_add(&journal, "p", 200);
    assert_int_equal(satisfied, 1);
    assert_int_equal(wait.count, 2);
    journal_free(&journal);
}

TEST(wait_since_a_seq_counts_only_later_arrivals)
{
    struct journal journal = journal_new(10, TEXT(""));
    struct journal_wait wait = wait_for("p", 1);

    entry_add(&journal, "p", 200);
    uint64_t earlier = entry_begin(&journal, "p");
    wait.filter.after = 2;
    journal_wait(&journal, &wait);
    entry_end(&journal, earlier, 200);
    assert_int_equal(satisfied, 0);
    entry_add(&journal, "p", 200);
    assert_int_equal(satisfied, 1);
    journal_free(&journal);
}

TEST(wait_that_was_taken_off_is_never_satisfied)
{
    struct journal journal = journal_new(10, TEXT(""));
    struct journal_wait waits[4];

    for (size_t i = 0; i < UNIT_COUNT(waits); i++) {
        waits[i] = wait_for("p", 1);
        journal_wait(&journal, &waits[i]);
    }
    journal_wait_end(&waits[1]);
    journal_wait_end(&waits[3]);
    journal_wait_end(&waits[3]);
    entry_add(&journal, "p", 200);
    assert_int_equal(satisfied, 2);
    assert_int_equal(waits[0].count, 1);
    assert_int_equal(waits[1].count, 0);
    assert_true(LIST_EMPTY(&journal.waits));
    journal_free(&journal);
}

TEST(wait_outlives_its_journal)
{
    struct journal journal = journal_new(10, TEXT(""));
    struct journal_wait first = wait_for("p", 1), second = wait_for("p", 1);

    journal_wait(&journal, &first);
    journal_wait(&journal, &second);
    journal_free(&journal);
    assert_null(first.journal);
    journal_wait_end(&first);
    journal_wait_end(&second);
    assert_int_equal(satisfied, 0);
}

TEST(wait_goes_on_over_a_clear_with_what_it_has_counted)
{
    struct journal journal = journal_new(1, TEXT(""));
    struct journal_wait wait = wait_for("p", 3);

    entry_add(&journal, "p", 200);
    journal_wait(&journal, &wait);
    entry_add(&journal, "p", 200);
    journal_clear(&journal);
    assert_int_equal(satisfied, 0);
    entry_add(&journal, "p", 200);
    assert_int_equal(satisfied, 1);
    journal_free(&journal);
}

TEST(wait_counts_an_entry_that_fell_off_before_its_end)
{
    struct journal journal = journal_new(1, TEXT(""));
    struct journal_wait wait = wait_for("p", 1);

    uint64_t cleared = entry_begin(&journal, "p");
    journal_clear(&journal);
    uint64_t fallen = entry_begin(&journal, "p");
    journal_wait(&journal, &wait);
    entry_begin(&journal, "q");
    entry_end(&journal, cleared, 200);
    assert_int_equal(satisfied, 0);
    entry_end(&journal, fallen, 200);
    assert_int_equal(satisfied, 1);
    entry_end(&journal, fallen, 200);
    assert_int_equal(wait.count, 1);
    journal_free(&journal);
}
