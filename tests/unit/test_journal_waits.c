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

static int forget_satisfied(void **state)
{
    (void)state;
    satisfied = 0;
    return 0;
}

static struct journal_wait wait_for(const char *pool, uint64_t count)
{
    return (struct journal_wait){
        .filter = {.pool = text_of(pool)}, .wanted = count, .satisfied = note_satisfied};
}

static void wait_for_what_there_is_is_over_at_once(void **state)
{
    struct journal journal = journal_new(10, TEXT(""));
    struct journal_wait wait = wait_for("p", 2), nothing = wait_for("x", 0);

    (void)state;
    add(&journal, "p", 200);
    add(&journal, "q", 200);
    add(&journal, "p", 503);
    begin(&journal, "p");
    journal_wait(&journal, &wait);
    assert_null(wait.journal);
    assert_int_equal(wait.count, 2);
    journal_wait(&journal, &nothing);
    assert_null(nothing.journal);
    assert_int_equal(satisfied, 0);
    journal_free(&journal);
}

static void wait_is_satisfied_by_the_answer_and_not_by_the_arrival(void **state)
{
    struct journal journal = journal_new(10, TEXT(""));
    struct journal_wait wait = wait_for("p", 2);

    (void)state;
    add(&journal, "p", 200);
    uint64_t ticket = begin(&journal, "p");
    journal_wait(&journal, &wait);
    assert_int_equal(wait.count, 1);
    add(&journal, "q", 200);
    assert_int_equal(satisfied, 0);
    end(&journal, ticket, 200);
    assert_int_equal(satisfied, 1);
    assert_int_equal(wait.count, 2);
    add(&journal, "p", 200);
    assert_int_equal(satisfied, 1);
    assert_int_equal(wait.count, 2);
    journal_free(&journal);
}

static void wait_since_a_seq_counts_only_later_arrivals(void **state)
{
    struct journal journal = journal_new(10, TEXT(""));
    struct journal_wait wait = wait_for("p", 1);

    (void)state;
    add(&journal, "p", 200);
    uint64_t earlier = begin(&journal, "p");
    wait.filter.after = 2;
    journal_wait(&journal, &wait);
    end(&journal, earlier, 200);
    assert_int_equal(satisfied, 0);
    add(&journal, "p", 200);
    assert_int_equal(satisfied, 1);
    journal_free(&journal);
}

static void wait_that_was_taken_off_is_never_satisfied(void **state)
{
    struct journal journal = journal_new(10, TEXT(""));
    struct journal_wait waits[4];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(waits); i++) {
        waits[i] = wait_for("p", 1);
        journal_wait(&journal, &waits[i]);
    }
    journal_wait_end(&waits[1]);
    journal_wait_end(&waits[3]);
    journal_wait_end(&waits[3]);
    add(&journal, "p", 200);
    assert_int_equal(satisfied, 2);
    assert_int_equal(waits[0].count, 1);
    assert_int_equal(waits[1].count, 0);
    assert_null(journal.waits);
    journal_free(&journal);
}

static void wait_outlives_its_journal(void **state)
{
    struct journal journal = journal_new(10, TEXT(""));
    struct journal_wait first = wait_for("p", 1), second = wait_for("p", 1);

    (void)state;
    journal_wait(&journal, &first);
    journal_wait(&journal, &second);
    journal_free(&journal);
    assert_null(first.journal);
    journal_wait_end(&first);
    journal_wait_end(&second);
    assert_int_equal(satisfied, 0);
}

static void wait_goes_on_over_a_clear_with_what_it_has_counted(void **state)
{
    struct journal journal = journal_new(1, TEXT(""));
    struct journal_wait wait = wait_for("p", 3);

    (void)state;
    add(&journal, "p", 200);
    journal_wait(&journal, &wait);
    add(&journal, "p", 200);
    journal_clear(&journal);
    assert_int_equal(satisfied, 0);
    add(&journal, "p", 200);
    assert_int_equal(satisfied, 1);
    journal_free(&journal);
}

static void wait_counts_an_entry_that_fell_off_before_its_end(void **state)
{
    struct journal journal = journal_new(1, TEXT(""));
    struct journal_wait wait = wait_for("p", 1);

    (void)state;
    uint64_t cleared = begin(&journal, "p");
    journal_clear(&journal);
    uint64_t fallen = begin(&journal, "p");
    journal_wait(&journal, &wait);
    begin(&journal, "q");
    end(&journal, cleared, 200);
    assert_int_equal(satisfied, 0);
    end(&journal, fallen, 200);
    assert_int_equal(satisfied, 1);
    end(&journal, fallen, 200);
    assert_int_equal(wait.count, 1);
    journal_free(&journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(wait_for_what_there_is_is_over_at_once, forget_satisfied),
        cmocka_unit_test_setup(wait_is_satisfied_by_the_answer_and_not_by_the_arrival,
                               forget_satisfied),
        cmocka_unit_test_setup(wait_since_a_seq_counts_only_later_arrivals, forget_satisfied),
        cmocka_unit_test_setup(wait_that_was_taken_off_is_never_satisfied, forget_satisfied),
        cmocka_unit_test_setup(wait_outlives_its_journal, forget_satisfied),
        cmocka_unit_test_setup(wait_goes_on_over_a_clear_with_what_it_has_counted,
                               forget_satisfied),
        cmocka_unit_test_setup(wait_counts_an_entry_that_fell_off_before_its_end, forget_satisfied),
    };

    return UNIT_RUN(tests);
}
