/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "dice.h"
#include "gateway/record.h"
#include "wire.h"

static struct buffer out;

static void set_up(void)
{
    out = buffer_new(WIRE_MAX);
}

static void tear_down(void)
{
    buffer_free(&out);
}

SUITE(.set_up = set_up, .tear_down = tear_down);

static void assert_bytes(const char *expected, size_t count)
{
    assert_int_equal(out.length, count);
    assert_memory_equal(out.bytes, expected, count);
}

#define ASSERT_BYTES(literal) assert_bytes(literal, sizeof(literal) - 1)

/* Takes the record at `*at`, which has to be whole and of that kind. */
static struct text take_record(size_t *at, unsigned type, unsigned id)
{
    assert_true(out.length - *at >= RECORD_HEADER_BYTES);
    struct record record = record_read_header((unsigned char *)out.bytes + *at);
    assert_int_equal(record.version, RECORD_VERSION);
    assert_int_equal(record.type, type);
    assert_int_equal(record.id, id);
    assert_int_equal((record.content_bytes + record.padding_bytes) % 8, 0);
    assert_true(out.length - *at >= record_total_bytes(&record));
    struct text content = {out.bytes + *at + RECORD_HEADER_BYTES, record.content_bytes};
    *at += record_total_bytes(&record);
    return content;
}

TEST(header_is_read_in_network_order)
{
    const unsigned char bytes[] = {1, 6, 0x12, 0x34, 0xAB, 0xCD, 7, 99};
    struct record record = record_read_header(bytes);

    assert_int_equal(record.version, 1);
    assert_int_equal(record.type, RECORD_STDOUT);
    assert_int_equal(record.id, 0x1234);
    assert_int_equal(record.content_bytes, 0xABCD);
    assert_int_equal(record.padding_bytes, 7);
    assert_int_equal(record_total_bytes(&record), 8 + 0xABCD + 7);
}

TEST(end_closes_stdout_and_the_request)
{
    record_put_end(&out, 0x102);
    ASSERT_BYTES("\1\6\1\2\0\0\0\0"
                 "\1\3\1\2\0\10\0\0\0\0\0\0\0\0\0\0");
}

TEST(refusal_says_how)
{
    record_put_refusal(&out, 1, RECORD_UNKNOWN_ROLE);
    ASSERT_BYTES("\1\3\0\1\0\10\0\0\0\0\0\0\3\0\0\0");
}

TEST(break_begins_no_record)
{
    record_put_break(&out);
    ASSERT_BYTES("\0");
}

TEST(unknown_type_is_told)
{
    record_put_unknown_type(&out, 200);
    ASSERT_BYTES("\1\13\0\0\0\10\0\0\310\0\0\0\0\0\0\0");
}

TEST(stdout_is_cut_into_records_of_eight_bytes_rhythm)
{
    static const size_t counts[] = {0, 1, 7, 8, 9, 65527, 65528, 65529, 200000};
    char *bytes = malloc(200000);

    for (size_t i = 0; i < 200000; i++)
        bytes[i] = (char)(i * 7);
    for (size_t i = 0; i < UNIT_COUNT(counts); i++) {
        size_t at = 0, taken = 0;
        buffer_clear(&out);
        record_put_stdout(&out, 3, bytes, counts[i]);
        while (at < out.length) {
            struct text content = take_record(&at, RECORD_STDOUT, 3);
            assert_true(content.length > 0 && content.length <= RECORD_CONTENT_MAX);
            assert_memory_equal(content.at, bytes + taken, content.length);
            taken += content.length;
        }
        assert_int_equal(taken, counts[i]);
    }
    free(bytes);
}

TEST(opened_record_gets_its_length_when_it_is_closed)
{
    for (size_t count = 0; count <= 17; count++) {
        size_t at = 0;
        buffer_clear(&out);
        record_put_end(&out, 9);
        size_t opened = record_open_stdout(&out, 9);
        buffer_put(&out, "abcdefghijklmnopq", count);
        record_close(&out, opened);
        take_record(&at, RECORD_STDOUT, 9);
        take_record(&at, RECORD_END_REQUEST, 9);
        assert_int_equal(at, opened);
        assert_int_equal(take_record(&at, RECORD_STDOUT, 9).length, count);
        assert_int_equal(at, out.length);
    }
}

TEST(closing_a_record_in_a_buffer_without_room_writes_nothing)
{
    struct buffer small = buffer_new(12);

    size_t opened = record_open_stdout(&small, 1);
    buffer_put_text(&small, TEXT("too long"));
    record_close(&small, opened);
    assert_true(small.failed);
    assert_int_equal(small.length, 8);
    buffer_free(&small);
}

