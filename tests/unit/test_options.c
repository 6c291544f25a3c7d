/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "options.h"

enum type {
    TEXT_,
    NAME_,
    SECRET_,
    PATH_,
    COUNT_,
    BYTES_,
    DURATION_,
    MODE_,
    LEVEL_,
    FORMAT_,
    WORDS_,
    FLAG_
};

/* A copy of the table, so that the tests try every row. */
static const struct row {
    const char *name;
    char letter;
    enum type type;
    int64_t min, max;
    const char *initial;
    const char *argument;
    size_t offset;
} rows[] = {
#define OPTION(field, long_name, short_name, type, min, max, initial, argument, help) \
    {long_name, short_name, type##_, min, max, initial, argument, offsetof(struct options, field)},
#include "options.def"
#undef OPTION
};

static struct options options;
static struct problem problem;
static enum options_task task;
static bool as_cgi;

/* Reads `count` arguments. The options borrow their texts from copies that live until the next
 * call. `second` may be NULL. */
static enum err read_arguments(int count, const char *first, const char *second)
{
    static char copies[3][600];
    const char *const given[] = {"prog", first, second};
    char *argv[] = {copies[0], copies[1], copies[2], NULL};

    for (int i = 0; i <= count; i++)
        snprintf(copies[i], sizeof(copies[i]), "%s", given[i]);
    argv[count + 1] = NULL;
    problem = (struct problem){0};
    return options_read(count + 1, argv, as_cgi, &options, &task, &problem);
}

static bool is_text(const struct row *row)
{
    return row->type == TEXT_ || row->type == NAME_ || row->type == SECRET_ || row->type == PATH_;
}

static int64_t number_at(const struct row *row)
{
    int64_t number;

    memcpy(&number, (char *)&options + row->offset, sizeof(number));
    return number;
}

static const char *text_at(const struct row *row)
{
    const char *text;

    memcpy(&text, (char *)&options + row->offset, sizeof(text));
    return text;
}

static void environment_name(const struct row *row, char name[static 64])
{
    size_t length = (size_t)snprintf(name, 64, "POOL_MANAGER_");

    for (const char *at = row->name; *at; at++)
        name[length++] = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
    name[length] = '\0';
}

static bool is_number(const struct row *row)
{
    return row->type == COUNT_ || row->type == BYTES_ || row->type == DURATION_;
}

/* A valid value of the row that is not its default. */
static const char *other_value(const struct row *row)
{
    static char digits[32];

    if (is_number(row)) {
        snprintf(digits, sizeof(digits), "%lld", (long long)row->min + 1);
        return digits;
    }
    return row->type == PATH_     ? "/other"
           : row->type == MODE_   ? "0600"
           : row->type == LEVEL_  ? "debug"
           : row->type == FORMAT_ ? "json"
           : row->type == WORDS_  ? strchr(row->argument, '|') + 1
           : row->type == FLAG_   ? "yes"
                                  : "other";
}

static bool has_other_value(const struct row *row)
{
    switch (row->type) {
    case TEXT_:
    case NAME_:
    case SECRET_:
        return strcmp(text_at(row), "other") == 0;
    case PATH_:
        return strcmp(text_at(row), "/other") == 0;
    case MODE_:
        return number_at(row) == 0600;
    case LEVEL_:
        return number_at(row) == LOG_DEBUG;
    case FORMAT_:
        return number_at(row) == LOG_JSON;
    case WORDS_:
    case FLAG_:
        return number_at(row) == 1;
    default:
        return number_at(row) == row->min + 1;
    }
}

/* Asserts that the problem names the option. `variable` is the environment variable of the value,
 * with a colon and a space, or "". */
static void assert_names_the_option(const struct row *row, const char *variable)
{
    char start[160];

    snprintf(start, sizeof(start), "%s--%s: ", variable, row->name);
    if (strncmp(problem.text, start, strlen(start)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", problem.text, start);
    assert_null(strchr(problem.text, '\n'));
}

TEST(defaults_come_from_the_table)
{
    assert_int_equal(read_arguments(0, NULL, NULL), OK);
    assert_int_equal(task, OPTIONS_RUN);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        if (is_text(&rows[i]))
            assert_string_equal(text_at(&rows[i]), rows[i].initial);
        else if (rows[i].type == COUNT_)
            assert_int_equal(number_at(&rows[i]), strtoll(rows[i].initial, NULL, 10));
    assert_string_equal(options.listen, "inherit");
    assert_string_equal(options.mount, "/api/mock/pool-manager");
    assert_string_equal(options.default_pool, "default-pool");
    assert_int_equal(options.socket_mode, 0660);
    assert_int_equal(options.body_max, 1024 * 1024);
    assert_int_equal(options.path_max, 8000);
    assert_int_equal(options.receive_timeout, 30000);
    assert_int_equal(options.send_timeout, 60000);
    assert_int_equal(options.default_pool_pods, 5);
    assert_int_equal(options.new_pool_pods, 3);
    assert_int_equal(options.log_level, LOG_INFO);
    assert_int_equal(options.log_format, LOG_TEXT);
}

TEST(each_option_is_read_from_flag_letter_and_environment_and_the_flag_wins)
{
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char flag[64], joined[128], letter[3] = {'-', rows[i].letter, '\0'}, name[64];
        snprintf(flag, sizeof(flag), "--%s", rows[i].name);
        snprintf(joined, sizeof(joined), "%s=%s", flag, other_value(&rows[i]));
        if (rows[i].type == FLAG_) /* takes its argument after a = only */
            assert_int_equal(read_arguments(1, flag, NULL), OK);
        else
            assert_int_equal(read_arguments(2, flag, other_value(&rows[i])), OK);
        assert_true(has_other_value(&rows[i]));
        assert_int_equal(read_arguments(1, joined, NULL), OK);
        assert_true(has_other_value(&rows[i]));
        if (rows[i].letter) {
            assert_int_equal(read_arguments(2, letter, other_value(&rows[i])), OK);
            assert_true(has_other_value(&rows[i]));
        }
        environment_name(&rows[i], name);
        setenv(name, other_value(&rows[i]), 1);
        assert_int_equal(read_arguments(0, NULL, NULL), OK);
        assert_true(has_other_value(&rows[i]));
        setenv(name, rows[i].initial, 1);
        assert_int_equal(read_arguments(1, joined, NULL), OK);
        assert_true(has_other_value(&rows[i]));
        unsetenv(name);
    }
}

static void check_refused(const struct row *row, const char *value)
{
    char joined[512], name[80];

    snprintf(joined, sizeof(joined), "--%s=%s", row->name, value);
    if (read_arguments(1, joined, NULL) != ERR_BAD_REQUEST)
        fail_msg("%s is taken", joined);
    assert_names_the_option(row, "");
    environment_name(row, name);
    setenv(name, value, 1);
    assert_int_equal(read_arguments(0, NULL, NULL), ERR_BAD_REQUEST);
    unsetenv(name);
    snprintf(joined, sizeof(joined), "%s: ", name);
    assert_names_the_option(row, joined);
}

static void check_bound(const struct row *row, int64_t bound, int64_t past)
{
    char joined[128], value[32];

    snprintf(joined, sizeof(joined), "--%s=%lld", row->name, (long long)bound);
    assert_int_equal(read_arguments(1, joined, NULL), OK);
    assert_int_equal(number_at(row), bound);
    snprintf(value, sizeof(value), "%lld", (long long)past);
    check_refused(row, value);
}

TEST(numbers_out_of_bounds_are_refused)
{
    static const char *const wrong[] = {"",
                                        "x",
                                        "1x",
                                        "-1",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "01",
                                        "1.5",
                                        "1e3",
                                        "0x10",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "99999999999999999999999",
                                        "1Kx",
                                        "k"};
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        if (!is_number(&rows[i]))
            continue;
        check_bound(&rows[i], rows[i].min, rows[i].min - 1);
        check_bound(&rows[i], rows[i].max, rows[i].max + 1);
        for (size_t j = 0; j < UNIT_COUNT(wrong); j++)
            check_refused(&rows[i], wrong[j]);
        if (rows[i].type == COUNT_)
            check_refused(&rows[i], "1K");
        if (rows[i].type != DURATION_)
            check_refused(&rows[i], "1s");
    }
}

TEST(units_multiply_and_never_overflow)
{
    static const struct {
        const char *argument;
        int64_t body_max, receive_timeout;
    } sound[] = {
        {"--body-max=2", 2, 0},
        {"--body-max=3K", 3072, 0},
        {"--body-max=2M", 2097152, 0},
        {"--body-max=1G", 1073741824, 0},
        {"--receive-timeout=10", 0, 10},
        {"--receive-timeout=11ms", 0, 11},
        {"--receive-timeout=2s", 0, 2000},
        {"--receive-timeout=3m", 0, 180000},
        {"--receive-timeout=1h", 0, 3600000},
    };
    static const char *const wrong[] = {"--body-max=2G",
                                        "--body-max=9223372036854775807G",
                                        "--body-max=9007199254740993K",
                                        "--body-max=17179869185G",
                                        "--receive-timeout=2h",
                                        "--receive-timeout=9223372036854775807h",
                                        "--body-max=1m",
                                        "--body-max=1KB",
                                        "--receive-timeout=1S"};

    for (size_t i = 0; i < UNIT_COUNT(sound); i++) {
        assert_int_equal(read_arguments(1, sound[i].argument, NULL), OK);
        assert_int_equal(sound[i].body_max ? options.body_max : options.receive_timeout,
                         sound[i].body_max ? sound[i].body_max : sound[i].receive_timeout);
    }
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++)
        if (read_arguments(1, wrong[i], NULL) != ERR_BAD_REQUEST)
            fail_msg("%s is taken", wrong[i]);
}

