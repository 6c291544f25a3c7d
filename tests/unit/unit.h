/* SPDX-License-Identifier: MIT
 *
 * The unit tests are one program. Each test_NAME.c is a suite of it, and each TEST() a case:
 *
 *     tests/unit/unit              lists the suites
 *     tests/unit/unit arena        runs one
 *     tests/unit/unit arena CASE   runs one case of it
 *
 * A process runs one suite, because a suite may change what is the process's own: its environment,
 * its descriptors, libfcgi. Automake starts a process for each file in $(unit_tests) of local.mk,
 * the list of suites. A case enters its suite by a constructor of the C runtime, so it is named
 * once, where it is written. The output is TAP, a line for each case.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

struct unit_case {
    const char *file;
    int line;
    const char *name;
    void (*run)(void);
    void (*set_up)(void);    /* NULL: none */
    void (*tear_down)(void); /* likewise */
    struct unit_case *next;
};

/* What holds for all cases of a file. Each member may be NULL. */
struct unit_suite {
    const char *file;
    const char *(*reason_to_skip)(void); /* returns why the suite is skipped, or NULL */
    void (*begin)(void);                 /* runs once, before the first case */
    void (*set_up)(void);    /* runs before each TEST(), but not before a TEST_BETWEEN() */
    void (*tear_down)(void); /* runs after each TEST(), but not after a TEST_BETWEEN() */
    struct unit_suite *next;
};

void unit_add_case(struct unit_case *added);
void unit_add_suite(struct unit_suite *added);

/* A case; its body follows. */
#define TEST(name) TEST_BETWEEN(name, NULL, NULL)

/* A case with a set-up and a tear-down of its own; either may be NULL. */
#define TEST_BETWEEN(name, before, after)                                                       \
    static void name(void);                                                                     \
    __attribute__((constructor)) static void add_##name(void)                                   \
    {                                                                                           \
        static struct unit_case added = {__FILE__, __LINE__, #name, name, before, after, NULL}; \
        unit_add_case(&added);                                                                  \
    }                                                                                           \
    static void name(void)

/* What holds for all cases of this file: members of struct unit_suite. At most one in a file. */
#define SUITE(...)                                                        \
    __attribute__((constructor)) static void add_suite(void)              \
    {                                                                     \
        static struct unit_suite added = {.file = __FILE__, __VA_ARGS__}; \
        unit_add_suite(&added);                                           \
    }                                                                     \
    _Static_assert(1, "")

#define UNIT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Fails, and shows both, unless a text has the bytes of a string. */
#define assert_text(actual, expected)                                                       \
    do {                                                                                    \
        const struct text actual_ = (actual), expected_ = text_of(expected);                \
        if (!text_equal(actual_, expected_))                                                \
            fail_msg("\"%.*s\" is not \"%.*s\"", TEXT_ARGS(actual_), TEXT_ARGS(expected_)); \
    } while (0)

#endif