TEST(pair_is_cut_whole_or_not_at_all)
{
    static char long_value[70000];
    const struct text texts[] = {
        TEXT(""), TEXT("a"), {long_value, 127}, {long_value, 128}, {long_value, 70000}};

    memset(long_value, 'v', sizeof(long_value));
    for (size_t i = 0; i < UNIT_COUNT(texts); i++)
        for (size_t j = 0; j < UNIT_COUNT(texts); j++) {
            struct text name, value;
            buffer_clear(&out);
            wire_put_pair(&out, texts[i], texts[j]);
            struct text rest = buffer_text(&out);
            assert_true(record_cut_pair(&rest, &name, &value));
            assert_int_equal(rest.length, 0);
            assert_true(text_equal(name, texts[i]) && text_equal(value, texts[j]));
            for (size_t length = 0; length < out.length;
                 length += length < 300 || length + 300 > out.length ? 1 : 97) {
                struct text cut = {out.bytes, length};
                assert_false(record_cut_pair(&cut, &name, &value));
            }
        }
}

TEST(lengths_that_lie_are_no_pair)
{
    static const struct text lies[] = {
        TEXT(""),
        TEXT("\1"),
        TEXT("\1\1a"),
        TEXT("\x80\0\0"),
        TEXT("\xff\xff\xff\xff\xff\xff\xff\xff"
             "ab"),
        TEXT("\x80\0\0\1\xff\xff\xff\xff"
             "a"),
        TEXT("\0\xff\xff\xff"),
    };
    struct text name, value;

    for (size_t i = 0; i < UNIT_COUNT(lies); i++) {
        char *copy =
            malloc(lies[i].length + 1); /* of its own, so that a sanitizer sees a read past it */
        memcpy(copy, lies[i].at, lies[i].length);
        struct text rest = {copy, lies[i].length};
        assert_false(record_cut_pair(&rest, &name, &value));
        free(copy);
    }
}

TEST(random_bytes_are_never_read_past)
{
    struct dice dice = dice_new();

    for (int round = 0; round < 20000; round++) {
        size_t length = dice_roll(&dice, 40);
        char *bytes = malloc(length ? length : 1);
        for (size_t i = 0; i < length; i++)
            bytes[i] = (char)dice_roll(&dice, dice_roll(&dice, 4) ? 6 : 256);
        struct text rest = {bytes, length}, name, value;
        while (record_cut_pair(&rest, &name, &value)) {
            assert_true(name.at >= bytes && name.at + name.length == value.at);
            assert_true(value.at + value.length <= bytes + length);
        }
        free(bytes);
    }
}

TEST(values_that_are_known_are_told)
{
    struct buffer names = buffer_new(WIRE_MAX);
    struct text name, value;
    size_t at = 0;

    wire_put_pair(&names, TEXT("FCGI_MAX_CONNS"), TEXT(""));
    wire_put_pair(&names, TEXT("FCGI_WHATEVER"), TEXT(""));
    wire_put_pair(&names, TEXT("FCGI_MPXS_CONNS"), TEXT(""));
    wire_put_pair(&names, TEXT("FCGI_MAX_REQS"), TEXT(""));
    record_put_values(&out, buffer_text(&names), 4096);
    struct text content = take_record(&at, RECORD_GET_VALUES_RESULT, 0);
    assert_true(record_cut_pair(&content, &name, &value));
    assert_text(name, "FCGI_MAX_CONNS");
    assert_text(value, "4096");
    assert_true(record_cut_pair(&content, &name, &value));
    assert_text(name, "FCGI_MPXS_CONNS");
    assert_text(value, "0");
    assert_true(record_cut_pair(&content, &name, &value));
    assert_text(name, "FCGI_MAX_REQS");
    assert_int_equal(content.length, 0);
    assert_int_equal(at, out.length);
    buffer_free(&names);
}

TEST(values_asked_for_very_often_are_answered_in_whole_pairs)
{
    struct buffer names = buffer_new(WIRE_MAX);
    struct text name, value;
    size_t at = 0;

    for (int i = 0; i < 4000; i++)
        wire_put_pair(&names, TEXT("FCGI_MAX_CONNS"), TEXT(""));
    record_put_values(&out, buffer_text(&names), 1000000);
    struct text content = take_record(&at, RECORD_GET_VALUES_RESULT, 0);
    assert_int_equal(at, out.length);
    assert_true(content.length > 0);
    while (content.length > 0)
        assert_true(record_cut_pair(&content, &name, &value));
    buffer_free(&names);
}
