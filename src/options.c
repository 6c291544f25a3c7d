/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/duration.h"
#include "base/log.h"
#include "base/text.h"
#include "base/words.h"
#include "model/name.h"
#include "options_rows.h"

enum {
    OPTION_HELP = 'h',
    OPTION_VERSION = 'V',
    OPTION_FIRST = 1000, /* getopt's value for the first row; the values of the others follow */
    OPTION_CHECK = OPTION_FIRST + OPTIONS_COUNT,
};

const struct option_row option_rows[] = {
#define OPTION(field, long_name, short_name, type, min, max, initial, argument, help) \
    {long_name, short_name, TYPE_##type,                                              \
     min,       max,        initial,                                                  \
     argument,  help,       offsetof(struct options, field)},
#include "options.def"
#undef OPTION
};

#define ENVIRONMENT_PREFIX "POOL_MANAGER_"

static const char no_such_option[] = "there is no such option; --help lists them";

/* Variables with the prefix that are no options: those of the switch (nginx/render-switch), and the
 * parameters of a front end that starts the program as CGI. */
static const char *const switch_names[] = {"POOL_MANAGER_BASE_URL", "POOL_MANAGER_SWITCH_PREFIX",
                                           NULL};
static const char *const front_names[] = {"POOL_MANAGER_MOUNT",
                                          "POOL_MANAGER_PUBLIC_URL",
                                          "POOL_MANAGER_POD",
                                          "POOL_MANAGER_POD_PORT",
                                          "POOL_MANAGER_FAULTS",
                                          "POOL_MANAGER_WEBSOCKETS",
                                          NULL};

/* The words of LEVEL and FORMAT, indexed by their values. */
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

/* Reads a number within the row's bounds. One of type BYTES may end in K, M or G. */
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

/* Reads one of the words of a row's argument, "one|other". */
static bool read_choice(const struct option_row *row, const char *value, int64_t *out)
{
    struct text rest = text_of(row->argument), word;

    for (*out = 0; text_cut(&rest, '|', &word); ++*out)
        if (text_equal(word, text_of(value)))
            return true;
    return false;
}

static bool is_text(enum option_type type)
{
    return type == TYPE_TEXT || type == TYPE_NAME || type == TYPE_SECRET || type == TYPE_PATH;
}

static bool is_text_of_row(const struct option_row *row, const char *value)
{
    size_t length = strlen(value);

    if (row->type == TYPE_NAME && name_fault(text_of(value)))
        return false;

    if (row->type == TYPE_PATH)
        return length == 0 || value[0] == '/';
    return row->max == 0 || (length >= (size_t)row->min && length <= (size_t)row->max);
}

/* Writes a quantity in the largest unit that divides it. */
static void write_quantity(int64_t quantity, const struct option_row *row,
                           char text[static DURATION_TEXT_MAX])
{
    static const char *const units[] = {"", "K", "M", "G"}; /* each 2^10 times the one before */
    size_t unit = 0;

    if (row->type == TYPE_DURATION) {
        duration_write(quantity, text);
        return;
    }
    for (; row->type == TYPE_BYTES && unit < 3 && quantity > 0 && quantity % 1024 == 0; unit++)
        quantity /= 1024;
    snprintf(text, DURATION_TEXT_MAX, "%lld%s", (long long)quantity, units[unit]);
}

/* `what` names the kind of quantity, such as "a number"; the sentence adds the bounds. */
static enum err refuse_quantity(const struct option_row *row, const char *what, const char *value,
                                struct problem *problem)
{
    char min[DURATION_TEXT_MAX], max[DURATION_TEXT_MAX];

    write_quantity(row->min, row, min);
    write_quantity(row->max, row, max);
    return problem_set(problem, ERR_BAD_REQUEST, "--%s: expected %s from %s to %s, not '%s'",
                       row->name, what, min, max, value);
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
    case TYPE_NAME:
        if (name_fault(text_of(value)))
            return problem_set(problem, ERR_BAD_REQUEST, "--%s: %s", row->name,
                               name_fault(text_of(value)));
        /* fallthrough */
    case TYPE_TEXT:
    case TYPE_SECRET:
        return problem_set(problem, ERR_BAD_REQUEST, "--%s: expected %lld to %lld bytes", row->name,
                           (long long)row->min, (long long)row->max);
    case TYPE_DURATION:
        return refuse_quantity(row, "a time such as 500ms or 30s,", value, problem);
    case TYPE_BYTES:
        return refuse_quantity(row, "bytes such as 500K or 1M,", value, problem);
    default:
        return refuse_quantity(row, "a number", value, problem);
    }
}

