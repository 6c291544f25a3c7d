/* SPDX-License-Identifier: MIT
 *
 * Writes the settings of a pool, or of all pools, in a state document. Only settings that are set
 * are written. The settings of a progression form an object of their own. */
#include "views/document.h"
#include "views/sorted.h"
#include "views/views.h"

static bool is_shown(const struct settings *settings, enum setting setting)
{
    int64_t mode = settings->values[SETTING_PROGRESSION];

    switch (setting) {
    case SETTING_PENDING:
    case SETTING_STARTING:
        return settings->is_set[setting] && mode == PROGRESSION_TIME;
    case SETTING_LOOKS:
        return settings->is_set[setting] && mode == PROGRESSION_MANUAL;
    default:
        return settings->is_set[setting];
    }
}

/* Writes the settings of the progression, or all others with the progression as a member: an object
 * with sorted keys. */
static void put_sorted(struct writer *writer, const struct settings *settings, bool of_progression)
{
    const char *keys[SETTING__MAX] = {NULL};
    bool has_progression = !of_progression && settings->is_set[SETTING_PROGRESSION];

    for (enum setting setting = 0; setting < SETTING__MAX; setting++)
        if (setting_is_of_progression(setting) == of_progression && is_shown(settings, setting))
            keys[setting] = setting_row(setting)->key;
    if (has_progression)
        keys[SETTING_PROGRESSION] = "progression";
    writer_object(writer);
    for (int i = sorted_next(keys, SETTING__MAX, -1); i < SETTING__MAX;
         i = sorted_next(keys, SETTING__MAX, i)) {
        writer_text_key(writer, text_of(keys[i]));
        if (has_progression && i == SETTING_PROGRESSION)
            put_sorted(writer, settings, true);
        else
            view_setting_value(writer, (enum setting)i, settings->values[i]);
    }
    writer_end_object(writer);
}

void document_put_settings(struct writer *writer, struct text pool_name,
                           const struct settings *settings)
{
    writer_object(writer);
    writer_member_text(writer, "pool", pool_name);
    writer_key(writer, "settings");
    put_sorted(writer, settings, false);
    writer_end_object(writer);
}
