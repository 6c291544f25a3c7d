/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <inttypes.h>
#include <json.h>
#include <stdio.h>

#include "chaos.h"
#include "dice.h"
#include "json/scan.h"
#include "json/writer.h"

enum { OUT_MAX = 1 << 24, CODES_AT_ONCE = 4096 };

static struct buffer out;
static struct writer writer;

static void new_writer(void)
{
    out = buffer_new(OUT_MAX);
    writer = writer_new(&out);
}

static void free_out(void)
{
    buffer_free(&out);
}

SUITE(.set_up = new_writer, .tear_down = free_out);

/* Returns json-c's tree of what was written, which our scanner must accept too. The caller frees
 * it. */
static struct json_object *parse_out(void)
{
    struct json_tokener *tokener = json_tokener_new();
    struct problem problem = {0};

    if (scan_json(buffer_text(&out), SIZE_MAX, NULL, &problem) != OK)
        fail_msg("%s", problem.text);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    struct json_object *tree = json_tokener_parse_ex(tokener, out.bytes, (int)out.length);
    assert_int_equal(json_tokener_get_error(tokener), json_tokener_success);
    assert_int_equal(json_tokener_get_parse_end(tokener), out.length);
    json_tokener_free(tokener);
    return tree;
}

TEST(empty_object_and_array)
{
    writer_array(&writer);
    writer_object(&writer);
    writer_end_object(&writer);
    writer_array(&writer);
    writer_end_array(&writer);
    writer_end_array(&writer);
    assert_text(buffer_text(&out), "[{},[]]");
}

TEST(members_of_an_object_join_those_that_are_there)
{
    writer_object(&writer);
    writer_members(&writer, TEXT("{}"));
    writer_members(&writer, TEXT("{\"a\":1,\"b\":{}}"));
    writer_members(&writer, TEXT("{}"));
    writer_member_number(&writer, "c", 2);
    writer_end_object(&writer);
    assert_text(buffer_text(&out), "{\"a\":1,\"b\":{},\"c\":2}");
}

TEST(real_number_is_written_in_the_fewest_digits_that_read_back)
{
    static const struct {
        double value;
        const char *written;
    } rows[] = {
        {0, "0"},        {1, "1"},          {0.5, "0.5"},
        {0.1, "0.1"},    {-2.5, "-2.5"},    {1.0 / 3, "0.3333333333333333"},
        {1e-7, "1e-07"}, {1e300, "1e+300"}, {0.1 + 0.2, "0.30000000000000004"},
    };
    char expected[64];

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        buffer_clear(&out);
        writer = writer_new(&out);
        writer_array(&writer);
        writer_real(&writer, rows[i].value);
        writer_end_array(&writer);
        snprintf(expected, sizeof(expected), "[%s]", rows[i].written);
        assert_text(buffer_text(&out), expected);
        json_object_put(parse_out());
    }
}

TEST(commas_are_between_members_and_elements_only)
{
    writer_object(&writer);
    writer_key(&writer, "a");
    writer_number(&writer, 1);
    writer_key(&writer, "b");
    writer_array(&writer);
    writer_text(&writer, TEXT("x"));
    writer_null(&writer);
    writer_bool(&writer, true);
    writer_bool(&writer, false);
    writer_object(&writer);
    writer_key(&writer, "c");
    writer_raw(&writer, TEXT("[0]"));
    writer_key(&writer, "d");
    writer_text(&writer, TEXT(""));
    writer_end_object(&writer);
    writer_object(&writer);
    writer_end_object(&writer);
    writer_end_array(&writer);
    writer_text_key(&writer, TEXT("e\""));
    writer_time(&writer, 1705314600000);
    writer_end_object(&writer);
    assert_text(buffer_text(&out),
                "{\"a\":1,\"b\":[\"x\",null,true,false,{\"c\":[0],\"d\":\"\"},{}],"
                "\"e\\\"\":\"2024-01-15T10:30:00.000Z\"}");
}

TEST(absent_text_and_unknown_time_are_null)
{
    writer_array(&writer);
    writer_text(&writer, (struct text){0});
    writer_time(&writer, 0);
    writer_time(&writer, 1);
    writer_text(&writer, TEXT(""));
    writer_end_array(&writer);
    assert_text(buffer_text(&out), "[null,null,\"1970-01-01T00:00:00.001Z\",\"\"]");
}

