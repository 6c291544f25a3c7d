/* SPDX-License-Identifier: MIT */
#include "poolctl/arguments.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/text.h"
#include "base/words.h"
#include "model/delivery.h"
#include "model/settings.h"
#include "poolctl/complain.h"
#include "poolctl/delay.h"

enum {
    OPTION_FIRST = 1000, /* getopt's value for the first row; the values of the others follow */
    COUNT_MAX = 1000000000,
};

/* True for http or https, a host and an optional path. False for a URL with a query, or with a
 * user, whose password would be visible to other users of the machine. */
static bool is_url(const char *value)
{
    const char *host = strncmp(value, "https://", 8) == 0  ? value + 8
                       : strncmp(value, "http://", 7) == 0 ? value + 7
                                                           : "";
    size_t host_length = strcspn(host, "/");

    return host_length > 0 && !memchr(host, '@', host_length) && !strpbrk(host, " ?#\\") &&
           !text_has_control(text_of(host));
}

static bool is_target(const char *value)
{
    struct text rest = text_of(value), name;

    text_cut(&rest, '=', &name);
    return callback_target_is_valid(name) && rest.at && is_url(rest.at);
}

static bool is_visible_ascii(const char *value)
{
    for (; *value; value++)
        if (*value <= ' ' || *value > '~')
            return false;
    return true;
}

static bool has_word(const char *words, const char *value)
{
    struct text rest = text_of(words), word;

    while (text_cut(&rest, ' ', &word))
        if (text_equal(word, text_of(value)))
            return true;
    return false;
}

/* True if the value is of the row's type. An empty value never is. */
static bool is_of_type(const struct option_row *row, const char *value)
{
    struct text text = text_of(value);
    struct delay delay;
    uint64_t number;
    int64_t time_ms;

    switch (row->type) {
    case OPTION_TYPE_URL:
        return is_url(value);
    case OPTION_TYPE_TOKEN:
        return value[0] && is_visible_ascii(value);
    case OPTION_TYPE_COUNT:
        return text_to_number(text, COUNT_MAX, &number);
    case OPTION_TYPE_FRACTION:
        return delay_is_fraction(text);
    case OPTION_TYPE_TIME:
        return duration_read(text, SETTING_TTL_MAX_MS, &time_ms);
    case OPTION_TYPE_DELAY:
        return delay_read(text, &delay);
    case OPTION_TYPE_WORD:
        return value[0] && has_word(row->words, value);
    case OPTION_TYPE_HEADER:
        return strchr(value, ':') && value[0] != ':';
    case OPTION_TYPE_TARGET:
        return is_target(value);
    case OPTION_TYPE_HOST:
        return value[0] && !strpbrk(value, "/@ ") && is_visible_ascii(value);
    default:
        return value[0] != '\0';
    }
}

static const char *expectation(enum option_type type)
{
    switch (type) {
    case OPTION_TYPE_URL:
        return "a URL such as http://127.0.0.1:8080/path, without user, query and fragment";
    case OPTION_TYPE_TOKEN:
        return "a token of visible ASCII";
    case OPTION_TYPE_COUNT:
        return "a number from 0 to 1000000000";
    case OPTION_TYPE_FRACTION:
        return "a number such as 0.5, at most 31 characters long";
    case OPTION_TYPE_DELAY:
        return "a delay up to 1h, such as 250ms, 100ms..900ms or 200ms~0.4..5s";
    case OPTION_TYPE_HEADER:
        return "a header such as 'X-A: b'";
    case OPTION_TYPE_TARGET:
        return "NAME=URL, a name of a-z, 0-9 and -, and a URL without user, query and fragment";
    case OPTION_TYPE_HOST:
        return "a name or an address, an IPv6 address in brackets";
    default:
        return "a text";
    }
}

