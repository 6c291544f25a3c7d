/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <ctype.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/text.h"
#include "base/words.h"

enum option_type {
    TYPE_TEXT,
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

enum {
    OPTION_HELP = 'h',
    OPTION_VERSION = 'V',
    OPTION_FIRST = 1000, /* getopt's value of the first row; those of the others follow */
    ENVIRONMENT_NAME_MAX = 64,
};

static const struct option_row {
    const char *name;
    char letter; /* 0: none */
    enum option_type type;
    int64_t min, max;
    const char *initial;
    const char *argument;
    const char *help;
    size_t offset; /* in struct options */
} rows[] = {
#define OPTION(field, long_name, short_name, type, min, max, initial, argument, help) \
    {long_name, short_name, TYPE_##type,                                              \
     min,       max,        initial,                                                  \
     argument,  help,       offsetof(struct options, field)},
#include "options.def"
#undef OPTION
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* The words of the types that take one of a list, each at the place of its value. */
static const char *const level_words[] = {[LOG_ERROR] = "error",
                                          [LOG_WARNING] = "warning",
                                          [LOG_INFO] = "info",
                                          [LOG_DEBUG] = "debug",
                                          [LOG_LEVEL__MAX] = NULL};
static const char *const format_words[] = {
    [LOG_TEXT] = "text", [LOG_JSON] = "json", [LOG_FORMAT__MAX] = NULL};

static const char *const flag_words[] = {"no", "yes", NULL};
static const char *const no_words[] = {NULL};

static const char *const *words_of(enum option_type type)
{
    switch (type) {
    case TYPE_LEVEL:
        return level_words;
    case TYPE_FORMAT:
        return format_words;
    case TYPE_FLAG:
        return flag_words;
    default:
        return no_words;
    }
}

/* A number within the row's bounds; behind one of bytes, K, M or G may stand. */
static bool read_quantity(const struct option_row *row, const char *value, int64_t *out)
{
    static const char units[] = "KMG"; /* each 2^10 times the one before */
    size_t digits = strspn(value, "0123456789");
    const char *end = value + digits;
    const char *unit = *end && row->type == TYPE_BYTES ? strchr(units, *end) : NULL;
    int shift = unit ? 10 * (int)(unit - units + 1) : 0;
    uint64_t number;

    if (end[unit != NULL] != '\0' ||
        !text_to_number((struct text){value, digits}, (uint64_t)INT64_MAX >> shift, &number))
        return false;
    *out = (int64_t)(number << shift);
    return *out >= row->min && *out <= row->max;
}

static bool read_duration(const struct option_row *row, const char *value, int64_t *out)
{
    return duration_read(text_of(value), row->max, out) && *out >= row->min;
}

static bool read_mode(const struct option_row *row, const char *value, int64_t *out)
{
    char *end;
    unsigned long mode = strtoul(value, &end, 8);

    *out = (int64_t)mode;
    return isdigit((unsigned char)value[0]) && !*end && mode <= (unsigned long)row->max;
}

static bool read_word(const char *const *words, const char *value, int64_t *out)
{
    *out = (int64_t)words_find(words, text_of(value));
    return words[*out];
}

/* Of the words of a row's argument, "one|other". */
static bool read_choice(const struct option_row *row, const char *value, int64_t *out)
{
    struct text rest = text_of(row->argument), word;

    for (*out = 0; text_cut(&rest, '|', &word); ++*out)
        if (text_equal(word, text_of(value)))
            return true;
    return false;
}

static bool is_text_of_row(const struct option_row *row, const char *value)
{
    size_t length = strlen(value);

    if (row->type == TYPE_PATH)
        return length == 0 || value[0] == '/';
    return row->max == 0 || (length >= (size_t)row->min && length <= (size_t)row->max);
}

static enum err refuse(const struct option_row *row, const char *value, struct problem *problem)
{
    char words[64] = "";

    switch (row->type) {
    case TYPE_LEVEL:
    case TYPE_FORMAT:
    case TYPE_FLAG:
        words_write(words_of(row->type), "", words, sizeof(words));
        return problem_set(problem, ERR_BAD_REQUEST, "--%s: expected %s, not '%s'", row->name,
                           words, value);
    case TYPE_WORDS:
        return problem_set(problem, ERR_BAD_REQUEST, "--%s: expected one of %s, not '%s'",
                           row->name, row->argument, value);
    case TYPE_MODE:
        return problem_set(problem, ERR_BAD_REQUEST,
                           "--%s: expected an octal mode up to 0777, not '%s'", row->name, value);
    case TYPE_PATH:
        return problem_set(problem, ERR_BAD_REQUEST,
                           "--%s: expected a path that begins with a slash, not '%s'", row->name,
                           value);
    case TYPE_TEXT:
        return problem_set(problem, ERR_BAD_REQUEST, "--%s: expected %lld to %lld bytes", row->name,
                           (long long)row->min, (long long)row->max);
    case TYPE_DURATION:
        return problem_set(problem, ERR_BAD_REQUEST,
                           "--%s: expected a time from %lldms to %lldms, not '%s'", row->name,
                           (long long)row->min, (long long)row->max, value);
    default:
        return problem_set(problem, ERR_BAD_REQUEST,
                           "--%s: expected a number from %lld to %lld, not '%s'", row->name,
                           (long long)row->min, (long long)row->max, value);
    }
}

static enum err set(struct options *options, const struct option_row *row, const char *value,
                    struct problem *problem)
{
    void *field = (char *)options + row->offset;
    int64_t number;
    bool good;

    if (row->type == TYPE_TEXT || row->type == TYPE_PATH) {
        memcpy(field, &value, sizeof(value));
        return is_text_of_row(row, value) ? OK : refuse(row, value, problem);
    }
    if (words_of(row->type)[0])
        good = read_word(words_of(row->type), value, &number);
    else if (row->type == TYPE_WORDS)
        good = read_choice(row, value, &number);
    else if (row->type == TYPE_DURATION)
        good = read_duration(row, value, &number);
    else if (row->type == TYPE_MODE)
        good = read_mode(row, value, &number);
    else
        good = read_quantity(row, value, &number);
    if (!good)
        return refuse(row, value, problem);
    memcpy(field, &number, sizeof(number));
    return OK;
}

/* POOL_MANAGER_ and the option in capitals. */
static void environment_name(const struct option_row *row, char name[static ENVIRONMENT_NAME_MAX])
{
    size_t length = (size_t)snprintf(name, ENVIRONMENT_NAME_MAX, "POOL_MANAGER_");

    for (const char *at = row->name; *at && length + 1 < ENVIRONMENT_NAME_MAX; at++)
        name[length++] = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
    name[length] = '\0';
}

/* Puts the name of the variable in front of what is wrong with its value. */
static enum err name_variable(const char *name, struct problem *problem)
{
    const struct problem value = *problem;

    return problem_set(problem, value.err, "%s: %s", name, value.text);
}

static enum err read_environment(struct options *options, struct problem *problem)
{
    for (int i = 0; i < ROWS; i++) {
        char name[ENVIRONMENT_NAME_MAX];
        environment_name(&rows[i], name);
        const char *value = getenv(name);
        if (value && set(options, &rows[i], value, problem))
            return name_variable(name, problem);
    }
    return OK;
}

/* getopt's tables, made from the rows. */
struct getopt_tables {
    struct option longs[ROWS + 3];
    char shorts[2 * ROWS + 8];
};

static void make_tables(struct getopt_tables *tables)
{
    char *letter = tables->shorts;

    *tables = (struct getopt_tables){0};
    *letter++ = ':'; /* a missing argument is told apart from an unknown option */
    for (int i = 0; i < ROWS; i++) {
        int argument = rows[i].type == TYPE_FLAG ? optional_argument : required_argument;
        tables->longs[i] = (struct option){rows[i].name, argument, NULL, OPTION_FIRST + i};
        if (rows[i].letter) {
            *letter++ = rows[i].letter;
            *letter++ = ':';
        }
    }
    tables->longs[ROWS] = (struct option){"help", no_argument, NULL, OPTION_HELP};
    tables->longs[ROWS + 1] = (struct option){"version", no_argument, NULL, OPTION_VERSION};
    *letter++ = OPTION_HELP;
    *letter = OPTION_VERSION;
}

static const struct option_row *row_of(int found)
{
    if (found >= OPTION_FIRST)
        return &rows[found - OPTION_FIRST];
    for (int i = 0; i < ROWS; i++)
        if (rows[i].letter == found)
            return &rows[i];
    return NULL;
}

/* Of letters in one argument ("-hx") getopt tells the unknown one only in optopt. */
static enum err refuse_unknown(char **argv, const char *known_letters, struct problem *problem)
{
    static const char sentence[] = "there is no such option; --help lists them";

    if (optopt < OPTION_FIRST && isgraph(optopt) && !strchr(known_letters, optopt))
        return problem_set(problem, ERR_BAD_REQUEST, "-%c: %s", optopt, sentence);
    return problem_set(problem, ERR_BAD_REQUEST, "%s: %s", argv[optind - 1], sentence);
}

static enum err read_arguments(int argc, char **argv, struct options *options,
                               enum options_task *task, struct problem *problem)
{
    struct getopt_tables tables;
    enum err err = OK;
    int found;

    make_tables(&tables);
    opterr = 0;
    optind = 0; /* from the start, even after a reading that broke off within an argument */
    while (!err && (found = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
        const struct option_row *row = row_of(found);
        if (found == OPTION_HELP)
            *task = OPTIONS_SHOW_HELP;
        else if (found == OPTION_VERSION)
            *task = OPTIONS_SHOW_VERSION;
        else if (found == ':')
            err = problem_set(problem, ERR_BAD_REQUEST, "%s: needs an argument", argv[optind - 1]);
        else if (!row)
            err = refuse_unknown(argv, tables.shorts, problem);
        else
            err = set(options, row, optarg ? optarg : "yes", problem);
    }
    if (!err && optind < argc)
        err = problem_set(problem, ERR_BAD_REQUEST, "%s: expected an option", argv[optind]);
    return err;
}

enum err options_read(int argc, char **argv, struct options *options, enum options_task *task,
                      struct problem *problem)
{
    *task = OPTIONS_RUN;
    for (int i = 0; i < ROWS; i++)
        CHECK(set(options, &rows[i], rows[i].initial, problem) == OK);
    enum err err = read_environment(options, problem);
    return err ? err : read_arguments(argc, argv, options, task, problem);
}

void options_print_help(FILE *to)
{
    fprintf(to, "Usage: pool-manager-mock [OPTION]...\n"
                "A mock of a Pool Manager, as a FastCGI worker.\n\n");
    for (int i = 0; i < ROWS; i++) {
        char name[64];
        bool is_flag = rows[i].type == TYPE_FLAG;
        snprintf(name, sizeof(name), "--%s%s%s%s", rows[i].name, is_flag ? "[=" : " ",
                 rows[i].argument, is_flag ? "]" : "");
        if (rows[i].letter)
            fprintf(to, "  -%c, %-28s", rows[i].letter, name);
        else
            fprintf(to, "      %-28s", name);
        fprintf(to, " %s", rows[i].help);
        fprintf(to, rows[i].initial[0] ? " [%s]\n" : "\n", rows[i].initial);
    }
    fprintf(to, "  -%c, %-28s %s\n", OPTION_HELP, "--help", "show this and exit");
    fprintf(to, "  -%c, %-28s %s\n", OPTION_VERSION, "--version", "show the version and exit");
    fputs("\nEach option is also taken from the environment: POOL_MANAGER_ and its name in\n"
          "capitals, such as POOL_MANAGER_LOG_LEVEL; a flag wins. BYTES may end in K, M or G,\n"
          "TIME in ms, s, m or h.\n",
          to);
}

void options_print_roff(FILE *to)
{
    for (int i = 0; i < ROWS; i++) {
        char name[ENVIRONMENT_NAME_MAX];
        environment_name(&rows[i], name);
        fprintf(to, ".It ");
        if (rows[i].letter)
            fprintf(to, "Fl %c , ", rows[i].letter);
        fprintf(to, "Fl Fl %s %sAr %s\n", rows[i].name, rows[i].type == TYPE_FLAG ? "Op " : "",
                rows[i].argument);
        fprintf(to, "%c%s.\n", toupper((unsigned char)rows[i].help[0]), rows[i].help + 1);
        if (rows[i].initial[0])
            fprintf(to, "The default is\n.Ql %s .\n", rows[i].initial);
        fprintf(to, "Environment:\n.Ev %s .\n", name);
    }
}
