/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buffer.h"
#include "chaos.h"

TEST(put_keeps_what_was_put_in_order)
{
    struct buffer buffer = buffer_new(1000);

    buffer_put(&buffer, "pod", 3);
    buffer_put_char(&buffer, '-');
    buffer_put_text(&buffer, TEXT("pool"));
    buffer_put(&buffer, NULL, 0);
    assert_text(buffer_text(&buffer), "pod-pool");
    buffer_free(&buffer);
}

TEST(new_buffer_is_an_empty_text_without_memory)
{
    long before = chaos_blocks();
    struct buffer buffer = buffer_new(10);

    assert_int_equal(chaos_blocks(), before);
    assert_non_null(buffer_text(&buffer).at);
    assert_int_equal(buffer_text(&buffer).length, 0);
    buffer_free(&buffer);
}

TEST(put_up_to_the_maximum_succeeds_and_one_byte_more_fails)
{
    struct buffer buffer = buffer_new(600);

    for (int i = 0; i < 600; i++)
        buffer_put_char(&buffer, (char)('a' + i % 26));
    assert_false(buffer.failed);
    buffer_put_char(&buffer, '!');
    assert_true(buffer.failed);
    assert_int_equal(buffer.length, 600);
    for (int i = 0; i < 600; i++)
        assert_int_equal(buffer.bytes[i], 'a' + i % 26);
    buffer_free(&buffer);
}

TEST(maximum_smaller_than_the_first_allocation_is_kept)
{
    struct buffer buffer = buffer_new(3);

    buffer_put(&buffer, "abc", 3);
    assert_false(buffer.failed);
    assert_int_equal(buffer.capacity, 3);
    buffer_put_char(&buffer, 'd');
    assert_true(buffer.failed && !buffer.no_memory);
    buffer_free(&buffer);
}

TEST(failed_buffer_ignores_writes_until_cleared)
{
    struct buffer buffer = buffer_new(4);

    buffer_put(&buffer, "abcde", 5);
    buffer_put_char(&buffer, 'a');
    assert_int_equal(buffer.length, 0);
    assert_false(buffer_reserve(&buffer, 1));
    buffer_clear(&buffer);
    buffer_put(&buffer, "abcd", 4);
    assert_text(buffer_text(&buffer), "abcd");
    buffer_free(&buffer);
}

TEST(drop_removes_from_the_front)
{
    struct buffer buffer = buffer_new(100);

    buffer_drop(&buffer, 0);
    buffer_put(&buffer, "abcdef", 6);
    buffer_drop(&buffer, 2);
    assert_text(buffer_text(&buffer), "cdef");
    buffer_drop(&buffer, 4);
    assert_text(buffer_text(&buffer), "");
    buffer_free(&buffer);
}

TEST(trim_frees_the_memory_of_empty_large_buffers_only)
{
    struct buffer buffer = buffer_new(10000);

    buffer_reserve(&buffer, 5000);
    buffer_put_char(&buffer, 'a');
    buffer_trim(&buffer, 1000);
    assert_text(buffer_text(&buffer), "a");
    buffer_clear(&buffer);
    buffer_trim(&buffer, 9000);
    assert_true(buffer.capacity >= 5000);
    buffer_trim(&buffer, 1000);
    assert_int_equal(buffer.capacity, 0);
    assert_int_equal(buffer.max, 10000);
}

static void check_number(int64_t number)
{
    struct buffer buffer = buffer_new(100);
    char expected[32];

    snprintf(expected, sizeof(expected), "%" PRId64, number);
    buffer_put_number(&buffer, number);
    assert_text(buffer_text(&buffer), expected);
    buffer_free(&buffer);
}

TEST(number_is_written_as_printf_writes_it)
{
    static const int64_t numbers[] = {
        0, 1, -1, 9, 10, -10, 1000, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN + 1, INT64_MIN};

    for (size_t i = 0; i < UNIT_COUNT(numbers); i++)
        check_number(numbers[i]);
    for (int64_t number = -1100; number <= 1100; number++)
        check_number(number);
    for (int64_t power = 1; power <= INT64_MAX / 10; power *= 10) {
        check_number(power - 1);
        check_number(power);
        check_number(power + 1);
    }
}

