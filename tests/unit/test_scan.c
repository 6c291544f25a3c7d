/* SPDX-License-Identifier: MIT
 *
 * The limits of the scanner, its time and memory, and that it accepts nothing that json-c refuses.
 * Its grammar is tested in test_scan_rows.c.
 */
#include "unit.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "chaos.h"
#include "dice.h"
#include "mutant.h"
#include "scan_copy.h"

/* Makes a text: `depth` times the opening, then the inside, then `depth` times the closing. */
static struct text nest(char *to, unsigned depth, const char *opening, const char *within,
                        const char *closing)
{
    char *end = to;

    for (unsigned i = 0; i < depth; i++)
        end = stpcpy(end, opening);
    end = stpcpy(end, within);
    for (unsigned i = 0; i < depth; i++)
        end = stpcpy(end, closing);
    return (struct text){to, (size_t)(end - to)};
}

TEST(depth_of_32_is_accepted_and_33_is_not)
{
    static const struct {
        const char *opening, *within, *closing;
        const char *wrong; /* with one level more */
    } rows[] = {
        {"[", "", "]", "the body has more than 32 levels of arrays and objects, at byte 32"},
        {"[", "1", "]", "the body has more than 32 levels of arrays and objects, at byte 32"},
        {"{\"a\":", "null", "}",
         "the body has more than 32 levels of arrays and objects, at byte 160"},
    };
    char text[1024];

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct problem problem = {0};
        assert_int_equal(
            scan_copy(nest(text, SCAN_DEPTH_MAX, rows[i].opening, rows[i].within, rows[i].closing),
                      10000, &problem),
            OK);
        assert_int_equal(scan_copy(nest(text, SCAN_DEPTH_MAX + 1, rows[i].opening, rows[i].within,
                                        rows[i].closing),
                                   10000, &problem),
                         ERR_BAD_JSON);
        assert_string_equal(problem.text, rows[i].wrong);
    }
    struct problem problem = {0}; /* siblings do not count */
    assert_int_equal(scan_copy(nest(text, SCAN_DEPTH_MAX - 1, "[{},", "[]", "]"), 10000, &problem),
                     OK);
    assert_int_equal(scan_copy(nest(text, SCAN_DEPTH_MAX, "[", "1],[1", "]"), 10000, &problem), OK);
}

TEST(unlimited_depth_costs_nothing)
{
    enum { LENGTH = 1 << 20 };
    char *text = malloc(LENGTH);
    struct problem problem = {0};

    memset(text, '[', LENGTH);
    assert_int_equal(scan_json((struct text){text, LENGTH}, LENGTH, NULL, &problem), ERR_BAD_JSON);
    assert_string_equal(problem.text,
                        "the body has more than 32 levels of arrays and objects, at byte 32");
    free(text);
}

TEST(values_are_counted_and_keys_are_not)
{
    static const struct {
        const char *text;
        size_t values;
    } rows[] = {
        {"1", 1},
        {"[]", 1},
        {"{}", 1},
        {"[1,2]", 3},
        {"{\"a\":1,\"b\":\"c\"}", 3},
        {"[[],{},[null]]", 5},
    };
    char wrong[96];

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct problem problem = {0};
        assert_int_equal(scan_copy(text_of(rows[i].text), rows[i].values, &problem), OK);
        assert_int_equal(scan_copy(text_of(rows[i].text), rows[i].values - 1, &problem),
                         ERR_BAD_JSON);
        snprintf(wrong, sizeof(wrong), "the body has more than %zu JSON values",
                 rows[i].values - 1);
        assert_memory_equal(problem.text, wrong, strlen(wrong));
    }
}

/* Scans a text of `count` pieces, each with its own number for '#'. Returns the seconds of
 * processor time that this took. */
static double seconds_for(unsigned count, const char *opening, const char *piece,
                          const char *closing)
{
    struct buffer json = buffer_new((size_t)count * 32 + 16);
    struct problem problem = {0};

    buffer_put_text(&json, text_of(opening));
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            buffer_put_char(&json, ',');
        for (const char *p = piece; *p; p++) {
            if (*p == '#')
                buffer_put_number(&json, i);
            else
                buffer_put_char(&json, *p);
        }
    }
    buffer_put_text(&json, text_of(closing));
    assert_false(json.failed);
    clock_t start = clock();
    enum err err = scan_json(buffer_text(&json), SIZE_MAX, NULL, &problem);
    clock_t stop = clock();
    buffer_free(&json);
    if (err)
        fail_msg("%s", problem.text);
    return (double)(stop - start) / CLOCKS_PER_SEC;
}

