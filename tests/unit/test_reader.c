/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "chaos.h"
#include "reader_rig.h"

SUITE(.tear_down = close_reader);

TEST(empty_body_is_an_empty_object)
{
    struct reader_node node;

    open_body("");
    assert_false(reader_member(&root, "name", &node));
}

TEST(absent_body_is_an_empty_object)
{
    assert_int_equal(reader_open((struct text){0}, READER_RIG_VALUES_MAX, &reader, &problem), OK);
    assert_int_equal(reader_root(reader, &root, &problem), OK);
}

TEST(body_that_is_not_json_is_refused_by_the_scanner)
{
    problem = (struct problem){0};
    check_refused(reader_open(TEXT("{\"a\":}"), READER_RIG_VALUES_MAX, &reader, &problem),
                  ERR_BAD_JSON, "the body is not valid JSON: expected a value, at byte 5");
    check_refused(reader_open(TEXT(" "), READER_RIG_VALUES_MAX, &reader, &problem), ERR_BAD_JSON,
                  "the body is not valid JSON: expected a value, at byte 1");
    check_refused(reader_open(TEXT("[1,2,3]"), 3, &reader, &problem), ERR_BAD_JSON,
                  "the body has more than 3 JSON values, at byte 5");
    assert_null(reader);
}

TEST(root_of_another_type_is_refused_by_its_type)
{
    static const char *const rows[][2] = {
        {"[]", "an array"},  {"[{}]", "an array"},  {"1", "a number"},     {"-12.5", "a number"},
        {" 7 ", "a number"}, {"\"a\"", "a string"}, {"true", "a boolean"}, {"null", "null"},
    };
    char sentence[96];

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        problem = (struct problem){0};
        assert_int_equal(reader_open(text_of(rows[i][0]), READER_RIG_VALUES_MAX, &reader, &problem),
                         OK);
        snprintf(sentence, sizeof(sentence), "the body: expected a JSON object, not %s",
                 rows[i][1]);
        check_refused(reader_root(reader, &root, &problem), ERR_BAD_FIELD, sentence);
        struct reader_node any = reader_any_root(reader);
        assert_int_not_equal(reader_type(&any), READER_OBJECT);
        reader_close(&reader);
        assert_null(reader);
    }
}

TEST(type_of_each_value)
{
    static const struct {
        const char *key;
        enum reader_type type;
    } rows[] = {
        {"b", READER_BOOL}, {"i", READER_NUMBER}, {"d", READER_NUMBER},
        {"s", READER_TEXT}, {"a", READER_ARRAY},  {"o", READER_OBJECT},
    };

    open_body("{\"n\":null,\"b\":true,\"i\":1,\"d\":1.5,\"s\":\"\",\"a\":[null],\"o\":{}}");
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct reader_node node = member_of(&root, rows[i].key);
        assert_int_equal(reader_type(&node), rows[i].type);
    }
    struct reader_node array = member_of(&root, "a"), element = reader_element(&array, 0);
    assert_int_equal(reader_type(&element), READER_NULL);
    assert_int_equal(reader_type(&root), READER_OBJECT);
}

TEST(member_that_is_absent_or_null_is_not_given)
{
    struct text text = TEXT("before");
    struct reader_node node;
    int64_t number = 7;
    bool truth = true;

    open_body("{\"name\":null,\"Nam\":1,\"other\":{\"nam\":1}}");
    assert_false(reader_member(&root, "name", &node));
    assert_false(reader_member(&root, "nam", &node));
    assert_int_equal(reader_member_text(&root, "name", 10, &text, &problem), OK);
    assert_int_equal(reader_member_text(&root, "nam", 10, &text, &problem), OK);
    assert_int_equal(reader_member_number(&root, "name", 1, 2, &number, &problem), OK);
    assert_int_equal(reader_member_bool(&root, "name", &truth, &problem), OK);
    assert_text(text, "before");
    assert_int_equal(number, 7);
    assert_true(truth);
}