TEST(printf_appends_text_of_any_length)
{
    struct buffer buffer = buffer_new(5000);

    buffer_put_char(&buffer, '>');
    buffer_printf(&buffer, "%s-%d", "pod", 7);
    assert_text(buffer_text(&buffer), ">pod-7");
    buffer_printf(&buffer, "%4000d", 1);
    assert_int_equal(buffer.length, 4006);
    assert_false(buffer.failed);
    buffer_printf(&buffer, "%4000d", 1);
    assert_true(buffer.failed);
    assert_int_equal(buffer.length, 4006);
    buffer_free(&buffer);
}

/* Checks the escaped form of a text. */
static void check_escaped(struct text text, const char *expected)
{
    struct buffer buffer = buffer_new(1000);

    buffer_put_escaped(&buffer, text);
    assert_text(buffer_text(&buffer), expected);
    buffer_free(&buffer);
}

TEST(escaped_leaves_printable_text_as_it_is)
{
    check_escaped(TEXT(""), "");
    check_escaped((struct text){0}, "");
    check_escaped(TEXT("pool /a'b<c>&~"), "pool /a'b<c>&~");
    check_escaped(TEXT("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8E\xAD"),
                  "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8E\xAD");
    check_escaped(TEXT("\xC2\xA0\xE2\x80\xA7\xE2\x80\xB0"), "\xC2\xA0\xE2\x80\xA7\xE2\x80\xB0");
}

TEST(escaped_quotes_and_controls_are_one_printable_line)
{
    check_escaped(TEXT("\"\\"), "\\\"\\\\");
    check_escaped(TEXT("\b\t\n\f\r"), "\\b\\t\\n\\f\\r");
    check_escaped(TEXT("\0\x01\x0B\x0E\x1F\x7F"), "\\u0000\\u0001\\u000b\\u000e\\u001f\\u007f");
    check_escaped(TEXT("\xC2\x80\xC2\x85\xC2\x9F"), "\\u0080\\u0085\\u009f");
    check_escaped(TEXT("\xE2\x80\xA8\xE2\x80\xA9"), "\\u2028\\u2029");
    check_escaped(TEXT("\xE2\x80\xAA\xE2\x80\xAE\xE2\x81\xA6\xD8\x9C"),
                  "\\u202a\\u202e\\u2066\\u061c");
}

TEST(escaped_bytes_that_are_not_utf8_become_replacements)
{
    check_escaped(TEXT("a\xFF"
                       "b"),
                  "a\\ufffdb");
    check_escaped(TEXT("\xC0\x80"), "\\ufffd\\ufffd");
    check_escaped(TEXT("\xED\xA0\x80"), "\\ufffd\\ufffd\\ufffd");
    check_escaped(TEXT("a\xF0\x9F\x8E"), "a\\ufffd\\ufffd\\ufffd");
    check_escaped(TEXT("\xC3"), "\\ufffd");
}

TEST(no_memory_sets_failed_and_keeps_the_content)
{
    struct buffer buffer = buffer_new(10000);

    chaos_fail_at(1);
    buffer_put_char(&buffer, 'a');
    assert_true(chaos_failed() && buffer.failed && buffer.no_memory);
    buffer_clear(&buffer);
    assert_false(buffer.failed || buffer.no_memory);
    buffer_put_text(&buffer, TEXT("kept"));
    chaos_fail_at(1);
    buffer_printf(&buffer, "%1000d", 1);
    assert_true(chaos_failed() && buffer.failed);
    assert_text(buffer_text(&buffer), "kept");
    buffer_free(&buffer);
}

TEST(buffer_on_bytes_of_the_caller_is_limited_to_them_and_allocates_nothing)
{
    char bytes[] = "....";
    struct buffer buffer = buffer_on(bytes, 3);

    chaos_fail_at(1);
    buffer_put_text(&buffer, TEXT("ab"));
    buffer_put_char(&buffer, 'c');
    assert_false(buffer.failed);
    assert_ptr_equal(buffer_text(&buffer).at, bytes);
    assert_text(buffer_text(&buffer), "abc");
    buffer_put_char(&buffer, 'd');
    assert_true(buffer.failed);
    assert_false(buffer.no_memory || chaos_failed());
    assert_string_equal(bytes, "abc.");
    chaos_fail_at(0);
}