static bool read_number(const struct option_row *row, const char *value, int64_t *out)
{
    switch (row->type) {
    case TYPE_LEVEL:
    case TYPE_FORMAT:
    case TYPE_FLAG:
        return read_word(words_of(row->type), value, out);
    case TYPE_WORDS:
        return read_choice(row, value, out);
    case TYPE_DURATION:
        return read_duration(row, value, out);
    case TYPE_MODE:
        return read_mode(row, value, out);
    default:
        return read_quantity(row, value, out);
    }
}

static enum err set(struct options *options, const struct option_row *row, const char *value,
                    enum option_source source, struct problem *problem)
{
    void *field = (char *)options + row->offset;
    int64_t number;

    options->origins[row - option_rows] = (struct option_origin){value, source};
    if (is_text(row->type)) {
        memcpy(field, &value, sizeof(value));
        return is_text_of_row(row, value) ? OK : refuse(row, value, problem);
    }
    if (!read_number(row, value, &number))
        return refuse(row, value, problem);
    memcpy(field, &number, sizeof(number));
    return OK;
}

void option_environment_name(const struct option_row *row, char name[static ENVIRONMENT_NAME_MAX])
{
    size_t length = (size_t)snprintf(name, ENVIRONMENT_NAME_MAX, ENVIRONMENT_PREFIX);

    for (const char *at = row->name; *at && length + 1 < ENVIRONMENT_NAME_MAX; at++)
        name[length++] = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
    name[length] = '\0';
}

/* Puts the name of the variable in front of the problem with its value. */
static enum err name_variable(const char *name, struct problem *problem)
{
    const struct problem value = *problem;

    return problem_set(problem, value.err, "%s: %s", name, value.text);
}

static enum err read_variables(struct options *options, struct problem *problem)
{
    for (int i = 0; i < OPTIONS_COUNT; i++) {
        char name[ENVIRONMENT_NAME_MAX];
        option_environment_name(&option_rows[i], name);
        const char *value = getenv(name);
        if (value && set(options, &option_rows[i], value, OPTION_FROM_ENVIRONMENT, problem))
            return name_variable(name, problem);
    }
    return OK;
}

/* Returns the option whose variable, or whose flag, is most similar to `name`, which has no prefix
 * and no dashes. NULL if none is similar. */
static const struct option_row *find_nearest(struct text name, bool is_variable)
{
    const struct option_row *nearest = NULL;
    size_t least = name.length / 3 + 1;

    for (int i = 0; i < OPTIONS_COUNT; i++) {
        char variable[ENVIRONMENT_NAME_MAX];
        option_environment_name(&option_rows[i], variable);
        struct text own = text_of(option_rows[i].name);
        if (is_variable)
            own = text_from(text_of(variable), sizeof(ENVIRONMENT_PREFIX) - 1);
        size_t distance = words_distance(name, own);
        if (distance < least) {
            least = distance;
            nearest = &option_rows[i];
        }
    }
    return nearest;
}

static bool is_variable(struct text name, bool as_cgi)
{
    char variable[ENVIRONMENT_NAME_MAX];

    for (int i = 0; i < OPTIONS_COUNT; i++) {
        option_environment_name(&option_rows[i], variable);
        if (text_equal(name, text_of(variable)))
            return true;
    }
    return switch_names[words_find(switch_names, name)] ||
           (as_cgi && front_names[words_find(front_names, name)]);
}

static enum err refuse_variable(struct text name, struct problem *problem)
{
    const struct option_row *nearest = find_nearest(text_from(name, sizeof(ENVIRONMENT_PREFIX) - 1),
                                                    true);
    char variable[ENVIRONMENT_NAME_MAX];

    if (!nearest)
        return problem_set(problem, ERR_BAD_REQUEST, "%.*s: %s", TEXT_ARGS(name), no_such_option);
    option_environment_name(nearest, variable);
    return problem_set(problem, ERR_BAD_REQUEST, "%.*s: there is no such option; did you mean %s?",
                       TEXT_ARGS(name), variable);
}

static enum err check_names(bool as_cgi, struct problem *problem)
{
    for (char **entry = environ; entry && *entry; entry++) {
        struct text rest = text_of(*entry), name;
        text_cut(&rest, '=', &name);
        if (text_starts_with(name, TEXT(ENVIRONMENT_PREFIX)) && !is_variable(name, as_cgi))
            return refuse_variable(name, problem);
    }
    return OK;
}

