/* SPDX-License-Identifier: MIT
 *
 * The settings of a pool, or of all pools, which tests set (docs/control.md, "Pool settings").
 * Plain values; the store keeps and applies them.
 */
#ifndef MODEL_SETTINGS_H
#define MODEL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/pool.h"

/* Limits of the values. */
#define SETTING_TTL_MAX_MS (INT64_C(10000) * 3600 * 1000)
enum {
    SETTING_NUMBER_MAX = 1000 * 1000 * 1000,
    SETTING_RETRY_MAX_S = 24 * 3600,
    SETTING_WAIT_MAX_MS = 3600 * 1000,
    SETTING_LOOKS_MAX = 1000,
};

enum { SETTING_NONE = -1 }; /* "no limit", as the value of a limit or a lifetime */

enum setting {
#define SETTING(name, key, kind, least, most, initial) SETTING_##name,
#include "model/settings.def"
    SETTING__MAX
};

enum on_exhausted {
#define ON_EXHAUSTED(name, word) ON_EXHAUSTED_##name,
#include "model/settings.def"
    ON_EXHAUSTED__MAX
};

enum progression {
#define PROGRESSION(name, word) PROGRESSION_##name,
#include "model/settings.def"
    PROGRESSION__MAX
};

enum free_pods {
#define FREE_PODS(name, word) FREE_PODS_##name,
#include "model/settings.def"
    FREE_PODS__MAX
};

enum setting_kind { SETTING_NUMBER, SETTING_DURATION, SETTING_STATUS, SETTING_WORD };

/* A row of model/settings.def. `initial` is the default. Static. */
struct setting_row {
    const char *key;
    enum setting_kind kind;
    int64_t least, most;
    int64_t initial;
};
const struct setting_row *setting_row(enum setting setting);

/* Returns true for the members of `progression`, which are set and removed together. */
static inline bool setting_is_of_progression(enum setting setting)
{
    return setting >= SETTING_PROGRESSION && setting <= SETTING_LOOKS;
}

/* Returns the words of a setting of kind SETTING_WORD, in the order of its enum, NULL-terminated.
 * Static. */
const char *const *setting_words(enum setting setting);

/* Returns true for a status that a claim may be refused with. */
bool setting_is_reject_status(int64_t status);

/* A set of settings. A value is valid only if `is_set`. */
struct settings {
    bool is_set[SETTING__MAX];
    int64_t values[SETTING__MAX];
};

/* Returns the defaults, all of them set. */
struct settings settings_initial(void);

/* A change of settings. `settings` has the new values; each setting that is `taken_back` becomes
 * unset; any other keeps its value. */
struct settings_patch {
    struct settings settings;
    bool taken_back[SETTING__MAX];
};

#endif
