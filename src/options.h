/* SPDX-License-Identifier: MIT
 *
 * The worker's options, from one table (options.def). A flag beats the environment, which beats the
 * default.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

#define OPTION_FIELD_TEXT const char *
#define OPTION_FIELD_PATH const char *
#define OPTION_FIELD_COUNT int64_t
#define OPTION_FIELD_BYTES int64_t
#define OPTION_FIELD_DURATION int64_t /* milliseconds */
#define OPTION_FIELD_MODE int64_t
#define OPTION_FIELD_LEVEL int64_t  /* enum log_level */
#define OPTION_FIELD_FORMAT int64_t /* enum log_format */
#define OPTION_FIELD_WORDS int64_t  /* which of the words, from 0 on */
#define OPTION_FIELD_FLAG int64_t   /* 0 or 1 */

/* The words of options, in the order of the table. */
enum vocabulary { VOCABULARY_MOCK, VOCABULARY_REAL };
enum state_sync { STATE_SYNC_FULL, STATE_SYNC_NORMAL };
enum state_damaged { STATE_DAMAGED_REFUSE, STATE_DAMAGED_SET_ASIDE };

/* The values. Texts are borrowed from the arguments, the environment, or static. */
struct options {
#define OPTION(field, long_name, short_name, type, min, max, initial, argument, help) \
    OPTION_FIELD_##type field;
#include "options.def"
#undef OPTION
};

enum options_task { OPTIONS_RUN, OPTIONS_SHOW_HELP, OPTIONS_SHOW_VERSION };

/* Reads defaults, then the environment, then the arguments. Returns OK, or ERR_BAD_REQUEST with one
 * sentence that names the option and what it takes. */
enum err options_read(int argc, char **argv, struct options *options, enum options_task *task,
                      struct problem *problem);

/* What --help prints, and the same list in the man page's roff. */
void options_print_help(FILE *to);
void options_print_roff(FILE *to);

#endif