/* `variable` is the environment variable of the value, or "" for a value of the command line. */
static int refuse_value(const struct option_row *row, const char *variable, const char *value)
{
    const char *colon = variable[0] ? ": " : "";
    char fault[DURATION_FAULT_MAX];

    if (row->type == OPTION_TYPE_TOKEN || row->type == OPTION_TYPE_URL ||
        row->type == OPTION_TYPE_TARGET) /* the value may be secret */
        return complain(EX_USAGE, "%s%s--%s: expected %s", variable, colon, row->name,
                        expectation(row->type));
    if (row->type == OPTION_TYPE_WORD)
        return complain(EX_USAGE, "%s%s--%s: expected one of %s, not '%s'", variable, colon,
                        row->name, row->words, value);
    if (row->type == OPTION_TYPE_TIME) {
        duration_fault(text_of(value), SETTING_TTL_MAX_MS, fault);
        return complain(EX_USAGE, "%s%s--%s: %s, not '%s'", variable, colon, row->name, fault,
                        value);
    }
    return complain(EX_USAGE, "%s%s--%s: expected %s, not '%s'", variable, colon, row->name,
                    expectation(row->type), value);
}

/* Returns the values of an option that may be given more than once; NULL: it may not. */
static struct values *values_of(struct arguments *arguments, enum option_type type)
{
    return type == OPTION_TYPE_HEADER   ? &arguments->headers
           : type == OPTION_TYPE_TARGET ? &arguments->targets
           : type == OPTION_TYPE_HOST   ? &arguments->hosts
                                        : NULL;
}

static int set(struct arguments *arguments, int option, const char *variable, const char *value)
{
    const struct option_row *row = &cli_option_rows[option];

    if (!is_of_type(row, value))
        return refuse_value(row, variable, value);
    arguments->options[option] = value;
    struct values *values = values_of(arguments, row->type);
    if (!values)
        return EX_OK;
    if (values->count == VALUES_MAX)
        return complain(EX_USAGE, "--%s: at most %d are allowed", row->name, VALUES_MAX);
    values->at[values->count++] = value;
    return EX_OK;
}

/* Reads the options' variables. An empty variable counts as unset. */
static int read_environment(struct arguments *arguments)
{
    int status = EX_OK;

    for (int i = 0; i < OPTION__MAX && status == EX_OK; i++) {
        char variable[OPTION_VARIABLE_MAX];
        option_variable((enum option_id)i, variable);
        const char *value = variable[0] ? getenv(variable) : NULL;
        if (value && value[0])
            status = set(arguments, i, variable, value);
    }
    return status;
}

/* getopt's tables, made from the rows. */
struct getopt_tables {
    struct option longs[OPTION__MAX + 1];
    char shorts[2 * OPTION__MAX + 2];
};

static void make_tables(struct getopt_tables *tables)
{
    char *letter = tables->shorts;

    *tables = (struct getopt_tables){0};
    *letter++ = ':'; /* getopt then returns ':' for a missing argument, not '?' */
    for (int i = 0; i < OPTION__MAX; i++) {
        const struct option_row *row = &cli_option_rows[i];
        bool is_flag = row->type == OPTION_TYPE_FLAG;
        tables->longs[i] = (struct option){row->name, is_flag ? no_argument : required_argument,
                                           NULL, OPTION_FIRST + i};
        if (!row->letter)
            continue;
        *letter++ = row->letter;
        if (!is_flag)
            *letter++ = ':';
    }
}

static int option_of(int found)
{
    if (found >= OPTION_FIRST)
        return found - OPTION_FIRST;
    for (int i = 0; i < OPTION__MAX; i++)
        if (cli_option_rows[i].letter && cli_option_rows[i].letter == found)
            return i;
    return -1;
}

/* Returns how many options begin with the name, which may be followed by = and a value. */
static int options_like(const char *name)
{
    size_t length = strcspn(name, "=");
    int count = 0;

    for (int i = 0; i < OPTION__MAX; i++)
        count += strncmp(cli_option_rows[i].name, name, length) == 0;
    return count;
}

