/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "model/fault.h"

TEST(ids_have_a_limited_set_of_characters)
{
    static const char *const good[] = {"a", "slow-claims", "A_z.9", "-", "_x"};
    static const char *const bad[] = {"", " ", "a b", "a/b", "\xC3\xBC", "a\n", ".", "..", ".a"};
    char longest[FAULT_ID_MAX + 2];

    for (size_t i = 0; i < UNIT_COUNT(good); i++)
        assert_true(fault_id_is_valid(text_of(good[i])));
    for (size_t i = 0; i < UNIT_COUNT(bad); i++)
        assert_false(fault_id_is_valid(text_of(bad[i])));
    memset(longest, 'a', sizeof(longest));
    assert_true(fault_id_is_valid((struct text){longest, FAULT_ID_MAX}));
    assert_false(fault_id_is_valid((struct text){longest, FAULT_ID_MAX + 1}));
}

TEST(words_are_in_the_order_of_their_numbers)
{
    assert_string_equal(fault_phase_words()[FAULT_AFTER], "after");
    assert_string_equal(fault_delay_words()[FAULT_DELAY_LOGNORMAL - 1], "lognormal");
    assert_string_equal(fault_answer_words()[FAULT_ANSWER_DRIBBLE - 1], "dribble");
    assert_string_equal(fault_connection_words()[FAULT_CONNECTION_RESET], "reset");
    assert_null(fault_phase_words()[FAULT_PHASE__MAX]);
    assert_null(fault_delay_words()[FAULT_DELAY__MAX - 1]);
    assert_null(fault_answer_words()[FAULT_ANSWER__MAX - 1]);
    assert_null(fault_connection_words()[FAULT_CONNECTION__MAX]);
}