TEST(known_time_and_number_may_be_zero)
{
    writer_array(&writer);
    writer_known_time(&writer, 0);
    writer_number(&writer, 0);
    writer_number_or_null(&writer, 0);
    writer_number_or_null(&writer, -1);
    writer_end_array(&writer);
    assert_text(buffer_text(&out), "[\"1970-01-01T00:00:00.000Z\",0,null,-1]");
}

TEST(member_is_its_key_and_its_value)
{
    const struct text texts[] = {TEXT("x"), TEXT("y")};

    writer_object(&writer);
    writer_member_text(&writer, "a", TEXT("\""));
    writer_member_texts(&writer, "b", texts, 2);
    writer_member_number(&writer, "c", -1);
    writer_member_number_or_null(&writer, "d", 0);
    writer_member_real(&writer, "e", 0.5);
    writer_member_bool(&writer, "f", true);
    writer_member_time(&writer, "g", 0);
    writer_member_known_time(&writer, "h", 0);
    writer_member_raw(&writer, "i", TEXT("{}"));
    writer_member_array(&writer, "j");
    writer_end_array(&writer);
    writer_member_object(&writer, "k");
    writer_end_object(&writer);
    writer_end_object(&writer);
    assert_text(buffer_text(&out),
                "{\"a\":\"\\\"\",\"b\":[\"x\",\"y\"],\"c\":-1,\"d\":null,\"e\":0.5,\"f\":true,"
                "\"g\":null,\"h\":\"1970-01-01T00:00:00.000Z\",\"i\":{},\"j\":[],\"k\":{}}");
}

TEST(numbers_read_back_exactly)
{
    static const int64_t numbers[] = {0, 1, -1, 9007199254740993, INT64_MAX, INT64_MIN};

    writer_array(&writer);
    for (size_t i = 0; i < UNIT_COUNT(numbers); i++)
        writer_number(&writer, numbers[i]);
    writer_end_array(&writer);
    struct json_object *tree = parse_out();
    for (size_t i = 0; i < UNIT_COUNT(numbers); i++)
        assert_true(json_object_get_int64(json_object_array_get_idx(tree, i)) == numbers[i]);
    json_object_put(tree);
}

TEST(resumed_writer_begins_with_or_without_a_comma)
{
    writer = writer_resume(&out, false);
    writer_number(&writer, 1);
    assert_text(buffer_text(&out), "1");
    buffer_clear(&out);
    writer = writer_resume(&out, true);
    writer_number(&writer, 2);
    writer_end_array(&writer);
    assert_text(buffer_text(&out), ",2]");
}

static size_t put_utf8(char *to, uint32_t code)
{
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    for (size_t i = length; i-- > 1; code >>= 6)
        to[i] = (char)(0x80 | (code & 0x3F));
    to[0] = (char)(leads[length] | code);
    return length;
}

TEST(every_code_point_reads_back)
{
    char text[4 * CODES_AT_ONCE];

    for (uint32_t first = 0; first <= 0x10FFFF; first += CODES_AT_ONCE) {
        size_t length = 0;
        for (uint32_t code = first; code < first + CODES_AT_ONCE; code++)
            if (code < 0xD800 || code > 0xDFFF)
                length += put_utf8(text + length, code);
        buffer_clear(&out);
        writer = writer_new(&out);
        writer_array(&writer);
        writer_text(&writer, (struct text){text, length});
        writer_end_array(&writer);
        assert_false(text_has_control(buffer_text(&out)));
        struct json_tokener *tokener = json_tokener_new();
        struct json_object *tree = json_tokener_parse_ex(tokener, out.bytes, (int)out.length);
        struct json_object *value = json_object_array_get_idx(tree, 0);
        assert_int_equal(json_object_get_string_len(value), length);
        assert_memory_equal(json_object_get_string(value), text, length);
        json_object_put(tree);
        json_tokener_free(tokener);
    }
}

