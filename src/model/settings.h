/* SPDX-License-Identifier: MIT
 *
 * What test control says of a pool, or of all of them. Plain values; the store keeps them and goes
 * by them.
 */
#ifndef MODEL_SETTINGS_H
#define MODEL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/pool.h"

/* The bounds of what can be said. */
#define SETTING_TTL_MAX_MS (INT64_C(10000) * 3600 * 1000)
enum {
    SETTING_NUMBER_MAX = 1000 * 1000 * 1000,
    SETTING_RETRY_MAX_S = 24 * 3600,
    SETTING_WAIT_MAX_MS = 3600 * 1000,
    SETTING_LOOKS_MAX = 1000,
};

enum { SETTING_NONE = -1 }; /* the value of a bound or a life that there is none of */

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

/* A row of the table; static. */
struct setting_row {
    const char *key;
    enum setting_kind kind;
    int64_t least, most;
    int64_t initial;
};
const struct setting_row *setting_row(enum setting setting);

/* True for the settings of a progression, which are set together or not at all. */
static inline bool setting_is_of_progression(enum setting setting)
{
    return setting >= SETTING_PROGRESSION && setting <= SETTING_LOOKS;
}

/* The words of a setting of kind SETTING_WORD, in the order of its enum, closed by a NULL. */
const char *const *setting_words(enum setting setting);

/* True for a status that a claim may be refused with. */
bool setting_is_reject_status(int64_t status);

/* What was said, and of that the values. */
struct settings {
    bool is_set[SETTING__MAX];
    int64_t values[SETTING__MAX];
};

/* The defaults. */
struct settings settings_initial(void);

/* A change: which settings get a value, and which lose theirs. */
struct settings_patch {
    struct settings settings;
    bool taken_back[SETTING__MAX];
};

#endif
