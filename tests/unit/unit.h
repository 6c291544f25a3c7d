/* SPDX-License-Identifier: MIT
 *
 * What every unit test program begins with: cmocka behind the headers that it needs, TAP as its
 * output, texts as values.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

/* Runs an array of tests; the value for main to return. */
#define UNIT_RUN(tests) \
    (cmocka_set_message_output(CM_OUTPUT_TAP), cmocka_run_group_tests(tests, NULL, NULL))

#define UNIT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Fails, and shows both, unless a text has the bytes of a string. */
#define assert_text(actual, expected)                                                       \
    do {                                                                                    \
        const struct text actual_ = (actual), expected_ = text_of(expected);                \
        if (!text_equal(actual_, expected_))                                                \
            fail_msg("\"%.*s\" is not \"%.*s\"", TEXT_ARGS(actual_), TEXT_ARGS(expected_)); \
    } while (0)

#endif
