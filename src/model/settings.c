/* SPDX-License-Identifier: MIT */
#include "model/settings.h"

#include "base/check.h"

static const struct setting_row rows[SETTING__MAX] = {
#define SETTING(name, key, kind, least, most, initial) \
    [SETTING_##name] = {key, SETTING_##kind, least, most, initial},
#include "model/settings.def"
};

const struct setting_row *setting_row(enum setting setting)
{
    CHECK(setting < SETTING__MAX);
    return &rows[setting];
}

const char *const *setting_words(enum setting setting)
{
    static const char *const on_exhausted[ON_EXHAUSTED__MAX + 1] = {
#define ON_EXHAUSTED(name, word) [ON_EXHAUSTED_##name] = word,
#include "model/settings.def"
    };
    static const char *const progression[PROGRESSION__MAX + 1] = {
#define PROGRESSION(name, word) [PROGRESSION_##name] = word,
#include "model/settings.def"
    };
    static const char *const free_pods[FREE_PODS__MAX + 1] = {
#define FREE_PODS(name, word) [FREE_PODS_##name] = word,
#include "model/settings.def"
    };

    CHECK(setting_row(setting)->kind == SETTING_WORD);
    return setting == SETTING_ON_EXHAUSTED ? on_exhausted
           : setting == SETTING_FREE_PODS  ? free_pods
                                           : progression;
}

bool setting_is_reject_status(int64_t status)
{
    static const int64_t statuses[] = {
#define REJECT_STATUS(status) status,
#include "model/settings.def"
    };

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i] == status)
            return true;
    return false;
}

struct settings settings_initial(void)
{
    struct settings settings;

    for (int setting = 0; setting < SETTING__MAX; setting++) {
        settings.is_set[setting] = true;
        settings.values[setting] = rows[setting].initial;
    }
    return settings;
}
