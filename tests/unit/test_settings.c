/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "model/settings.h"

TEST(every_setting_has_its_own_key_and_a_default_in_its_range)
{
    for (int i = 0; i < SETTING__MAX; i++) {
        const struct setting_row *row = setting_row((enum setting)i);
        assert_true(row->least <= row->most);
        assert_true(row->initial == SETTING_NONE || row->initial == 0 ||
                    (row->initial >= row->least && row->initial <= row->most));
        for (int other = 0; other < i; other++)
            assert_string_not_equal(row->key, setting_row((enum setting)other)->key);
    }
}

TEST(words_are_those_of_the_enum_and_null_terminated)
{
    assert_string_equal(setting_words(SETTING_ON_EXHAUSTED)[ON_EXHAUSTED_QUEUE], "queue");
    assert_null(setting_words(SETTING_ON_EXHAUSTED)[ON_EXHAUSTED__MAX]);
    assert_string_equal(setting_words(SETTING_PROGRESSION)[PROGRESSION_MANUAL], "manual");
    assert_null(setting_words(SETTING_PROGRESSION)[PROGRESSION__MAX]);
}

TEST(only_four_statuses_can_refuse_a_claim)
{
    int known = 0;

    for (int status = 0; status < 600; status++)
        known += setting_is_reject_status(status);
    assert_int_equal(known, 4);
    assert_true(setting_is_reject_status(429));
    assert_true(setting_is_reject_status(setting_row(SETTING_REJECT_STATUS)->initial));
}