TEST(text_is_decoded_and_ends_with_a_nul)
{
    struct text text;

    open_body("{\"name\":\"a\\u00e9\\ud83c\\udfad\\n\\/\\\"\",\"\\u006b\":\"\"}");
    assert_int_equal(reader_member_text(&root, "name", 10, &text, &problem), OK);
    assert_text(text, "a\xC3\xA9\xF0\x9F\x8E\xAD\n/\"");
    assert_int_equal(text.at[text.length], '\0');
    assert_int_equal(reader_member_text(&root, "k", 10, &text, &problem), OK);
    assert_non_null(text.at);
    assert_int_equal(text.length, 0);
}

TEST(filled_text_must_not_be_empty)
{
    struct text text = TEXT("before");

    open_body("{\"name\":\"\",\"url\":\"u\",\"number\":1}");
    struct reader_node name = member_of(&root, "name"), url = member_of(&root, "url"),
                       number = member_of(&root, "number");
    check_refused(reader_filled_text(&number, 10, &text, &problem), ERR_BAD_FIELD,
                  "number: expected a string, not a number");
    check_refused(reader_filled_text(&name, 10, &text, &problem), ERR_BAD_FIELD, "name: is empty");
    assert_int_equal(reader_filled_text(&url, 10, &text, &problem), OK);
    assert_text(text, "u");
}

TEST(text_of_another_type_or_too_long_is_refused)
{
    static const char *const rows[][2] = {
        {"{\"name\":1}", "name: expected a string, not a number"},
        {"{\"name\":true}", "name: expected a string, not a boolean"},
        {"{\"name\":[]}", "name: expected a string, not an array"},
        {"{\"name\":{}}", "name: expected a string, not an object"},
    };
    struct text text = TEXT("before");

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        open_body(rows[i][0]);
        check_refused(reader_member_text(&root, "name", 10, &text, &problem), ERR_BAD_FIELD,
                      rows[i][1]);
    }
    open_body("{\"name\":\"\xC3\xA9\xC3\xA9\"}");
    check_refused(reader_member_text(&root, "name", 3, &text, &problem), ERR_BAD_FIELD,
                  "name: longer than 3 bytes");
    assert_text(text, "before");
    assert_int_equal(reader_member_text(&root, "name", 4, &text, &problem), OK);
    assert_text(text, "\xC3\xA9\xC3\xA9");
}

TEST(number_in_its_range_is_read)
{
    static const struct {
        const char *body;
        int64_t number;
    } rows[] = {
        {"{\"n\":0}", 0},
        {"{\"n\":-0}", 0},
        {"{\"n\":1}", 1},
        {"{\"n\":-1000}", -1000},
        {"{\"n\":3.0}", 3},
        {"{\"n\":-0.0}", 0},
        {"{\"n\":3e0}", 3},
        {"{\"n\":3E2}", 300},
        {"{\"n\":30e-1}", 3},
        {"{\"n\":9007199254740993.0}", 9007199254740993},
        {"{\"n\":9223372036854775806.0}", INT64_MAX - 1},
        {"{\"n\":9223372036854775806}", INT64_MAX - 1},
        {"{\"n\":-9223372036854775807}", INT64_MIN + 1},
    };
    int64_t number = 7;

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        open_body(rows[i].body);
        assert_int_equal(
            reader_member_number(&root, "n", INT64_MIN + 1, INT64_MAX - 1, &number, &problem), OK);
        assert_true(number == rows[i].number);
    }
    open_body("{\"n\":1000}");
    assert_int_equal(reader_member_number(&root, "n", 1000, 1000, &number, &problem), OK);
}

