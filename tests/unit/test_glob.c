/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/glob.h"
#include "dice.h"

TEST(pattern_without_a_star_matches_itself_only)
{
    assert_true(glob_matches(TEXT("pool"), TEXT("pool")));
    assert_false(glob_matches(TEXT("pool"), TEXT("pools")));
    assert_false(glob_matches(TEXT("pools"), TEXT("pool")));
    assert_false(glob_matches(TEXT("pool"), TEXT("Pool")));
    assert_true(glob_matches(TEXT(""), TEXT("")));
    assert_false(glob_matches(TEXT(""), TEXT("a")));
    assert_false(glob_matches(TEXT("?[a]\\"), TEXT("?a")));
}

/* Matches by plain recursion, in exponential time. */
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

TEST(random_globs_match_as_by_plain_recursion)
{
    struct dice dice = dice_new();
    int fitting = 0;

    for (int i = 0; i < 100000; i++) {
        char pattern[10], text[10];
        roll(&dice, pattern, "ab*");
        roll(&dice, text, "ab");
        bool fits = fits_plainly(pattern, text);
        if (glob_matches(text_of(pattern), text_of(text)) != fits)
            fail_msg("\"%s\" and \"%s\"", pattern, text);
        fitting += fits;
    }
    assert_true(fitting > 1000);
}

TEST(hostile_glob_takes_no_longer_than_the_product_of_the_lengths)
{
    enum { STARS = 500, LETTERS = 20000 };
    char *pattern = malloc(2 * STARS + 1), *text = malloc(LETTERS);

    for (size_t i = 0; i < STARS; i++)
        memcpy(pattern + 2 * i, "a*", 2);
    pattern[2 * STARS] = 'b';
    memset(text, 'a', LETTERS);
    clock_t start = clock();
    assert_false(glob_matches((struct text){pattern, 2 * STARS + 1}, (struct text){text, LETTERS}));
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 5);
    free(pattern);
    free(text);
}
