/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "model/fault.h"

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