TEST(number_out_of_range_is_refused_even_beyond_64_bits)
{
    /* An error shows 40 bytes of a number. */
    static const char *const rows[][2] = {
        {"9223372036854775807", "9223372036854775807"},
        {"9223372036854775808", "9223372036854775808"},
        {"18446744073709551615", "18446744073709551615"},
        {"18446744073709551616", "18446744073709551616"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"-9223372036854775809", "-9223372036854775809"},
        {"9223372036854775807.0", "9223372036854775807.0"},
        {"1e19", "1e19"},
        {"-1e19", "-1e19"},
        {"1e400", "1e400"},
        {"-1e400", "-1e400"},
        {"9999999999999999999999999999999999999999", "9999999999999999999999999999999999999999"},
        {"99999999999999999999999999999999999999991",
         "9999999999999999999999999999999999999999..."},
        {"-99999999999999999999999999999999999999991",
         "-999999999999999999999999999999999999999..."},
    };
    char body[128], sentence[160];
    int64_t number = 7;

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        snprintf(body, sizeof(body), "{\"n\":%s}", rows[i][0]);
        snprintf(sentence, sizeof(sentence),
                 "n: expected a number from -9223372036854775807 to 9223372036854775806, not %s",
                 rows[i][1]);
        open_body(body);
        check_refused(
            reader_member_number(&root, "n", INT64_MIN + 1, INT64_MAX - 1, &number, &problem),
            ERR_BAD_FIELD, sentence);
    }
    open_body("{\"n\":1}");
    check_refused(reader_member_number(&root, "n", 0, 0, &number, &problem), ERR_BAD_FIELD,
                  "n: expected 0, not 1");
    open_body("{\"n\":0,\"m\":1001}");
    check_refused(reader_member_number(&root, "n", 1, 1000, &number, &problem), ERR_BAD_FIELD,
                  "n: expected a number from 1 to 1000, not 0");
    check_refused(reader_member_number(&root, "m", 1, 1000, &number, &problem), ERR_BAD_FIELD,
                  "m: expected a number from 1 to 1000, not 1001");
    assert_int_equal(number, 7);
}

TEST(number_that_is_not_whole_is_refused)
{
    static const char *const rows[][2] = {
        {"3.5", "n: expected a whole number, not 3.5"},
        {"3e-1", "n: expected a whole number, not 3e-1"},
        {"1e-400", "n: expected a whole number, not 1e-400"},
        {"3.0000000000000000000001", "n: expected a whole number, not 3.0000000000000000000001"},
        {"\"3\"", "n: expected a whole number, not a string"},
        {"true", "n: expected a whole number, not a boolean"},
        {"[]", "n: expected a whole number, not an array"},
        {"{}", "n: expected a whole number, not an object"},
    };
    char body[64];
    int64_t number = 7;

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        snprintf(body, sizeof(body), "{\"n\":%s}", rows[i][0]);
        open_body(body);
        check_refused(reader_member_number(&root, "n", 1, 1000, &number, &problem), ERR_BAD_FIELD,
                      rows[i][1]);
    }
    assert_int_equal(number, 7);
}

TEST(real_number_in_its_range_is_read)
{
    static const struct {
        const char *body;
        double number;
    } rows[] = {
        {"{\"n\":0}", 0},       {"{\"n\":-0.0}", 0},     {"{\"n\":1}", 1},
        {"{\"n\":0.25}", 0.25}, {"{\"n\":1e-3}", 0.001}, {"{\"n\":100E-2}", 1},
    };
    static const char *const refused[][2] = {
        {"1.0000001", "n: expected a number from 0 to 1, not 1.0000001"},
        {"-1e-9", "n: expected a number from 0 to 1, not -1e-9"},
        {"2", "n: expected a number from 0 to 1, not 2"},
        {"1e400", "n: expected a number from 0 to 1, not 1e400"},
        {"-1e400", "n: expected a number from 0 to 1, not -1e400"},
        {"\"0.5\"", "n: expected a number from 0 to 1, not a string"},
        {"true", "n: expected a number from 0 to 1, not a boolean"},
        {"[]", "n: expected a number from 0 to 1, not an array"},
        {"{}", "n: expected a number from 0 to 1, not an object"},
    };
    double number = 7;

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        open_body(rows[i].body);
        struct reader_node node = member_of(&root, "n");
        assert_int_equal(reader_real(&node, 0, 1, &number, &problem), OK);
        assert_true(number == rows[i].number);
    }
    for (size_t i = 0; i < UNIT_COUNT(refused); i++) {
        char body[32];
        snprintf(body, sizeof(body), "{\"n\":%s}", refused[i][0]);
        open_body(body);
        struct reader_node node = member_of(&root, "n");
        check_refused(reader_real(&node, 0, 1, &number, &problem), ERR_BAD_FIELD, refused[i][1]);
    }
    assert_true(number == 1);
}

