/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dice.h"
#include "model/goose.h"

static void pattern_is_a_piece_or_with_a_star_a_glob_of_the_whole(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool fits;
    } rows[] = {
        {"", "", true},
        {"", "any", true},
        {"a", "", false},
        {"hello", "hello", true},
        {"hello", "say hello to me", true},
        {"hello", "say Hello", false},
        {"hello!", "hello", false},
        {"*", "", true},
        {"*", "any\nlines", true},
        {"**", "x", true},
        {"hello*", "hello world", true},
        {"hello*", "say hello", false},
        {"*hello", "say hello", true},
        {"*hello", "hello world", false},
        {"*hello*", "say hello to me", true},
        {"*hello*", "say hell", false},
        {"a*c", "abc", true},
        {"a*c", "ac", true},
        {"a*c", "abcd", false},
        {"a*c", "abcabc", true},
        {"a*b*c", "a-c-b", false},
        {"a*b*c", "axxbyyc", true},
        {"a*ab", "aab", true},
        {"*aab", "aaaab", true},
        {"a**b", "ab", true},
        {"a*", "", false},
        {"*a", "", false},
        {"?", "x", false},
        {"[a]", "a", false},
        {"\xC3\xBC*",
         "\xC3\xBC"
         "ber",
         true},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        if (goose_pattern_fits(text_of(rows[i].pattern), text_of(rows[i].text)) != rows[i].fits)
            fail_msg("\"%s\" and \"%s\"", rows[i].pattern, rows[i].text);
    assert_true(goose_pattern_fits(TEXT("*\0*"), TEXT("a\0b")));
    assert_true(goose_pattern_fits((struct text){0}, (struct text){0}));
    assert_false(goose_pattern_fits(TEXT("a"), (struct text){0}));
}

/* The plain, exponential way. */
static bool fits_plainly(const char *pattern, const char *text)
{
    if (*pattern == '*')
        return fits_plainly(pattern + 1, text) || (*text && fits_plainly(pattern, text + 1));
    return *pattern == *text && (!*pattern || fits_plainly(pattern + 1, text + 1));
}

static void roll(struct dice *dice, char *to, const char *letters)
{
    unsigned length = dice_roll(dice, 9);

    for (unsigned i = 0; i < length; i++)
        to[i] = letters[dice_roll(dice, (unsigned)strlen(letters))];
    to[length] = '\0';
}

static void random_globs_fit_as_in_the_plain_way(void **state)
{
    struct dice dice = dice_new();
    int fitting = 0;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        char pattern[10], text[10];
        roll(&dice, pattern, "ab*");
        roll(&dice, text, "ab");
        if (!strchr(pattern, '*'))
            continue;
        bool fits = fits_plainly(pattern, text);
        if (goose_pattern_fits(text_of(pattern), text_of(text)) != fits)
            fail_msg("\"%s\" and \"%s\"", pattern, text);
        fitting += fits;
    }
    assert_true(fitting > 1000);
}

static void hostile_glob_takes_no_longer_than_the_product(void **state)
{
    enum { STARS = 500, LETTERS = 20000 };
    char *pattern = malloc(2 * STARS + 1), *text = malloc(LETTERS);

    (void)state;
    for (size_t i = 0; i < STARS; i++)
        memcpy(pattern + 2 * i, "a*", 2);
    pattern[2 * STARS] = 'b';
    memset(text, 'a', LETTERS);
    clock_t start = clock();
    assert_false(
        goose_pattern_fits((struct text){pattern, 2 * STARS + 1}, (struct text){text, LETTERS}));
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 5);
    free(pattern);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pattern_is_a_piece_or_with_a_star_a_glob_of_the_whole),
        cmocka_unit_test(random_globs_fit_as_in_the_plain_way),
        cmocka_unit_test(hostile_glob_takes_no_longer_than_the_product),
    };

    return UNIT_RUN(tests);
}
