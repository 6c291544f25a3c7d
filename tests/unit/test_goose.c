/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "model/goose.h"

TEST(pattern_occurs_in_the_text_or_with_a_star_matches_the_whole)
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

    for (size_t i = 0; i < UNIT_COUNT(rows); i++)
        if (goose_pattern_matches(text_of(rows[i].pattern), text_of(rows[i].text)) != rows[i].fits)
            fail_msg("\"%s\" and \"%s\"", rows[i].pattern, rows[i].text);
    assert_true(goose_pattern_matches(TEXT("*\0*"), TEXT("a\0b")));
    assert_true(goose_pattern_matches((struct text){0}, (struct text){0}));
    assert_false(goose_pattern_matches(TEXT("a"), (struct text){0}));
}