TEST(bool_is_true_or_false_only)
{
    static const char *const rows[][2] = {
        {"{\"b\":1}", "b: expected true or false, not 1"},
        {"{\"b\":0}", "b: expected true or false, not 0"},
        {"{\"b\":\"true\"}", "b: expected true or false, not a string"},
        {"{\"b\":[]}", "b: expected true or false, not an array"},
    };
    bool truth = false;

    open_body("{\"b\":true,\"c\":false}");
    assert_int_equal(reader_member_bool(&root, "b", &truth, &problem), OK);
    assert_true(truth);
    assert_int_equal(reader_member_bool(&root, "c", &truth, &problem), OK);
    assert_false(truth);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        open_body(rows[i][0]);
        check_refused(reader_member_bool(&root, "b", &truth, &problem), ERR_BAD_FIELD, rows[i][1]);
    }
}

TEST(time_is_read_as_rfc_3339)
{
    int64_t ms = 0;

    open_body("{\"a\":\"1970-01-01T00:00:01.002Z\",\"b\":\"yesterday\",\"c\":1}");
    struct reader_node a = member_of(&root, "a"), b = member_of(&root, "b");
    struct reader_node c = member_of(&root, "c");
    assert_int_equal(reader_time(&a, &ms, &problem), OK);
    assert_int_equal(ms, 1002);
    check_refused(reader_time(&b, &ms, &problem), ERR_BAD_FIELD,
                  "b: expected a time such as 2026-01-31T10:00:00.000Z, not 'yesterday'");
    check_refused(reader_time(&c, &ms, &problem), ERR_BAD_FIELD,
                  "c: expected a string, not a number");
}

TEST(word_is_one_of_the_list)
{
    static const char *const words[] = {"real", "frozen", NULL};
    /* An error shows 40 bytes of a string, cut between two characters. */
    static const char *const rows[][2] = {
        {"{\"w\":\"Real\"}", "w: 'Real' is not known; did you mean real?"},
        {"{\"w\":\"rea\"}", "w: 'rea' is not known; did you mean real?"},
        {"{\"w\":\"\"}", "w: expected real or frozen, not ''"},
        {"{\"w\":\"other\"}", "w: expected real or frozen, not 'other'"},
        {"{\"w\":\"aaaaaaaaabbbbbbbbbbccccccccccddddddddd\xC3\xA9\xC3\xA9\"}",
         "w: expected real or frozen, not 'aaaaaaaaabbbbbbbbbbccccccccccddddddddd\xC3\xA9...'"},
        {"{\"w\":\"aaaaaaaaaabbbbbbbbbbccccccccccddddddddd\xC3\xA9\"}",
         "w: expected real or frozen, not 'aaaaaaaaaabbbbbbbbbbccccccccccddddddddd...'"},
        {"{\"w\":1}", "w: expected real or frozen, not 1"},
        {"{\"w\":[]}", "w: expected real or frozen, not an array"},
    };
    size_t index = 9;

    open_body("{\"w\":\"frozen\",\"v\":\"real\"}");
    struct reader_node second = member_of(&root, "w"), first = member_of(&root, "v");
    assert_int_equal(reader_word(&second, words, &index, &problem), OK);
    assert_int_equal(index, 1);
    assert_int_equal(reader_word(&first, words, &index, &problem), OK);
    assert_int_equal(index, 0);
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        open_body(rows[i][0]);
        struct reader_node node = member_of(&root, "w");
        check_refused(reader_word(&node, words, &index, &problem), ERR_BAD_FIELD, rows[i][1]);
    }
    assert_int_equal(index, 0);
}

TEST(very_long_list_of_words_is_cut)
{
    static const char *words[1000];

    for (size_t i = 0; i + 1 < UNIT_COUNT(words); i++)
        words[i] = "word";
    open_body("{\"w\":\"none\"}");
    struct reader_node node = member_of(&root, "w");
    size_t index;
    assert_int_equal(reader_word(&node, words, &index, &problem), ERR_BAD_FIELD);
    assert_true(text_starts_with(problem_sentence(&problem, ERR_BAD_FIELD),
                                 TEXT("w: expected word, word, word, ")));
}

