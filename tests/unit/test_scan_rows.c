/* SPDX-License-Identifier: MIT
 *
 * Texts that are JSON and texts that are not, grouped by case. The rows are in scan_rows.txt.
 */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "scan_copy.h"

/* Replaces each <HH> by its byte. Returns the length. */
static size_t decode(char *text)
{
    char *end = text;

    for (const char *at = text; *at; end++) {
        unsigned byte;
        int read = 0;

        sscanf(at, "<%2x>%n", &byte, &read);
        *end = read == 4 ? (char)byte : *at;
        at += read == 4 ? read : 1;
    }
    *end = '\0';
    return (size_t)(end - text);
}

/* Checks one row. Prints the difference and returns false if it fails. */
static bool holds(char *row)
{
    char *wrong = strchr(row, '\t');
    struct problem problem = {0};
    char expected[sizeof(problem.text)] = "good";

    if (!wrong)
        fail_msg("a row without a tab: %s", row);
    *wrong++ = '\0';
    size_t length = decode(row);
    decode(wrong);
    if (strcmp(wrong, "good") != 0)
        snprintf(expected, sizeof(expected), "the body is not valid JSON: %s", wrong);

    enum err err = scan_copy((struct text){row, length}, 10000, &problem);
    if (err != OK && err != ERR_BAD_JSON)
        fail_msg("error %d", err);
    const char *is = err ? problem.text : "good";
    if (strcmp(is, expected) == 0)
        return true;
    print_error("%.*s\n  is: %s\n  expected: %s\n", (int)length, row, is, expected);
    return false;
}

/* Checks the rows of a case. */
static void check_rows(const char *name)
{
    char path[4096], *line = NULL;
    size_t room = 0, count = 0, wrong = 0;
    bool here = false;

    snprintf(path, sizeof(path), "%.*s/scan_rows.txt", (int)(strrchr(__FILE__, '/') - __FILE__),
             __FILE__);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s can't be opened; run the program in the build folder", path);
    while (getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#') {
            here = strncmp(line, "# ", 2) == 0 && strcmp(line + 2, name) == 0;
        } else if (here && line[0]) {
            count++;
            wrong += !holds(line);
        }
    }
    free(line);
    fclose(file);
    if (wrong > 0 || count == 0)
        fail_msg("%zu rows of %zu", wrong, count);
}

#define ROWS(name)         \
    TEST(name)             \
    {                      \
        check_rows(#name); \
    }

ROWS(numbers_have_the_grammar_of_rfc_8259)
ROWS(words_are_true_false_and_null_exactly)
ROWS(strings_have_no_raw_control_and_two_double_quotes)
ROWS(escapes_are_the_nine_of_rfc_8259_without_nul_and_half_pairs)
ROWS(strings_are_well_formed_utf8)
ROWS(body_that_is_not_json_is_named)
ROWS(arrays_and_objects_are_closed_and_separated)
ROWS(bytes_after_the_end_are_refused_except_white_space)
ROWS(key_twice_in_an_object_is_refused_in_any_spelling)