TEST(hostile_texts_take_time_linear_in_their_length)
{
    static const struct {
        const char *opening, *piece, *closing;
    } rows[] = {
        {"{", "\"#\":0", "}"},        /* one object of many keys */
        {"{", "\"\\u0061#\":0", "}"}, /* the same, escaped */
        {"[", "{\"a\":0}", "]"},      /* the same key in many objects */
        {"[", "{\"a\":0,\"b\":{}}", "]"},
    };
    const double limit = 5; /* a quadratic search of 300,000 keys takes minutes */

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        double seconds = seconds_for(300000, rows[i].opening, rows[i].piece, rows[i].closing);
        if (seconds > limit)
            fail_msg("%s: %.1f s", rows[i].piece, seconds);
    }
}

TEST(last_of_many_keys_is_still_compared_with_the_first)
{
    enum { KEYS = 5000 };
    struct buffer json = buffer_new(KEYS * 16);
    struct problem problem = {0};

    buffer_put_char(&json, '{');
    for (int i = 0; i < KEYS; i++)
        buffer_printf(&json, "\"%d\":0,", i);
    size_t before_the_last = json.length;
    for (int i = 0; i < KEYS; i += 7) {
        json.length = before_the_last;
        buffer_printf(&json, "\"%d\":0}", i);
        assert_int_equal(scan_json(buffer_text(&json), SIZE_MAX, NULL, &problem), ERR_BAD_JSON);
    }
    json.length = before_the_last;
    buffer_printf(&json, "\"%d\":0}", KEYS);
    assert_int_equal(scan_json(buffer_text(&json), SIZE_MAX, NULL, &problem), OK);
    buffer_free(&json);
}

TEST(no_memory_is_reported_and_nothing_leaks)
{
    struct buffer json = buffer_new(2048);
    unsigned n = 0;

    buffer_put_char(&json, '{');
    for (int i = 0; i < 60; i++)
        buffer_printf(&json, "\"\\u0061%d\":[{\"b\":%d}],", i, i);
    buffer_put_text(&json, TEXT("\"c\":1}"));
    assert_false(json.failed);
    long before = chaos_blocks();
    do {
        struct problem problem = {0};
        chaos_fail_at(++n);
        enum err err = scan_json(buffer_text(&json), 1000, NULL, &problem);
        assert_int_equal(err, chaos_failed() ? ERR_NO_MEMORY : OK);
        assert_int_equal(chaos_blocks(), before);
    } while (chaos_failed());
    chaos_fail_at(0);
    buffer_free(&json);
    assert_true(n > 3);
}

static const char *const seeds[] = {
    "{\"name\":\"default-pool\",\"minimum_vms\":5,\"repositories\":[\"a/"
    "b\",{\"url\":\"c\",\"branch\":null}]}",
    "[1,-2.5e+10,0.1,1E-7,true,false,null,\"\",{},[]]",
    "{\"a\\u0061\\ud83c\\udfad\\n\\/\":\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\xAD\"}",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    " {\"a\" : [ { } , { \"b\" : { \"c\" : [ ] } } ] }\r\n\t",
    "-12345678901234567890123",
};

enum { MUTANT_MAX = 512 };

/* Returns true if json-c, in strict mode, accepts the whole text. */
static bool json_c_takes(struct text text)
{
    struct json_tokener *tokener = json_tokener_new_ex(SCAN_DEPTH_MAX + 1);
    size_t end;

    struct json_object *tree = json_tokener_parse_ex(tokener, text.at, (int)text.length);
    end = json_tokener_get_parse_end(tokener);
    if (json_tokener_get_error(tokener) == json_tokener_continue)
        tree = json_tokener_parse_ex(tokener, " ", 1);
    bool taken = json_tokener_get_error(tokener) == json_tokener_success &&
                 strspn(text.at + end, " \t\r\n") == text.length - end;
    json_object_put(tree);
    json_tokener_free(tokener);
    return taken;
}

TEST(accepted_text_is_utf8_without_nul_that_json_c_accepts_too)
{
    struct dice dice = dice_new();
    unsigned accepted = 0, refused = 0;
    char text[MUTANT_MAX + 1];

    for (int i = 0; i < 100000; i++) {
        size_t length = mutant_make(&dice, seeds, UNIT_COUNT(seeds), text, MUTANT_MAX);
        text[length] = '\0';
        const struct text mutant = {text, length};
        struct problem problem = {0};
        if (scan_copy(mutant, 1000, &problem) != OK) {
            refused++;
            continue;
        }
        accepted++;
        if (!text_is_utf8(mutant) || strlen(text) != length || !json_c_takes(mutant))
            fail_msg("%s", text);
    }
    assert_true(accepted > 1000 && refused > 1000);
}