TEST(words_modes_and_names_are_checked)
{
    static const char *const modes[] = {
        "", "8", "0778", "01000", "-1", "+7", " 7", "rw", "77777777777777777777777"};
    static const char *const words[] = {"", "Info", "inf", "info ", "0"};
    char longest[130] = "";

    memset(longest, 'x', 129);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        for (size_t j = 0; j < UNIT_COUNT(modes) && rows[i].type == MODE_; j++)
            check_refused(&rows[i], modes[j]);
        for (size_t j = 0;
             j < UNIT_COUNT(words) && (rows[i].type >= LEVEL_ && rows[i].type <= FLAG_); j++)
            check_refused(&rows[i], words[j]);
        if (rows[i].type == PATH_)
            check_refused(&rows[i], "no/slash/in/front");
        if (rows[i].type == NAME_) {
            static const char *const names[] = {"",    "..",      ".",    "a/..",
                                                "../", "../../x", "a\nb", "\xff"};
            for (size_t j = 0; j < UNIT_COUNT(names); j++)
                check_refused(&rows[i], names[j]);
            check_refused(&rows[i], longest);
        }
    }
    assert_int_equal(read_arguments(2, "--default-pool", longest + 1), OK);
    assert_int_equal(read_arguments(2, "--state-wait", "2h"), ERR_BAD_REQUEST);
    assert_string_equal(
        problem.text, "--state-wait: expected a time such as 500ms or 30s, from 0 to 1h, not '2h'");
    assert_int_equal(read_arguments(2, "-m", "0"), OK);
    assert_int_equal(options.socket_mode, 0);
}

