/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "chaos.h"
#include "dice.h"
#include "json/reader.h"
#include "json/scan.h"
#include "json/split.h"
#include "mutant.h"

enum { VALUES_MAX = 1000, SHOWN_MAX = 4096 };

/* Splits a text and opens each piece. Writes the pieces to `shown`, unless it is NULL:
 * `a=1 b[ b0={} b1=2 .` */
static enum err walk(struct text json, struct buffer *shown, struct problem *problem)
{
    struct split split = split_new(json);
    struct split_piece piece = {.kind = SPLIT_VALUE};
    enum err err = OK;

    while (!err && !(err = split_next(&split, &piece, problem)) && piece.kind != SPLIT_END) {
        if (shown)
            buffer_put_text(shown, piece.key);
        if (shown && piece.kind == SPLIT_ELEMENT)
            buffer_put_number(shown, (int64_t)piece.index);
        if (shown)
            buffer_printf(shown, piece.kind == SPLIT_ARRAY ? "[ " : "=%.*s ",
                          TEXT_ARGS(piece.json));
        if (piece.kind != SPLIT_ARRAY) {
            struct reader *reader = NULL;
            err = reader_open_part(json, piece.json, VALUES_MAX, &reader, problem);
            reader_close(&reader);
        }
    }
    if (shown)
        buffer_put_char(shown, '.');
    split_free(&split);
    return err;
}

/* As walk, with a text that ends where its memory ends. */
static enum err walk_copy(struct text json, struct buffer *shown, struct problem *problem)
{
    char *copy = malloc(json.length + 1);

    memcpy(copy + 1, json.at, json.length);
    enum err err = walk((struct text){copy + 1, json.length}, shown, problem);
    free(copy);
    return err;
}

TEST(pieces_come_in_the_order_of_the_text)
{
    static const struct {
        const char *json, *pieces;
    } rows[] = {
        {"", "."},
        {"{}", "."},
        {" { } \n", "."},
        {"{\"a\":1}", "a=1 ."},
        {"{\"a\":1,\"b\":\"x\",\"c\":null}", "a=1 b=\"x\" c=null ."},
        {"{\"a\":[]}", "a[ ."},
        {"{\"a\": [ ] , \"b\" : [ 1 ] }", "a[ b[ b0=1 ."},
        {"{\"a\":[1,\"]\",[2,[3]],{\"b\":[4]}],\"c\":-0.5e1}",
         "a[ a0=1 a1=\"]\" a2=[2,[3]] a3={\"b\":[4]} c=-0.5e1 ."},
        {"{\"a\":{\"b\":[1,{}],\"c\":\"}\"}}", "a={\"b\":[1,{}],\"c\":\"}\"} ."},
        {"{\"a\":\"\\\"}\\\\\",\"b\":true}", "a=\"\\\"}\\\\\" b=true ."},
        {"{\"\\u0061\\/\":[false]}", "a/[ a/0=false ."},
        {"{\"\":0}", "=0 ."},
        {"{\"a\"\t:\r1\n,\"b\":[1\n,\t2\r]}", "a=1 b[ b0=1 b1=2 ."},
    };
    struct buffer shown = buffer_new(SHOWN_MAX);

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct problem problem = {0};
        buffer_clear(&shown);
        if (walk_copy(text_of(rows[i].json), &shown, &problem) != OK)
            fail_msg("%s: %s", rows[i].json, problem.text);
        assert_text(buffer_text(&shown), rows[i].pieces);
    }
    buffer_free(&shown);
}

TEST(text_that_is_not_json_is_refused_at_its_byte)
{
    static const struct {
        const char *json, *wrong;
    } rows[] = {
        {"  ", "expected a value, at byte 2"},
        {"nul", "expected a value, at byte 0"},
        {"true false", "unexpected text after the value, at byte 5"},
        {"name=x", "it is a form (name=value); send a JSON object"},
        {"--x\r\nContent-Disposition: form-data", "it is a multipart form; send a JSON object"},
        {"\x1f\x8b\b", "it is compressed with gzip; send it uncompressed"},
        {"\xff\xfe{", "it is in UTF-16; send UTF-8"},
        {"{", "expected a key in quotes, at byte 1"},
        {"{,}", "expected a key in quotes, at byte 1"},
        {"{a:1}", "expected a key in quotes, at byte 1"},
        {"{\"a", "a value has no end, at byte 1"},
        {"{\"a\\", "a value has no end, at byte 1"},
        {"{\"a\"}", "expected ':', at byte 4"},
        {"{\"a\":}", "expected a value, at byte 5"},
        {"{\"a\":", "expected a value, at byte 5"},
        {"{\"a\":1", "expected ',' or '}', at byte 6"},
        {"{\"a\":1,}", "expected a key in quotes, at byte 7"},
        {"{\"a\":1 2}", "expected ',' or '}', at byte 7"},
        {"{\"a\":1]", "expected ',' or '}', at byte 6"},
        {"{\"a\":1}}", "unexpected text after the value, at byte 7"},
        {"{}{}", "unexpected text after the value, at byte 2"},
        {"{} \v", "unexpected text after the value, at byte 3"},
        {"{\"a\":[}", "expected a value, at byte 6"},
        {"{\"a\":[", "expected a value, at byte 6"},
        {"{\"a\":[1,]}", "expected a value, at byte 8"},
        {"{\"a\":[,1]}", "expected a value, at byte 6"},
        {"{\"a\":[1 2]}", "expected ',' or ']', at byte 8"},
        {"{\"a\":[1}", "expected ',' or ']', at byte 7"},
        {"{\"a\":[[1]", "expected ',' or ']', at byte 9"},
        {"{\"a\":[{]}]}", "expected a key in quotes, at byte 7"},
        {"{\"a\":[{\"b\":1]]}", "expected ',' or '}', at byte 12"},
        {"{\"a\":{\"b\":1", "a value has no end, at byte 5"},
        {"{\"a\":tru}", "expected a value, at byte 5"},
        {"{\"a\":truely}", "unexpected text after the value, at byte 9"},
        {"{\"a\":01}", "unexpected text after the value, at byte 6"},
        {"{\"a\":[1,nul]}", "expected a value, at byte 8"},
        {"{\"a\":1,\"a\":2}", "a key appears twice, at byte 7"},
        {"{\"a\":1, \"\\u0061\":2}", "a key appears twice, at byte 8"},
        {"{\"a\":[{\"b\":1,\"b\":2}]}", "the key \"b\" appears twice, at byte 13"},
        {"{\"\xff\":1}", "invalid UTF-8, at byte 2"},
        {"{\"a\":[\"\xff\"]}", "invalid UTF-8, at byte 7"},
        {"{\"\\u0000\":1}", "an escaped NUL, at byte 2"},
        {"{\"\\ud800\":1}", "half of a surrogate pair, at byte 2"},
        {"\xef\xbb\xbf{}", "it begins with a byte order mark; send UTF-8 without one"},
        {"{\"a\":/**/1}", "expected a value, at byte 5"},
        {"{'a':1}", "expected a key in quotes, at byte 1"},
    };
    static const char prefix[] = "the body is not valid JSON: ";

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct problem problem = {0};
        assert_int_equal(walk_copy(text_of(rows[i].json), NULL, &problem), ERR_BAD_JSON);
        assert_memory_equal(problem.text, prefix, sizeof(prefix) - 1);
        assert_string_equal(problem.text + sizeof(prefix) - 1, rows[i].wrong);
    }
}

