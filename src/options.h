/* SPDX-License-Identifier: MIT
 *
 * The worker's options, from one table (options.def). A flag wins over the environment, and the
 * environment over the default.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

#define OPTION_FIELD_TEXT const char *
#define OPTION_FIELD_NAME const char *
#define OPTION_FIELD_SECRET const char *
#define OPTION_FIELD_PATH const char *
#define OPTION_FIELD_COUNT int64_t
#define OPTION_FIELD_BYTES int64_t
#define OPTION_FIELD_DURATION int64_t /* milliseconds */
#define OPTION_FIELD_MODE int64_t
#define OPTION_FIELD_LEVEL int64_t  /* enum log_level */
#define OPTION_FIELD_FORMAT int64_t /* enum log_format */
#define OPTION_FIELD_WORDS int64_t  /* the index of the word */
#define OPTION_FIELD_FLAG int64_t   /* 0 or 1 */

/* The words of each option of type WORDS, in the order of its row. */
enum vocabulary { VOCABULARY_MOCK, VOCABULARY_REAL };
enum state_sync { STATE_SYNC_FULL, STATE_SYNC_NORMAL };
enum state_damaged { STATE_DAMAGED_REFUSE, STATE_DAMAGED_SET_ASIDE };

enum option_source { OPTION_FROM_DEFAULT, OPTION_FROM_ENVIRONMENT, OPTION_FROM_FLAG };

enum {
    OPTIONS_COUNT = 0
#define OPTION(field, long_name, short_name, type, min, max, initial, argument, help) +1
#include "options.def"
#undef OPTION
};

/* The values. Texts are borrowed from the arguments or the environment, or are static. */
struct options {
    /* for each row, the value as it was given, and its source */
    struct option_origin {
        const char *value;
        enum option_source source;
    } origins[OPTIONS_COUNT];
#define OPTION(field, long_name, short_name, type, min, max, initial, argument, help) \
    OPTION_FIELD_##type field;
#include "options.def"
#undef OPTION
};

enum options_task { OPTIONS_RUN, OPTIONS_CHECK, OPTIONS_SHOW_HELP, OPTIONS_SHOW_VERSION };

/* Reads the defaults, then the environment, then the arguments. With `as_cgi` the environment may
 * also hold the front end's parameters. Returns OK, or ERR_BAD_REQUEST with one sentence that names
 * the option, or the unknown variable, and what is expected. Errors of the environment are ignored
 * if the arguments ask for help or the version. */
enum err options_read(int argc, char **argv, bool as_cgi, struct options *options,
                      enum options_task *task, struct problem *problem);

/* Prints the text of --help. */
void options_print_help(FILE *to);

/* Prints the list of options in roff (mdoc), for the man page. */
void options_print_roff(FILE *to);

/* Prints what --check shows: each option, its value as it was given, and where it came from. Values
 * of secrets are not shown. */
void options_print_values(FILE *to, const struct options *options);

#endif