TEST(check_help_and_version_are_tasks)
{
    assert_int_equal(read_arguments(1, "--check", NULL), OK);
    assert_int_equal(task, OPTIONS_CHECK);
    assert_int_equal(read_arguments(1, "--help", NULL), OK);
    assert_int_equal(task, OPTIONS_SHOW_HELP);
    assert_int_equal(read_arguments(1, "-h", NULL), OK);
    assert_int_equal(task, OPTIONS_SHOW_HELP);
    assert_int_equal(read_arguments(1, "--version", NULL), OK);
    assert_int_equal(task, OPTIONS_SHOW_VERSION);
    assert_int_equal(read_arguments(1, "-V", NULL), OK);
    assert_int_equal(task, OPTIONS_SHOW_VERSION);
}

TEST(unknown_and_incomplete_arguments_are_named)
{
    static const struct {
        const char *first, *second, *named;
    } wrong[] = {
        {"--nonsense", NULL, "--nonsense"},
        {"-x", NULL, "-x"},
        {"-xh", NULL, "-x"},
        {"-hx", NULL, "-x"},
        {"--pod-mx", NULL, "--pod-mx: there is no such option; did you mean --pods-max?"},
        {"--body-maxx=1", NULL, "did you mean --body-max?"},
        {"--log-leval", NULL, "did you mean --log-level?"},
        {"--zzz", NULL, "--zzz: there is no such option; --help lists them"},
        {"--check=yes", NULL, "--check=yes: there is no such option"},
        {"stray", NULL, "unexpected argument 'stray'"},
        {"--listen", NULL, "--listen"},
        {"-l", NULL, "-l"},
        {"-hl", NULL, "-hl"},
        {"-L", "debug", NULL},
        {"--help=yes", NULL, "--help"},
        {"--require-auth", "yes", "yes"},
        {"--pod", "1", "--pod"},
    };

    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        enum err err = read_arguments(wrong[i].second ? 2 : 1, wrong[i].first, wrong[i].second);
        if (err != (wrong[i].named ? ERR_BAD_REQUEST : OK))
            fail_msg("%s: %s", wrong[i].first, err_code(err));
        if (wrong[i].named && !strstr(problem.text, wrong[i].named))
            fail_msg("%s: \"%s\" does not name %s", wrong[i].first, problem.text, wrong[i].named);
    }
}

