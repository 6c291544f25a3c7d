/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "base/text.h"
#include "base/words.h"

TEST(text_of_null_is_absent)
{
    assert_null(text_of(NULL).at);
    assert_int_equal(text_of(NULL).length, 0);
    assert_text(text_of("pod"), "pod");
}

TEST(absent_and_empty_are_converted_into_each_other)
{
    assert_text(text_or_empty((struct text){0}), "");
    assert_text(text_or_empty(TEXT("pod")), "pod");
    assert_null(text_or_absent(TEXT("")).at);
    assert_null(text_or_absent((struct text){0}).at);
    assert_text(text_or_absent(TEXT("pod")), "pod");
}

TEST(equal_compares_length_and_bytes)
{
    assert_true(text_equal(TEXT("pod"), TEXT("pod")));
    assert_false(text_equal(TEXT("pod"), TEXT("pool")));
    assert_false(text_equal(TEXT("pod"), TEXT("poe")));
    assert_true(text_equal(TEXT("a\0b"), TEXT("a\0b")));
    assert_false(text_equal(TEXT("a\0b"), TEXT("a\0c")));
    assert_true(text_equal((struct text){0}, TEXT("")));
}

TEST(starts_with_accepts_a_prefix_only)
{
    assert_true(text_starts_with(TEXT("/api/mock"), TEXT("/api")));
    assert_true(text_starts_with(TEXT("/api"), TEXT("/api")));
    assert_true(text_starts_with(TEXT("/api"), TEXT("")));
    assert_false(text_starts_with(TEXT("/ap"), TEXT("/api")));
    assert_false(text_starts_with(TEXT("/mock"), TEXT("/api")));
}

TEST(cut_gives_each_piece_then_false)
{
    struct text rest = TEXT("a//b/"), head;

    assert_true(text_cut(&rest, '/', &head));
    assert_text(head, "a");
    assert_true(text_cut(&rest, '/', &head));
    assert_text(head, "");
    assert_true(text_cut(&rest, '/', &head));
    assert_text(head, "b");
    assert_true(text_cut(&rest, '/', &head));
    assert_text(head, "");
    assert_false(text_cut(&rest, '/', &head));
}

TEST(cut_of_an_empty_text_gives_one_empty_piece)
{
    struct text rest = TEXT(""), head = TEXT("x");

    assert_true(text_cut(&rest, '/', &head));
    assert_text(head, "");
    assert_null(rest.at);
}

/* Encodes any number below 0x200000 in a given number of bytes, shortest or not. */
static struct text encode(uint32_t code, size_t length, char bytes[4])
{
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};

    for (size_t i = length; i-- > 1; code >>= 6)
        bytes[i] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)(leads[length] | code);
    return (struct text){bytes, length};
}