TEST(value_that_is_not_an_object_is_refused_by_its_type)
{
    static const char *const rows[][2] = {
        {"[]", "an array"},     {" [1,{}]", "an array"},   {"\"x\"", "a string"},
        {"5", "a number"},      {"\n-1.5e3 ", "a number"}, {"true", "a boolean"},
        {"false", "a boolean"}, {"null", "null"},
    };
    char sentence[96];

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct problem problem = {0};
        assert_int_equal(walk_copy(text_of(rows[i][0]), NULL, &problem), ERR_BAD_FIELD);
        snprintf(sentence, sizeof(sentence), "the body: expected a JSON object, not %s",
                 rows[i][1]);
        assert_string_equal(problem.text, sentence);
    }
}

/* A million brackets are found to have no end, or refused by the scan, without recursion. */
TEST(depth_costs_nothing)
{
    enum { DEPTH = 1000000 };
    char *json = malloc(2 * DEPTH + 16);
    struct problem problem = {0};

    char *end = stpcpy(json, "{\"a\":");
    memset(end, '[', DEPTH);
    assert_int_equal(walk((struct text){json, (size_t)(end - json) + DEPTH}, NULL, &problem),
                     ERR_BAD_JSON);
    memset(end + DEPTH, ']', DEPTH);
    end[2 * DEPTH] = '}';
    assert_int_equal(
        walk((struct text){json, (size_t)(end - json) + 2 * DEPTH + 1}, NULL, &problem),
        ERR_BAD_JSON);
    assert_string_equal(problem.text,
                        "the body has more than 32 levels of arrays and objects, at byte 38");
    free(json);
}

TEST(no_memory_is_reported_and_nothing_leaks)
{
    struct buffer json = buffer_new(2048);
    unsigned n = 0;

    buffer_put_char(&json, '{');
    for (int i = 0; i < 60; i++)
        buffer_printf(&json, "\"\\u0061%d\":[],", i);
    buffer_put_text(&json, TEXT("\"c\":1}"));
    long before = chaos_blocks();
    do {
        struct problem problem = {0};
        chaos_fail_at(++n);
        enum err err = walk(buffer_text(&json), NULL, &problem);
        assert_int_equal(err, chaos_failed() ? ERR_NO_MEMORY : OK);
        assert_int_equal(chaos_blocks(), before);
    } while (chaos_failed());
    chaos_fail_at(0);
    buffer_free(&json);
    assert_true(n > 3);
}

/* The split accepts a mutated document if, and only if, the scan accepts the whole and it is an
 * object. */
TEST(split_accepts_exactly_what_the_scan_accepts)
{
    enum { MUTANT_MAX = 512 };
    static const char *const seeds[] = {
        "{\"counters\":{\"lastPod\":5},\"pods\":["
        "{\"number\":1,\"claimedBy\":null},{\"number\":2}]}",
        "{ \"a\" : [ ] , \"b\" : [ 1 , [ 2 ] , \"]\" ] , \"c\" : { \"d\" : [ ] } }\n",
        "{\"\\u0061\\\"\":\"\\\\\\\"\xC3\xA9\",\"x\":[true,false,null,-0.5e-7]}",
    };
    struct dice dice = dice_new();
    unsigned accepted = 0, refused = 0;
    char text[MUTANT_MAX];

    for (int i = 0; i < 100000; i++) {
        size_t length = mutant_make(&dice, seeds, UNIT_COUNT(seeds), text, MUTANT_MAX);
        const struct text mutant = {text, length};
        struct problem problem = {0};
        bool is_object = length > 0 && text[strspn(text, " \t\r\n")] == '{';
        bool is_sound = scan_json(mutant, VALUES_MAX, NULL, &problem) == OK && is_object;
        if ((walk_copy(mutant, NULL, &problem) == OK) != is_sound)
            fail_msg("%.*s: %s", TEXT_ARGS(mutant), problem.text);
        *(is_sound ? &accepted : &refused) += 1;
    }
    assert_true(accepted > 1000 && refused > 1000);
}