TEST(quantities_are_refused_with_their_bounds_and_an_example)
{
    static const struct {
        const char *argument, *sentence;
    } cases[] = {
        {"--body-max=1X", "--body-max: expected bytes such as 500K or 1M, from 1 to 1G, not '1X'"},
        {"--path-max=1", "--path-max: expected bytes such as 500K or 1M, from 64 to 64K, not '1'"},
        {"--state-max=x",
         "--state-max: expected bytes such as 500K or 1M, from 0 to 1024G, not 'x'"},
        {"--send-timeout=1",
         "--send-timeout: expected a time such as 500ms or 30s, from 10ms to 1h, not '1'"},
        {"--goose-start=x",
         "--goose-start: expected a time such as 500ms or 30s, from 0 to 1h, not 'x'"},
        {"--pods-max=abc", "--pods-max: expected a number from 0 to 1000000000, not 'abc'"},
    };

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        assert_int_equal(read_arguments(1, cases[i].argument, NULL), ERR_BAD_REQUEST);
        assert_string_equal(problem.text, cases[i].sentence);
    }
}

TEST(unknown_variables_are_refused_except_those_of_the_front_end)
{
    static const struct {
        const char *name;
        bool usual, cgi; /* true: accepted by the worker, by the CGI program */
        const char *sentence;
    } cases[] = {
        {"POOL_MANAGER_FOO", false, false, ": there is no such option; --help lists them"},
        {"POOL_MANAGER_", false, false, ": there is no such option; --help lists them"},
        {"POOL_MANAGER_pods_max", false, false, ": there is no such option; --help lists them"},
        {"POOL_MANAGER_TEST_LONG", false, false, ": there is no such option; --help lists them"},
        {"POOL_MANAGER_PODS_MX", false, false,
         ": there is no such option; did you mean POOL_MANAGER_PODS_MAX?"},
        {"POOL_MANAGER_BASE_URL", true, true, ""},
        {"POOL_MANAGER_SWITCH_PREFIX", true, true, ""},
        {"POOL_MANAGER_POD", false, true, ": there is no such option; --help lists them"},
        {"POOL_MANAGER_POD_PORT", false, true, ": there is no such option; --help lists them"},
        {"POOL_MANAGER_FAULTS", false, true, ": there is no such option; --help lists them"},
        {"POOL_MANAGER_WEBSOCKETS", false, true, ": there is no such option; --help lists them"},
        {"POOLMANAGER_FOO", true, true, ""},
        {"XPOOL_MANAGER_FOO", true, true, ""},
    };
    char sentence[160];

    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        setenv(cases[i].name, "1", 1);
        assert_int_equal(read_arguments(0, NULL, NULL), cases[i].usual ? OK : ERR_BAD_REQUEST);
        snprintf(sentence, sizeof(sentence), "%s%s", cases[i].name, cases[i].sentence);
        if (!cases[i].usual)
            assert_string_equal(problem.text, sentence);
        assert_int_equal(read_arguments(1, "--check", NULL), cases[i].usual ? OK : ERR_BAD_REQUEST);
        assert_int_equal(read_arguments(1, "--help", NULL), OK);
        assert_int_equal(read_arguments(1, "--version", NULL), OK);
        as_cgi = true;
        assert_int_equal(read_arguments(0, NULL, NULL), cases[i].cgi ? OK : ERR_BAD_REQUEST);
        as_cgi = false;
        unsetenv(cases[i].name);
    }
}

