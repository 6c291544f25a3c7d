/* SPDX-License-Identifier: MIT */
#include "admin/settings_body.h"

#include "base/words.h"

/* The context of read_setting. */
struct reading {
    struct settings_patch *patch;
    struct problem *problem;
};

static enum err read_status(const struct reader_node *node, int64_t *status,
                            struct problem *problem)
{
    static const char *const statuses[] = {
#define REJECT_STATUS(status) #status,
#include "model/settings.def"
        NULL};
    char sentence[64];
    enum err err = reader_number(node, -INT64_MAX + 1, INT64_MAX - 1, status, problem);

    if (err || setting_is_reject_status(*status))
        return err;
    words_write(statuses, "expected ", sentence, sizeof(sentence));
    return reader_refuse(node, problem, sentence);
}

static enum err read_word(const struct reader_node *node, enum setting setting, int64_t *value,
                          struct problem *problem)
{
    size_t index = 0;
    enum err err = reader_word(node, setting_words(setting), &index, problem);

    *value = (int64_t)index;
    return err;
}

static enum err read_value(const struct reader_node *node, enum setting setting, int64_t *value,
                           struct problem *problem)
{
    const struct setting_row *row = setting_row(setting);

    switch (row->kind) {
    case SETTING_NUMBER:
        return reader_number(node, row->least, row->most, value, problem);
    case SETTING_DURATION:
        return reader_duration(node, row->most, value, problem);
    case SETTING_STATUS:
        return read_status(node, value, problem);
    case SETTING_WORD:
        break;
    }
    return read_word(node, setting, value, problem);
}

/* Returns the keys that a progression of that mode may have. */
static const char *const *keys_of(enum progression progression)
{
    static const char *const immediate[] = {"mode", NULL};
    static const char *const time[] = {"mode", "pending", "starting", NULL};
    static const char *const manual[] = {"mode", "looks", NULL};

    return progression == PROGRESSION_TIME     ? time
           : progression == PROGRESSION_MANUAL ? manual
                                               : immediate;
}

static enum err read_member(const struct reader_node *object, enum setting setting,
                            struct reading *reading)
{
    struct settings *settings = &reading->patch->settings;
    struct reader_node member;

    settings->is_set[setting] = true;
    settings->values[setting] = setting_row(setting)->initial;
    if (!reader_member(object, setting_row(setting)->key, &member))
        return OK;
    return read_value(&member, setting, &settings->values[setting], reading->problem);
}

/* Reads a progression. Its settings are set or removed together. */
static enum err read_progression(const struct reader_node *node, struct reading *reading)
{
    struct settings *settings = &reading->patch->settings;
    struct reader_node mode;
    enum err err = OK;

    if (reader_type(node) == READER_NULL) {
        for (int setting = SETTING_PROGRESSION; setting <= SETTING_LOOKS; setting++)
            reading->patch->taken_back[setting] = true;
        return OK;
    }
    if (reader_type(node) != READER_OBJECT)
        return reader_refuse(node, reading->problem, "expected an object");
    if (!reader_member(node, "mode", &mode))
        return reader_missing(node, "mode", reading->problem);
    for (int setting = SETTING_PROGRESSION; setting <= SETTING_LOOKS && !err; setting++)
        err = read_member(node, (enum setting)setting, reading);
    enum progression progression = (enum progression)settings->values[SETTING_PROGRESSION];
    if (!err)
        err = reader_only_keys(node, keys_of(progression), reading->problem);
    if (!err && progression == PROGRESSION_MANUAL && settings->values[SETTING_LOOKS] == 0)
        err = reader_missing(node, "looks", reading->problem);
    return err;
}

static enum err read_setting(const char *key, const struct reader_node *member, void *context)
{
    struct reading *reading = context;
    enum setting setting = 0;

    if (text_equal(text_of(key), TEXT("progression")))
        return read_progression(member, reading);
    while (setting_is_of_progression(setting) ||
           !text_equal(text_of(key), text_of(setting_row(setting)->key)))
        setting++;
    if (reader_type(member) == READER_NULL) {
        reading->patch->taken_back[setting] = true;
        return OK;
    }
    reading->patch->settings.is_set[setting] = true;
    return read_value(member, setting, &reading->patch->settings.values[setting], reading->problem);
}

enum err settings_body_read(const struct reader_node *object, struct settings_patch *patch,
                            struct problem *problem)
{
    static const char *const keys[] = {
#define SETTING(name, key, kind, least, most, initial) key,
#define PROGRESSION_SETTING(name, key, kind, least, most, initial)
#include "model/settings.def"
        "progression", NULL};
    struct reading reading = {patch, problem};
    enum err err = reader_only_keys(object, keys, problem);

    *patch = (struct settings_patch){0};
    return err ? err : reader_each(object, SETTING__MAX, read_setting, &reading, problem);
}