/* Refuses what getopt did not accept: a value for a flag, an unknown option, or an ambiguous one.
 * For letters in one argument ("-jx") getopt gives the unknown letter only in optopt. */
static int refuse_option(char **argv, const char *known_letters)
{
    static const char sentence[] = "there is no such option; --help lists them";
    const char *given = argv[optind - 1];

    if (optopt >= OPTION_FIRST)
        return complain(EX_USAGE, "--%s: takes no value",
                        cli_option_rows[optopt - OPTION_FIRST].name);
    if (isgraph(optopt) && !strchr(known_letters, optopt))
        return complain(EX_USAGE, "-%c: %s", optopt, sentence);
    if (strncmp(given, "--", 2) == 0 && options_like(given + 2) > 1)
        return complain(EX_USAGE, "%s: more than one option begins like this; --help lists them",
                        given);
    return complain(EX_USAGE, "%s: %s", given, sentence);
}

static int read_options(int argc, char **argv, struct arguments *arguments)
{
    struct getopt_tables tables;
    int status = EX_OK;
    int found;

    make_tables(&tables);
    opterr = 0;
    optind = 0; /* resets getopt, even if an earlier call stopped inside an argument */
    while (status == EX_OK &&
           (found = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
        int option = option_of(found);
        if (found == ':')
            status = complain(EX_USAGE, "%s: needs an argument", argv[optind - 1]);
        else if (option < 0)
            status = refuse_option(argv, tables.shorts);
        else
            status = set(arguments, option, "", optarg ? optarg : "yes");
    }
    return status;
}

/* Returns how many words the row has if the given words begin with them, and 0 otherwise. */
static int matching_words(const struct command_row *row, int count, char **given)
{
    struct text rest = text_of(row->words), word;
    int matched = 0;

    while (text_cut(&rest, ' ', &word)) {
        if (matched == count || !text_equal(word, text_of(given[matched])))
            return 0;
        matched++;
    }
    return matched;
}

/* Returns 1 if the command takes an argument that is not a pair, and 0 otherwise. */
static int named_arguments(const struct command_row *row)
{
    return row->arguments[0] && strcmp(row->arguments, COMMAND_PAIRS) != 0;
}

static bool takes(const struct command_row *row, int count)
{
    int most = named_arguments(row), least = row->arguments[0] == '[' ? 0 : most;

    return command_takes_pairs(row) ? count > most : count >= least && count <= most;
}

/* Returns the length of the command's first word that is most similar to `given`, which is at
 * `*nearest`. 0 if none is similar. */
static int find_nearest(const char *given, const char **nearest)
{
    size_t least = strlen(given) / 3 + 1;
    int length = 0;

    for (int i = 0; i < COMMAND__MAX; i++) {
        struct text rest = text_of(command_rows[i].words), first;
        text_cut(&rest, ' ', &first);
        size_t distance = words_distance(text_of(given), first);
        if (distance >= least)
            continue;
        least = distance;
        length = (int)first.length;
        *nearest = first.at;
    }
    return length;
}

static int refuse_first_word(const char *given)
{
    const char *nearest;
    int length = find_nearest(given, &nearest);

    if (length == 0)
        return complain(EX_USAGE, "there is no command '%s'; --help lists them", given);
    return complain(EX_USAGE, "there is no command '%s'; did you mean %.*s?", given, length,
                    nearest);
}

/* Refuses words that are no command. Names the words that are possible at the first wrong place. */
static int refuse_words(int count, char **given)
{
    char seconds[128] = "";
    const char *last = "";

    for (int i = 0; count > 0 && i < COMMAND__MAX; i++) {
        struct text second = text_of(command_rows[i].words), first;
        text_cut(&second, ' ', &first);
        if (!text_equal(first, text_of(given[0])) || strcmp(last, command_rows[i].words) == 0)
            continue;
        last = command_rows[i].words;
        snprintf(seconds + strlen(seconds), sizeof(seconds) - strlen(seconds), "%s%.*s",
                 seconds[0] ? ", " : "", TEXT_ARGS(second));
    }
    if (count == 0)
        return complain(EX_USAGE, "expected a command; --help lists them");
    if (!seconds[0])
        return refuse_first_word(given[0]);
    if (count == 1)
        return complain(EX_USAGE, "%s: expected one of %s as the next word", given[0], seconds);
    return complain(EX_USAGE, "%s: expected one of %s, not '%s'", given[0], seconds, given[1]);
}

/* Refuses arguments that no row with these words takes: shows what each of these rows takes. */
static int refuse_arguments(const char *words)
{
    char usage[256] = "";

    for (int i = 0; i < COMMAND__MAX; i++) {
        const struct command_row *row = &command_rows[i];
        size_t length = strlen(usage);
        if (strcmp(row->words, words) == 0)
            snprintf(usage + length, sizeof(usage) - length, "%spoolctl %s%s%s",
                     length > 0 ? ", or " : "", words, row->arguments[0] ? " " : "",
                     row->arguments);
    }
    return complain(EX_USAGE, "usage: %s", usage);
}

static int check_arguments(const struct arguments *arguments)
{
    const struct command_row *row = &command_rows[arguments->command];

    if (arguments->argument && !arguments->argument[0])
        return complain(EX_USAGE, "%s: the argument is empty", row->words);
    for (char *const *pair = arguments->pairs; pair && *pair; pair++)
        if (!strchr(*pair, '=') || **pair == '=')
            return complain(EX_USAGE, "%s: expected KEY=VALUE, not '%s'", row->words, *pair);
    return EX_OK;
}

static int read_command(struct arguments *arguments, int count, char **given)
{
    const struct command_row *near = NULL;

    for (int i = 0; i < COMMAND__MAX; i++) {
        const struct command_row *row = &command_rows[i];
        int words = matching_words(row, count, given);
        if (words == 0)
            continue;
        near = row;
        if (!takes(row, count - words))
            continue;
        int named = named_arguments(row);
        arguments->command = (enum command_id)i;
        arguments->argument = named && count > words ? given[words] : NULL;
        arguments->pairs = command_takes_pairs(row) ? given + words + named : NULL;
        return check_arguments(arguments);
    }
    if (!near)
        return refuse_words(count, given);
    return refuse_arguments(near->words);
}

/* Refuses an option that the command does not take. Options of the environment are those that every
 * command takes. */
static int check_options(const struct arguments *arguments)
{
    const struct command_row *row = &command_rows[arguments->command];

    for (int i = 0; i < OPTION__MAX; i++)
        if (arguments->options[i] && !option_is_of((enum option_id)i, arguments->command))
            return complain(EX_USAGE, "--%s: '%s%s%s' does not take this option",
                            cli_option_rows[i].name, row->words, row->arguments[0] ? " " : "",
                            row->arguments);
    return EX_OK;
}

int arguments_read(int argc, char **argv, struct arguments *arguments)
{
    int status;

    *arguments = (struct arguments){.command = COMMAND__MAX};
    for (int i = 0; i < OPTION__MAX; i++)
        if (cli_option_rows[i].initial[0])
            arguments->options[i] = cli_option_rows[i].initial;
    if ((status = read_environment(arguments)) || (status = read_options(argc, argv, arguments)))
        return status;
    duration_read(text_of(arguments->options[OPTION_TIMEOUT]), SETTING_TTL_MAX_MS,
                  &arguments->timeout_ms);
    if (argc - optind == 1 && strcmp(argv[optind], "help") == 0)
        arguments->options[OPTION_HELP] = "yes";
    if (arguments->options[OPTION_HELP] || arguments->options[OPTION_VERSION])
        return EX_OK;
    if ((status = read_command(arguments, argc - optind, argv + optind)))
        return status;
    return check_options(arguments);
}