/* Asserts the value and the origin that --check shows for an option. */
static void assert_shown(const char *option, const char *value, const char *from)
{
    char *shown = NULL, name[64], seen_value[200], seen_from[64];
    size_t length;
    FILE *to = open_memstream(&shown, &length);

    options_print_values(to, &options);
    fclose(to);
    snprintf(name, sizeof(name), "\n--%s ", option);
    const char *line = strstr(shown, name);
    assert_non_null(line);
    assert_int_equal(sscanf(line + strlen(name), " %199[^ ] %63[^\n]", seen_value, seen_from), 2);
    assert_string_equal(seen_value, value);
    assert_string_equal(seen_from, from);
    free(shown);
}

TEST(values_are_shown_with_their_origins_and_secrets_are_not)
{
    setenv("POOL_MANAGER_POD_PASSWORD", "secret-1", 1);
    setenv("POOL_MANAGER_BODY_MAX", "2M", 1);
    setenv("POOL_MANAGER_PATH_MAX", "100", 1);
    assert_int_equal(read_arguments(2, "--path-max=200", "--admin-token=secret-2"), OK);
    assert_shown("body-max", "2M", "POOL_MANAGER_BODY_MAX");
    assert_shown("path-max", "200", "flag");
    assert_shown("pods-max", "0", "default");
    assert_shown("state", "\"\"", "default");
    assert_shown("require-auth", "no", "default");
    unsetenv("POOL_MANAGER_BODY_MAX");
    unsetenv("POOL_MANAGER_PATH_MAX");
    char *shown = NULL;
    size_t length;
    FILE *to = open_memstream(&shown, &length);
    options_print_values(to, &options);
    fclose(to);
    assert_null(strstr(shown, "secret"));
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char flag[80];
        snprintf(flag, sizeof(flag), "\n--%s ", rows[i].name);
        assert_non_null(strstr(shown, flag));
    }
    free(shown);
    unsetenv("POOL_MANAGER_POD_PASSWORD");
    assert_int_equal(read_arguments(2, "--owner=a b\nc", "--require-auth"), OK);
    assert_shown("require-auth", "yes", "flag");
    assert_shown("pod-password", "mock-password", "default");
    to = open_memstream(&shown, &length);
    options_print_values(to, &options);
    fclose(to);
    assert_non_null(strstr(shown, "\n--owner              \"a b\\nc\" "));
    free(shown);
}

TEST(help_lines_have_at_most_80_columns)
{
    char *help = NULL;
    size_t length;
    FILE *to = open_memstream(&help, &length);

    options_print_help(to);
    fclose(to);
    for (char *rest = help, *line; (line = strsep(&rest, "\n"));)
        if (strlen(line) > 80 || (line[0] && line[strlen(line) - 1] == ' '))
            fail_msg("too long, or ends with a space: \"%s\"", line);
    free(help);
}

TEST(help_and_man_page_have_every_option)
{
    char *help = NULL, *roff = NULL;
    size_t length;
    FILE *to_help = open_memstream(&help, &length), *to_roff = open_memstream(&roff, &length);

    options_print_help(to_help);
    options_print_roff(to_roff);
    fclose(to_help);
    fclose(to_roff);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        char flag[80], name[64];
        snprintf(flag, sizeof(flag), "--%s%s", rows[i].name, rows[i].type == FLAG_ ? "[=" : " ");
        assert_non_null(strstr(help, flag));
        snprintf(flag, sizeof(flag), "Fl Fl %s %sAr ", rows[i].name,
                 rows[i].type == FLAG_ ? "Ns Op Ns = Ns " : "");
        assert_non_null(strstr(roff, flag));
        environment_name(&rows[i], name);
        assert_non_null(strstr(roff, name));
    }
    free(help);
    free(roff);
}

/* Removes the variables that make and a developer's shell have set. */
static void clean_environment(void)
{
    for (char **entry = environ; *entry;) {
        char name[256];
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(*entry, "="), *entry);
        if (strncmp(name, "POOL_MANAGER_", strlen("POOL_MANAGER_")) == 0)
            unsetenv(name); /* the next entry moves to this place */
        else
            entry++;
    }
}

SUITE(.begin = clean_environment);
