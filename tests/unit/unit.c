/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

enum { CASES_MAX = 100 }; /* of a suite */

static struct unit_case *cases;
static struct unit_suite *suites;

void unit_add_suite(struct unit_suite *added)
{
    added->next = suites;
    suites = added;
}

/* The suite that a file holds: of "../tests/unit/test_arena.c" it is "arena", and so of "arena". */
static struct text suite_of(const char *file)
{
    const char *slash = strrchr(file, '/');
    struct text name = text_of(slash ? slash + 1 : file);

    if (text_starts_with(name, TEXT("test_")))
        name = text_from(name, strlen("test_"));
    if (name.length > 2 && text_equal(text_from(name, name.length - 2), TEXT(".c")))
        name.length -= 2;
    return name;
}

static int compare(const struct unit_case *a, const struct unit_case *b)
{
    int order = strcmp(a->file, b->file);

    return order != 0 ? order : a->line - b->line;
}

/* Where a case goes in: the cases stand in the order of files, and of lines in a file. */
void unit_add_case(struct unit_case *added)
{
    struct unit_case **at = &cases;

    while (*at && compare(*at, added) < 0)
        at = &(*at)->next;
    added->next = *at;
    *at = added;
}

static void list_suites(void)
{
    const char *file = "";

    for (const struct unit_case *at = cases; at; at = at->next) {
        if (strcmp(at->file, file) != 0)
            printf("%.*s\n", TEXT_ARGS(suite_of(at->file)));
        file = at->file;
    }
}

static const struct unit_suite *suite_find(struct text name)
{
    static const struct unit_suite nothing;

    for (const struct unit_suite *at = suites; at; at = at->next)
        if (text_equal(suite_of(at->file), name))
            return at;
    return &nothing;
}

static bool is_picked(const struct unit_case *a_case, struct text suite, const char *name)
{
    return text_equal(suite_of(a_case->file), suite) && (!name || strcmp(a_case->name, name) == 0);
}

/* cmocka calls these three with the case; what fails in them is reported as the case's failure. */
static int set_up(void **state)
{
    const struct unit_case *of = *state;

    if (of->set_up)
        of->set_up();
    return 0;
}

static void run_case(void **state)
{
    const struct unit_case *of = *state;

    of->run();
}

static int tear_down(void **state)
{
    const struct unit_case *of = *state;

    if (of->tear_down)
        of->tear_down();
    return 0;
}

/* Runs the case of that name, or all where it is NULL; the exit status. */
static int run(struct text name, const char *case_name)
{
    static struct CMUnitTest tests[CASES_MAX];
    const struct unit_suite *suite = suite_find(name);
    size_t count = 0;

    for (struct unit_case *at = cases; at; at = at->next) {
        if (!is_picked(at, name, case_name))
            continue;
        if (count == CASES_MAX)
            errx(EX_SOFTWARE, "%s has more than %d cases", at->file, CASES_MAX);
        if (!at->set_up && !at->tear_down) {
            at->set_up = suite->set_up;
            at->tear_down = suite->tear_down;
        }
        tests[count++] = (struct CMUnitTest){at->name, run_case, set_up, tear_down, at};
    }
    if (count == 0)
        errx(EX_USAGE, "there is no suite or case %.*s %s", TEXT_ARGS(name),
             case_name ? case_name : "");
    const char *reason = suite->reason_to_skip ? suite->reason_to_skip() : NULL;
    if (reason) {
        printf("1..0 # SKIP %s\n", reason);
        return 0;
    }
    if (suite->begin)
        suite->begin();
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return _cmocka_run_group_tests("unit", tests, count, NULL, NULL);
}

int main(int argc, char **argv)
{
    if (argc > 3)
        errx(EX_USAGE, "usage: unit [SUITE [CASE]]");
    if (argc > 1)
        return run(suite_of(argv[1]), argc > 2 ? argv[2] : NULL);
    list_suites();
    return 0;
}
