/* SPDX-License-Identifier: MIT */
#include "views/views.h"

void view_setting_value(struct writer *writer, enum setting setting, int64_t value)
{
    if (value == SETTING_NONE)
        writer_null(writer);
    else if (setting_row(setting)->kind == SETTING_WORD)
        writer_text(writer, text_of(setting_words(setting)[value]));
    else
        writer_number(writer, value);
}

static void put_setting(struct writer *writer, const struct settings *settings,
                        enum setting setting)
{
    writer_text_key(writer, text_of(setting_row(setting)->key));
    view_setting_value(writer, setting, settings->values[setting]);
}

/* Writes the mode of the progression and the settings of that mode. */
static void put_progression(struct writer *writer, const struct settings *settings)
{
    int64_t mode = settings->values[SETTING_PROGRESSION];

    writer_member_object(writer, "progression");
    put_setting(writer, settings, SETTING_PROGRESSION);
    if (mode == PROGRESSION_TIME) {
        put_setting(writer, settings, SETTING_PENDING);
        put_setting(writer, settings, SETTING_STARTING);
    } else if (mode == PROGRESSION_MANUAL) {
        put_setting(writer, settings, SETTING_LOOKS);
    }
    writer_end_object(writer);
}

void view_settings(struct writer *writer, const struct settings *settings)
{
    writer_object(writer);
    for (enum setting setting = 0; setting < SETTING__MAX; setting++)
        if (settings->is_set[setting] && !setting_is_of_progression(setting))
            put_setting(writer, settings, setting);
    if (settings->is_set[SETTING_PROGRESSION])
        put_progression(writer, settings);
    writer_end_object(writer);
}
