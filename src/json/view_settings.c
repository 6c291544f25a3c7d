/* SPDX-License-Identifier: MIT */
#include "json/views.h"

static void put_value(struct writer *writer, enum setting setting, int64_t value)
{
    writer_text_key(writer, text_of(setting_row(setting)->key));
    if (value == SETTING_NONE)
        writer_null(writer);
    else if (setting_row(setting)->kind == SETTING_WORD)
        writer_text(writer, text_of(setting_words(setting)[value]));
    else
        writer_number(writer, value);
}

/* Its mode, and what goes with it. */
static void put_progression(struct writer *writer, const struct settings *settings)
{
    const int64_t *values = settings->values;

    writer_key(writer, "progression");
    writer_object(writer);
    put_value(writer, SETTING_PROGRESSION, values[SETTING_PROGRESSION]);
    if (values[SETTING_PROGRESSION] == PROGRESSION_TIME) {
        put_value(writer, SETTING_PENDING, values[SETTING_PENDING]);
        put_value(writer, SETTING_STARTING, values[SETTING_STARTING]);
    } else if (values[SETTING_PROGRESSION] == PROGRESSION_MANUAL) {
        put_value(writer, SETTING_LOOKS, values[SETTING_LOOKS]);
    }
    writer_end_object(writer);
}

void view_settings(struct writer *writer, const struct settings *settings)
{
    writer_object(writer);
    for (int setting = 0; setting < SETTING_PROGRESSION; setting++)
        if (settings->said[setting])
            put_value(writer, (enum setting)setting, settings->values[setting]);
    if (settings->said[SETTING_PROGRESSION])
        put_progression(writer, settings);
    writer_end_object(writer);
}
