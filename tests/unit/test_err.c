/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"

TEST(every_row_has_a_status_of_400_to_599_and_a_sentence)
{
    assert_int_equal(err_status(OK), 200);
    for (enum err err = OK + 1; err < ERR__MAX; err++) {
        assert_in_range(err_status(err), 400, 599);
        assert_true(strlen(err_sentence(err)) > 5);
        assert_true(text_is_utf8(text_of(err_sentence(err))));
        assert_false(text_has_control(text_of(err_sentence(err))));
    }
}

TEST(every_row_has_its_own_code_in_lower_case)
{
    for (enum err err = OK; err < ERR__MAX; err++) {
        assert_int_equal(strspn(err_code(err), "abcdefghijklmnopqrstuvwxyz_"),
                         strlen(err_code(err)));
        assert_true(strlen(err_code(err)) > 1);
        for (enum err other = OK; other < err; other++)
            assert_string_not_equal(err_code(err), err_code(other));
    }
}

TEST(retry_after_is_set_only_where_waiting_helps)
{
    static const enum err helps[] = {
        ERR_BUSY,      ERR_LISTENER_LIMIT, ERR_POD_PENDING, ERR_EXHAUSTED, ERR_NO_MEMORY,
        ERR_TURN_LOST, ERR_STATE_BUSY,     ERR_STATE_FILE,  ERR_STALE,     ERR_STOPPING};
    size_t found = 0;

    for (enum err err = OK; err < ERR__MAX; err++) {
        bool waits = found < UNIT_COUNT(helps) && err == helps[found];
        assert_int_equal(err_retry_after_s(err), waits ? 1 : 0);
        found += waits;
    }
    assert_int_equal(found, UNIT_COUNT(helps));
}

TEST(sentence_of_an_unset_problem_is_the_default)
{
    struct problem problem = {0};

    assert_text(problem_sentence(&problem, ERR_POD_NOT_FOUND), err_sentence(ERR_POD_NOT_FOUND));
}

TEST(problems_sentence_is_for_its_error_only)
{
    struct problem problem = {0};

    assert_int_equal(problem_set(&problem, ERR_POD_NOT_FOUND, "no pod %d", 7), ERR_POD_NOT_FOUND);
    assert_text(problem_sentence(&problem, ERR_POD_NOT_FOUND), "no pod 7");
    assert_text(problem_sentence(&problem, ERR_INTERNAL), err_sentence(ERR_INTERNAL));
    problem_set(&problem, ERR_INTERNAL, "later");
    assert_text(problem_sentence(&problem, ERR_INTERNAL), "later");
    assert_text(problem_sentence(&problem, ERR_POD_NOT_FOUND), err_sentence(ERR_POD_NOT_FOUND));
}

TEST(problems_status_is_for_its_error_only)
{
    struct problem problem = {0};

    assert_int_equal(problem_status(&problem, ERR_EXHAUSTED), 503);
    assert_int_equal(problem_retry_after_s(&problem, ERR_EXHAUSTED), 1);
    problem_set(&problem, ERR_EXHAUSTED, "none left");
    assert_int_equal(problem_set_status(&problem, ERR_EXHAUSTED, 429, 7), ERR_EXHAUSTED);
    assert_int_equal(problem_status(&problem, ERR_EXHAUSTED), 429);
    assert_int_equal(problem_retry_after_s(&problem, ERR_EXHAUSTED), 7);
    assert_text(problem_sentence(&problem, ERR_EXHAUSTED), "none left");
    assert_int_equal(problem_status(&problem, ERR_TURN_LOST), 503);
    assert_int_equal(problem_retry_after_s(&problem, ERR_TURN_LOST), 1);
    problem_set(&problem, ERR_EXHAUSTED, "again");
    assert_int_equal(problem_status(&problem, ERR_EXHAUSTED), 503);
    problem_set_status(&problem, ERR_POD_LIMIT, 409, 0);
    assert_int_equal(problem_retry_after_s(&problem, ERR_POD_LIMIT), 0);
    assert_text(problem_sentence(&problem, ERR_POD_LIMIT), err_sentence(ERR_POD_LIMIT));
}

TEST(problems_members_are_for_its_error_only)
{
    struct problem problem = {0};

    assert_null(problem_members(&problem, ERR_EXHAUSTED).at);
    problem_set(&problem, ERR_EXHAUSTED, "none left");
    problem_set_members(&problem, TEXT("\"count\":1"));
    assert_text(problem_members(&problem, ERR_EXHAUSTED), "\"count\":1");
    assert_null(problem_members(&problem, ERR_TURN_LOST).at);
    problem_set_status(&problem, ERR_EXHAUSTED, 429, 7);
    assert_text(problem_members(&problem, ERR_EXHAUSTED), "\"count\":1");
    problem_set_status(&problem, ERR_POD_LIMIT, 409, 0);
    assert_null(problem_members(&problem, ERR_POD_LIMIT).at);
    problem_set_members(&problem, TEXT("\"count\":2"));
    problem_set(&problem, ERR_POD_LIMIT, "again");
    assert_null(problem_members(&problem, ERR_POD_LIMIT).at);
}

TEST(long_sentence_is_cut_between_characters)
{
    static const char *const characters[] = {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8E\xAD"};
    char sentence[2 * PROBLEM_TEXT_MAX];
    struct problem problem = {0};

    for (size_t c = 0; c < UNIT_COUNT(characters); c++) {
        size_t width = strlen(characters[c]);
        for (size_t before = PROBLEM_TEXT_MAX - 8; before < PROBLEM_TEXT_MAX; before++) {
            snprintf(sentence, sizeof(sentence), "%0*d%s%s", (int)before, 0, characters[c],
                     characters[c]);
            problem_set(&problem, ERR_INTERNAL, "%s", sentence);
            size_t room = PROBLEM_TEXT_MAX - 1 - before, fitting = room / width;
            size_t expected = before + (fitting < 2 ? fitting : 2) * width;
            struct text shown = problem_sentence(&problem, ERR_INTERNAL);
            assert_int_equal(shown.length, expected);
            assert_memory_equal(shown.at, sentence, expected);
        }
    }
}

TEST(long_sentence_of_stray_bytes_ends_with_a_nul)
{
    char sentence[2 * PROBLEM_TEXT_MAX];
    struct problem problem = {0};

    memset(sentence, 0x80, sizeof(sentence));
    sentence[sizeof(sentence) - 1] = '\0';
    problem_set(&problem, ERR_INTERNAL, "%s", sentence);
    assert_true(strlen(problem.text) >= PROBLEM_TEXT_MAX - 5);
    assert_true(strlen(problem.text) < PROBLEM_TEXT_MAX);
}