TEST(array_gives_its_elements_in_order)
{
    size_t length = 9;
    struct text text;

    open_body("{\"a\":[\"x\",null,[]],\"e\":[]}");
    struct reader_node empty = member_of(&root, "e"), array = member_of(&root, "a");
    assert_int_equal(reader_array(&empty, 0, &length, &problem), OK);
    assert_int_equal(length, 0);
    assert_int_equal(reader_array(&array, 3, &length, &problem), OK);
    assert_int_equal(length, 3);
    struct reader_node first = reader_element(&array, 0), second = reader_element(&array, 1),
                       third = reader_element(&array, 2);
    assert_int_equal(reader_text(&first, 10, &text, &problem), OK);
    assert_text(text, "x");
    assert_int_equal(reader_type(&second), READER_NULL);
    assert_int_equal(reader_type(&third), READER_ARRAY);
}

TEST(array_of_another_type_or_too_long_is_refused)
{
    size_t length = 9;

    open_body("{\"a\":[1,2,3],\"o\":{},\"s\":\"abc\"}");
    struct reader_node array = member_of(&root, "a"), object = member_of(&root, "o"),
                       text = member_of(&root, "s");
    check_refused(reader_array(&array, 2, &length, &problem), ERR_BAD_FIELD,
                  "a: more than 2 elements");
    check_refused(reader_array(&object, 2, &length, &problem), ERR_BAD_FIELD,
                  "o: expected an array, not an object");
    check_refused(reader_array(&text, 2, &length, &problem), ERR_BAD_FIELD,
                  "s: expected an array, not a string");
    check_refused(reader_array(&root, 2, &length, &problem), ERR_BAD_FIELD,
                  "the body: expected a JSON array, not an object");
    assert_int_equal(length, 9);
}

TEST(json_of_a_value_has_no_white_space)
{
    struct arena arena = {0};
    struct text json;

    open_body("{\"v\": { \"\\u0061\\\"\":\"\\n\\/\\u00e9\" , "
              "\"b\":[ null,true ,false,1,-2.50,3e0,[],{ } ] } }");
    struct reader_node value = member_of(&root, "v");
    assert_int_equal(reader_json(&value, &arena, &json), OK);
    assert_text(json, "{\"a\\\"\":\"\\n/\xC3\xA9\",\"b\":[null,true,false,1,-2.50,3e0,[],{}]}");
    unsigned n = 0;
    enum err err;
    do {
        arena_free(&arena);
        chaos_fail_at(++n);
        err = reader_json(&value, &arena, &json);
        assert_int_equal(err, chaos_failed() ? ERR_NO_MEMORY : OK);
    } while (chaos_failed());
    chaos_fail_at(0);
    assert_true(n > 2);
    arena_free(&arena);
}

TEST(deepest_body_that_the_scanner_accepts_is_parsed)
{
    static const char body[] =
        "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}";

    open_body(body); /* 31 arrays in an object */
    struct reader_node nodes[33] = {member_of(&root, "a")};
    for (size_t i = 1; i <= 31; i++)
        nodes[i] = reader_element(&nodes[i - 1], 0);
    assert_int_equal(reader_type(&nodes[31]), READER_NUMBER);
}

TEST(no_memory_is_reported_and_nothing_leaks)
{
    long before = chaos_blocks();
    unsigned n = 0;
    enum err err;

    do {
        chaos_fail_at(++n);
        err = reader_open(TEXT("{\"a\":1,\"\\u0062\":[{\"a\":2}]}"), READER_RIG_VALUES_MAX, &reader,
                          &problem);
        assert_int_equal(err, chaos_failed() ? ERR_NO_MEMORY : OK);
        if (err)
            assert_null(reader);
        reader_close(&reader);
        assert_int_equal(chaos_blocks(), before);
    } while (chaos_failed());
    chaos_fail_at(0);
    assert_true(n > 3);
}
