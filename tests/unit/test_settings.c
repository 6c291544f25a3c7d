/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "model/settings.h"

static void every_setting_has_a_key_of_its_own_and_an_initial_value_within_its_bounds(void **state)
{
    (void)state;
    for (int i = 0; i < SETTING__MAX; i++) {
        const struct setting_row *row = setting_row((enum setting)i);
        assert_true(row->least <= row->most);
        assert_true(row->initial == SETTING_NONE || row->initial == 0 ||
                    (row->initial >= row->least && row->initial <= row->most));
        for (int other = 0; other < i; other++)
            assert_string_not_equal(row->key, setting_row((enum setting)other)->key);
    }
}

static void words_are_those_of_the_enum_and_closed(void **state)
{
    (void)state;
    assert_string_equal(setting_words(SETTING_ON_EXHAUSTED)[ON_EXHAUSTED_QUEUE], "queue");
    assert_null(setting_words(SETTING_ON_EXHAUSTED)[ON_EXHAUSTED__MAX]);
    assert_string_equal(setting_words(SETTING_PROGRESSION)[PROGRESSION_MANUAL], "manual");
    assert_null(setting_words(SETTING_PROGRESSION)[PROGRESSION__MAX]);
}

static void only_four_statuses_refuse(void **state)
{
    int known = 0;

    (void)state;
    for (int status = 0; status < 600; status++)
        known += setting_is_reject_status(status);
    assert_int_equal(known, 4);
    assert_true(setting_is_reject_status(429));
    assert_true(setting_is_reject_status(setting_row(SETTING_REJECT_STATUS)->initial));
}

static void overlay_replaces_what_is_said_and_leaves_the_rest(void **state)
{
    struct settings settings = settings_initial();
    struct settings over = {.said = {[SETTING_MAX_PODS] = true},
                            .values = {[SETTING_MAX_PODS] = 7}};

    (void)state;
    over.values[SETTING_RETRY_AFTER] = 99;
    settings_overlay(&settings, &over);
    assert_int_equal(settings.values[SETTING_MAX_PODS], 7);
    assert_int_equal(settings.values[SETTING_RETRY_AFTER], 1);
    for (int i = 0; i < SETTING__MAX; i++)
        assert_true(settings.said[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_has_a_key_of_its_own_and_an_initial_value_within_its_bounds),
        cmocka_unit_test(words_are_those_of_the_enum_and_closed),
        cmocka_unit_test(only_four_statuses_refuse),
        cmocka_unit_test(overlay_replaces_what_is_said_and_leaves_the_rest),
    };

    return UNIT_RUN(tests);
}