/* getopt's tables, made from the rows. */
struct getopt_tables {
    struct option longs[OPTIONS_COUNT + 4];
    char shorts[2 * OPTIONS_COUNT + 8];
};

static void make_tables(struct getopt_tables *tables)
{
    char *letter = tables->shorts;

    *tables = (struct getopt_tables){0};
    *letter++ = ':'; /* getopt then returns ':' for a missing argument, not '?' */
    for (int i = 0; i < OPTIONS_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        int argument = row->type == TYPE_FLAG ? optional_argument : required_argument;
        tables->longs[i] = (struct option){row->name, argument, NULL, OPTION_FIRST + i};
        if (row->letter) {
            *letter++ = row->letter;
            *letter++ = ':';
        }
    }
    struct option *last = &tables->longs[OPTIONS_COUNT];
    *last++ = (struct option){"check", no_argument, NULL, OPTION_CHECK};
    *last++ = (struct option){"help", no_argument, NULL, OPTION_HELP};
    *last = (struct option){"version", no_argument, NULL, OPTION_VERSION};
    *letter++ = OPTION_HELP;
    *letter = OPTION_VERSION;
}

static const struct option_row *row_of(int found)
{
    if (found >= OPTION_FIRST && found < OPTION_CHECK)
        return &option_rows[found - OPTION_FIRST];
    for (int i = 0; i < OPTIONS_COUNT; i++)
        if (option_rows[i].letter == found)
            return &option_rows[i];
    return NULL;
}

static bool read_task(int found, enum options_task *task)
{
    switch (found) {
    case OPTION_HELP:
        *task = OPTIONS_SHOW_HELP;
        return true;
    case OPTION_VERSION:
        *task = OPTIONS_SHOW_VERSION;
        return true;
    case OPTION_CHECK:
        *task = OPTIONS_CHECK;
        return true;
    default:
        return false;
    }
}

/* For letters in one argument ("-hx") getopt gives the unknown letter only in optopt. */
static enum err refuse_unknown(char **argv, const char *known_letters, struct problem *problem)
{
    const char *argument = argv[optind - 1];
    struct text name = text_of(argument), rest = name;

    if (optopt < OPTION_FIRST && isgraph(optopt) && !strchr(known_letters, optopt))
        return problem_set(problem, ERR_BAD_REQUEST, "-%c: %s", optopt, no_such_option);
    text_cut(&rest, '=', &name);
    bool is_long = text_starts_with(name, TEXT("--"));
    const struct option_row *nearest = is_long ? find_nearest(text_from(name, 2), false) : NULL;
    if (!nearest || text_equal(text_from(name, 2), text_of(nearest->name)))
        return problem_set(problem, ERR_BAD_REQUEST, "%s: %s", argument, no_such_option);
    return problem_set(problem, ERR_BAD_REQUEST, "%s: there is no such option; did you mean --%s?",
                       argument, nearest->name);
}

static enum err read_arguments(int argc, char **argv, struct options *options,
                               enum options_task *task, struct problem *problem)
{
    struct getopt_tables tables;
    enum err err = OK;
    int found;

    make_tables(&tables);
    opterr = 0;
    optind = 0; /* resets getopt, even if an earlier call stopped inside an argument */
    while (!err && (found = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
        const struct option_row *row = row_of(found);
        if (read_task(found, task))
            continue;
        if (found == ':')
            err = problem_set(problem, ERR_BAD_REQUEST, "%s: needs an argument", argv[optind - 1]);
        else if (!row)
            err = refuse_unknown(argv, tables.shorts, problem);
        else
            err = set(options, row, optarg ? optarg : "yes", OPTION_FROM_FLAG, problem);
    }
    if (!err && optind < argc)
        err = problem_set(problem, ERR_BAD_REQUEST, "unexpected argument '%s'", argv[optind]);
    return err;
}

enum err options_read(int argc, char **argv, bool as_cgi, struct options *options,
                      enum options_task *task, struct problem *problem)
{
    struct problem of_environment = {0};

    *task = OPTIONS_RUN;
    for (int i = 0; i < OPTIONS_COUNT; i++)
        CHECK(set(options, &option_rows[i], option_rows[i].initial, OPTION_FROM_DEFAULT, problem) ==
              OK);
    if (!read_variables(options, &of_environment))
        check_names(as_cgi, &of_environment);
    enum err err = read_arguments(argc, argv, options, task, problem);
    bool shows = *task == OPTIONS_SHOW_HELP || *task == OPTIONS_SHOW_VERSION;
    if (!of_environment.err || (shows && !err))
        return err;
    *problem = of_environment;
    return problem->err;
}
