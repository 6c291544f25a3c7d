/* SPDX-License-Identifier: MIT
 *
 * The rows of options.def as a table. Private to options.c and options_print.c.
 */
#ifndef OPTIONS_ROWS_H
#define OPTIONS_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "options.h"

enum option_type {
    TYPE_TEXT,
    TYPE_NAME,
    TYPE_SECRET,
    TYPE_PATH,
    TYPE_COUNT,
    TYPE_BYTES,
    TYPE_DURATION,
    TYPE_MODE,
    TYPE_LEVEL,
    TYPE_FORMAT,
    TYPE_WORDS,
    TYPE_FLAG,
};

enum { ENVIRONMENT_NAME_MAX = 64 };

struct option_row {
    const char *name;
    char letter; /* 0: none */
    enum option_type type;
    int64_t min, max;
    const char *initial;
    const char *argument;
    const char *help;
    size_t offset; /* of the field in struct options */
};

extern const struct option_row option_rows[OPTIONS_COUNT];

/* Writes the name of the option's environment variable: POOL_MANAGER_ and the option in capitals.
 */
void option_environment_name(const struct option_row *row, char name[static ENVIRONMENT_NAME_MAX]);

#endif