TEST(client_text_in_a_key_is_escaped_and_reads_back)
{
    writer_object(&writer);
    writer_text_key(&writer, TEXT("a\"b\\\n\xE2\x80\xA8\xC3\xA9"));
    writer_number(&writer, 1);
    writer_text_key(&writer, TEXT(""));
    writer_number(&writer, 2);
    writer_end_object(&writer);
    assert_text(buffer_text(&out), "{\"a\\\"b\\\\\\n\\u2028\xC3\xA9\":1,\"\":2}");
    struct json_object *tree = parse_out();
    assert_int_equal(
        json_object_get_int(json_object_object_get(tree, "a\"b\\\n\xE2\x80\xA8\xC3\xA9")), 1);
    json_object_put(tree);
}

TEST(bytes_that_are_not_utf8_read_back_as_replacements)
{
    writer_array(&writer);
    writer_text(&writer, TEXT("a\xFF\xED\xA0\x80"
                              "b"));
    writer_end_array(&writer);
    struct json_object *tree = parse_out();
    assert_string_equal(json_object_get_string(json_object_array_get_idx(tree, 0)),
                        "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
                        "b");
    json_object_put(tree);
}

static struct json_object *write_any(struct dice *dice, unsigned depth);

static struct json_object *write_any_text(struct dice *dice)
{
    char text[64];
    size_t length = 0, codes = dice_roll(dice, 12);

    while (codes-- > 0)
        length += put_utf8(text + length, 1 + dice_roll(dice, dice_roll(dice, 2) ? 0xD7FF : 0xFF));
    writer_text(&writer, (struct text){text, length});
    return json_object_new_string_len(text, (int)length);
}

static struct json_object *write_any_array(struct dice *dice, unsigned depth)
{
    struct json_object *array = json_object_new_array();

    writer_array(&writer);
    for (unsigned left = dice_roll(dice, 5); left > 0; left--)
        json_object_array_add(array, write_any(dice, depth + 1));
    writer_end_array(&writer);
    return array;
}

static struct json_object *write_any_object(struct dice *dice, unsigned depth)
{
    struct json_object *object = json_object_new_object();
    char key[32];

    writer_object(&writer);
    for (unsigned left = dice_roll(dice, 5); left > 0; left--) {
        snprintf(key, sizeof(key), "key %u \"%c\"", left, 1 + (int)dice_roll(dice, 126));
        writer_text_key(&writer, text_of(key));
        json_object_object_add(object, key, write_any(dice, depth + 1));
    }
    writer_end_object(&writer);
    return object;
}

/* Writes a random value, and returns the same value as a json-c tree. */
static struct json_object *write_any(struct dice *dice, unsigned depth)
{
    int64_t number = (int64_t)(dice_bits(dice) >> dice_roll(dice, 64));

    switch (dice_roll(dice, depth < 6 ? 9 : 4)) {
    case 0:
        writer_null(&writer);
        return NULL;
    case 1:
        writer_bool(&writer, number & 1);
        return json_object_new_boolean(number & 1);
    case 2:
        writer_number(&writer, number);
        return json_object_new_int64(number);
    case 3:
    case 4:
        return write_any_text(dice);
    case 5:
    case 6:
        return write_any_array(dice, depth);
    default:
        return write_any_object(dice, depth);
    }
}

TEST(json_c_reads_back_any_written_value)
{
    struct dice dice = dice_new();

    for (int i = 0; i < 2000; i++) {
        buffer_clear(&out);
        writer = writer_new(&out);
        struct json_object *expected = write_any_array(&dice, 0), *found = parse_out();
        if (!json_object_equal(expected, found))
            fail_msg("%.*s", TEXT_ARGS(buffer_text(&out)));
        json_object_put(expected);
        json_object_put(found);
    }
}

TEST(failed_buffer_stays_failed_until_the_end)
{
    struct buffer small = buffer_new(20);

    writer = writer_new(&small);
    writer_array(&writer);
    for (int i = 0; i < 100; i++)
        writer_text(&writer, TEXT("default-pool"));
    writer_end_array(&writer);
    assert_true(small.failed);
    assert_true(small.length <= 20);
    buffer_free(&small);
}

TEST(no_memory_fails_the_buffer)
{
    unsigned n = 0;

    do {
        buffer_free(&out);
        chaos_fail_at(++n);
        writer = writer_new(&out);
        writer_array(&writer);
        for (int i = 0; i < 100; i++)
            writer_text(&writer, TEXT("default-pool"));
        writer_end_array(&writer);
        assert_int_equal(out.failed, chaos_failed());
    } while (chaos_failed());
    chaos_fail_at(0);
    assert_true(n > 2);
}