static size_t shortest(uint32_t code)
{
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

TEST(utf8_accepts_every_code_point_in_its_shortest_form_only)
{
    static const uint32_t ends[] = {0, 0x7F, 0x7FF, 0xFFFF, 0x1FFFFF};
    char bytes[4];

    for (size_t length = 1; length <= 4; length++) {
        for (uint32_t code = 0; code <= ends[length]; code++) {
            bool is_good = shortest(code) == length && code <= 0x10FFFF &&
                           !(code >= 0xD800 && code <= 0xDFFF);
            size_t found = text_utf8_length(encode(code, length, bytes));
            if (found != (is_good ? length : 0))
                fail_msg("U+%04X in %zu bytes: %zu", code, length, found);
        }
    }
}

TEST(utf8_refuses_sequences_that_no_encoder_writes)
{
    static const char *const bad[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xC2",
        "\xC2"
        "A",
        "\xE2\x82",
        "\xE2\x82"
        "A",
        "\xE2"
        "A\x82",
        "\xF0\x9F\x8E",
        "\xF0\x9F\x8E"
        "A",
        "\xF0\x9F"
        "A\xAD",
        "\xF0"
        "A\x8E\xAD",
        "\xF5\x80\x80\x80",
        "\xF8\x88\x80\x80\x80",
        "\xFE",
        "\xFF",
    };

    for (size_t i = 0; i < UNIT_COUNT(bad); i++)
        assert_int_equal(text_utf8_length(text_of(bad[i])), 0);
    assert_int_equal(text_utf8_length(TEXT("")), 0);
}

TEST(is_utf8_checks_the_whole_text)
{
    assert_true(text_is_utf8(TEXT("")));
    assert_true(text_is_utf8(TEXT("pool \xF0\x9F\x8E\xAD \0 \xC3\xA9")));
    assert_false(text_is_utf8(TEXT("pool \xF0\x9F\x8E")));
    assert_false(text_is_utf8(TEXT("\xFFpool")));
}

TEST(control_characters_are_c0_del_and_c1)
{
    char bytes[4];

    for (uint32_t code = 0; code < 0x100; code++) {
        bool is_control = code < 0x20 || (code >= 0x7F && code < 0xA0);
        struct text text = encode(code, shortest(code), bytes);
        if (text_has_control(text) != is_control)
            fail_msg("U+%04X", code);
    }
    assert_true(text_has_control(TEXT("pool\n")));
    assert_false(text_has_control(TEXT("pool \xC3\xA9\xE2\x80\xA8")));
}

TEST(disturbing_characters_are_c1_separators_and_direction_marks)
{
    static const uint32_t points[] = {0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202B,
                                      0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069};
    char bytes[4];
    size_t next = 0;

    assert_int_equal(text_disturbing(TEXT("")), 0);
    assert_int_equal(text_disturbing(TEXT("\xE2\x80")), 0); /* cut short */
    for (uint32_t code = 0x20; code < 0x3000; code++) {
        bool expected = (code >= 0x80 && code < 0xA0) ||
                        (next < UNIT_COUNT(points) && code == points[next]);
        next += next < UNIT_COUNT(points) && code == points[next];
        if (text_disturbing(encode(code, shortest(code), bytes)) != (expected ? code : 0))
            fail_msg("U+%04X", code);
    }
}

TEST(number_reads_plain_decimals_up_to_max)
{
    uint64_t number = 7;

    assert_true(text_to_number(TEXT("0"), 10, &number));
    assert_int_equal(number, 0);
    assert_true(text_to_number(TEXT("1000"), 1000, &number));
    assert_int_equal(number, 1000);
    assert_true(text_to_number(TEXT("18446744073709551615"), UINT64_MAX, &number));
    assert_true(number == UINT64_MAX);
}

TEST(number_that_is_malformed_or_too_large_leaves_the_result)
{
    static const char *const bad[] = {"",   "00",   "01",   "-1",   "+1",
                                      " 1", "1 ",   "1.0",  "0x1",  "a",
                                      "1a", "1001", "9999", "1010", "18446744073709551617"};
    uint64_t number = 7;

    for (size_t i = 0; i < UNIT_COUNT(bad); i++)
        assert_false(text_to_number(text_of(bad[i]), 1000, &number));
    assert_false(text_to_number(TEXT("18446744073709551616"), UINT64_MAX, &number));
    assert_false(text_to_number(TEXT("5"), 4, &number));
    assert_int_equal(number, 7);
}

TEST(distance_counts_insertions_deletions_replacements_and_swaps)
{
    static const struct {
        const char *a, *b;
        size_t distance;
    } rows[] = {
        {"", "", 0},
        {"", "abc", 3},
        {"pods-max", "pods-max", 0},
        {"pods-mx", "pods-max", 1},
        {"pods-mxa", "pods-max", 1},
        {"relase", "release", 1},
        {"kitten", "sitting", 3},
        {"ab", "ba", 1},
        {"abc", "xyz", 3},
    };
    char longest[WORDS_DISTANCE_MAX + 2];

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        assert_int_equal(words_distance(text_of(rows[i].a), text_of(rows[i].b)), rows[i].distance);
        assert_int_equal(words_distance(text_of(rows[i].b), text_of(rows[i].a)), rows[i].distance);
    }
    memset(longest, 'x', sizeof(longest));
    assert_int_equal(words_distance((struct text){longest, WORDS_DISTANCE_MAX}, TEXT("")),
                     WORDS_DISTANCE_MAX);
    assert_true(words_distance((struct text){longest, WORDS_DISTANCE_MAX + 1}, TEXT("")) ==
                SIZE_MAX);
}
