/* SPDX-License-Identifier: MIT
 *
 * The tree of a body equals the one that json-c's parser builds from the same text, and is never a
 * wrong one if a json-c constructor fails.
 */
#include "unit.h"

#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaos.h"
#include "dice.h"
#include "json/scan.h"
#include "json/tree.h"
#include "mutant.h"

enum { VALUES_MAX = 1000 };

/* The json-c call that fails, counted from 1; 0: none. */
static unsigned long countdown;
static bool has_failed;

static bool is_to_fail(void)
{
    if (countdown == 0 || --countdown > 0)
        return false;
    has_failed = true;
    return true;
}

/* Wrappers of json-c's constructors (--wrap): chaos.h does not see allocations inside json-c. */
#define CONSTRUCTOR(name, parameters, ...)                       \
    struct json_object *__real_##name parameters;                \
    struct json_object *__wrap_##name parameters;                \
    struct json_object *__wrap_##name parameters                 \
    {                                                            \
        return is_to_fail() ? NULL : __real_##name(__VA_ARGS__); \
    }
CONSTRUCTOR(json_object_new_boolean, (json_bool value), value)
CONSTRUCTOR(json_object_new_int64, (int64_t value), value)
CONSTRUCTOR(json_object_new_double, (double value), value)
CONSTRUCTOR(json_object_new_string_len, (const char *at, int length), at, length)
CONSTRUCTOR(json_object_new_array_ext, (int size), size)
CONSTRUCTOR(json_object_new_object, (void), )

int __real_json_object_array_add(struct json_object *array, struct json_object *value);
int __wrap_json_object_array_add(struct json_object *array, struct json_object *value);
int __wrap_json_object_array_add(struct json_object *array, struct json_object *value)
{
    return is_to_fail() ? -1 : __real_json_object_array_add(array, value);
}

int __real_json_object_object_add_ex(struct json_object *object, const char *key,
                                     struct json_object *value, unsigned options);
int __wrap_json_object_object_add_ex(struct json_object *object, const char *key,
                                     struct json_object *value, unsigned options);
int __wrap_json_object_object_add_ex(struct json_object *object, const char *key,
                                     struct json_object *value, unsigned options)
{
    return is_to_fail() ? -1 : __real_json_object_object_add_ex(object, key, value, options);
}

/* Returns json-c's tree of a text that the scan accepts. */
static struct json_object *parse(struct text text)
{
    struct json_tokener *tokener = json_tokener_new_ex(SCAN_DEPTH_MAX + 1);
    struct json_object *value = json_tokener_parse_ex(tokener, text.at, (int)text.length);

    if (json_tokener_get_error(tokener) ==
        json_tokener_continue) /* a number at the end may continue */
        value = json_tokener_parse_ex(tokener, " ", 1);
    assert_int_equal(json_tokener_get_error(tokener), json_tokener_success);
    json_tokener_free(tokener);
    return value;
}

static bool is_same(struct json_object *ours, struct json_object *theirs);

static bool is_same_number(struct json_object *ours, struct json_object *theirs)
{
    char written[TREE_NUMBER_MAX];
    struct text number = tree_number(ours, written);

    if (json_object_is_type(theirs, json_type_int) && json_object_is_type(ours, json_type_double))
        return number.length >= 19; /* json-c saturates, the tree keeps the spelling */
    return json_object_get_double(ours) == json_object_get_double(theirs) &&
           text_equal(number, text_of(json_object_to_json_string(theirs)));
}

static bool is_same_array(struct json_object *ours, struct json_object *theirs)
{
    size_t length = json_object_array_length(theirs);

    if (json_object_array_length(ours) != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (!is_same(json_object_array_get_idx(ours, i), json_object_array_get_idx(theirs, i)))
            return false;
    return true;
}

/* The order of members matters too. */
static bool is_same_object(struct json_object *ours, struct json_object *theirs)
{
    struct json_object_iterator at = json_object_iter_begin(ours);

    if (json_object_object_length(ours) != json_object_object_length(theirs))
        return false;
    json_object_object_foreach(theirs, key, value)
    {
        if (strcmp(json_object_iter_peek_name(&at), key) != 0 ||
            !is_same(json_object_iter_peek_value(&at), value))
            return false;
        json_object_iter_next(&at);
    }
    return true;
}

static bool is_same(struct json_object *ours, struct json_object *theirs)
{
    switch (json_object_get_type(theirs)) {
    case json_type_double:
    case json_type_int:
        return is_same_number(ours, theirs);
    case json_type_array:
        return json_object_is_type(ours, json_type_array) && is_same_array(ours, theirs);
    case json_type_object:
        return json_object_is_type(ours, json_type_object) && is_same_object(ours, theirs);
    default:
        return json_object_equal(ours, theirs);
    }
}

/* Returns true if json-c 0.16 replaces an escaped character by U+FFFD. It mistakes a character
 * beyond U+FFFF for half of a pair if its lower 16 bits are those of a surrogate (U+1D800 to
 * U+1DFFF, and the same in each plane). */
static bool is_misread(struct text text)
{
    unsigned high, low;

    for (; text.length >= 12; text = text_from(text, 1)) {
        char pair[13] = "";
        memcpy(pair, text.at, 12);
        if (sscanf(pair, "\\u%4x\\u%4x", &high, &low) == 2 && (high & 0xFC00) == 0xD800 &&
            ((high << 10 | (low & 0x3FF)) & 0xF800) == 0xD800)
            return true;
    }
    return false;
}

TEST(characters_beyond_the_first_plane_are_read_from_surrogate_pairs)
{
    static const char *const rows[][2] = {
        {"\"\\ud83c\\udfad\"", "\xF0\x9F\x8E\xAD"},
        {"\"\\ud800\\udc00\"", "\xF0\x90\x80\x80"},
        {"\"\\ud836\\udfad\"", "\xF0\x9D\xAE\xAD"}, /* which json-c misreads */
        {"\"\\udbff\\udfff\"", "\xF4\x8F\xBF\xBF"},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct text text = text_of(rows[i][0]);
        struct problem problem = {0};
        struct tree tree;
        assert_int_equal(tree_build(&tree, text, text, 1, &problem), OK);
        assert_string_equal(json_object_get_string(tree.root), rows[i][1]);
        tree_free(&tree);
    }
    assert_true(is_misread(text_of(rows[2][0])) && !is_misread(text_of(rows[0][0])));
}

static const char *const seeds[] = {
    "{\"name\":\"default-pool\",\"minimum_vms\":5,\"repositories\":[\"a/"
    "b\",{\"url\":\"c\",\"branch\":null}]}",
    "[1,-2.5e+10,0.1,1E-7,true,false,null,\"\",{},[],-0,0.0,9223372036854775807]",
    "{\"a\\u0061\\ud83c\\udfad\\n\\/\":\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8E\xAD\\\"\\u001f\"}",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    " {\"a\" : [ { } , { \"b\" : { \"c\" : [ ] } } ] }\r\n\t",
    "[0,1,2,3,4,5,6,7,8,{\"a\":0,\"b\":1,\"c\":2,\"d\":3,\"e\":4,\"f\":5,\"g\":6,\"h\":7,\"i\":8,"
    "\"j\":9,\"k\":10,\"l\":11,\"m\":12,\"n\":13,\"o\":14,\"p\":15,\"q\":16,\"r\":17}]",
    "-12345678901234567890123",
    "\"\\\"\"",
    "null",
};

TEST(tree_equals_that_of_json_c_for_a_valid_text)
{
    enum { MUTANT_MAX = 512, TRIES = 100000 };
    struct dice dice = dice_new();
    unsigned accepted = 0, refused = 0;
    char text[MUTANT_MAX];

    for (int i = 0; i < TRIES; i++) {
        const size_t count = UNIT_COUNT(seeds);
        size_t length = (size_t)i < count ? (size_t)(stpcpy(text, seeds[i]) - text)
                                          : mutant_make(&dice, seeds, count, text, MUTANT_MAX);
        const struct text mutant = {text, length};
        struct problem problem = {0};
        struct tree tree;
        enum err err = tree_build(&tree, mutant, mutant, VALUES_MAX, &problem);
        struct json_object *theirs = err ? NULL : parse(mutant);
        if (err ? err != ERR_BAD_JSON : !is_same(tree.root, theirs) && !is_misread(mutant))
            fail_msg("%.*s", TEXT_ARGS(mutant));
        json_object_put(theirs);
        tree_free(&tree);
        *(err ? &refused : &accepted) += 1;
    }
    assert_true(accepted > 1000 && refused > 1000);
}

TEST(number_keeps_its_spelling)
{
    static const char *const rows[][2] = {
        {"0", "0"},
        {"-0", "0"},
        {"-17", "-17"},
        {"3.0", "3.0"},
        {"-0.0", "-0.0"},
        {"1e400", "1e400"},
        {"0.1000", "0.1000"},
        {"9223372036854775806", "9223372036854775806"},
        {"9223372036854775807", "9223372036854775807"},
        {"9223372036854775808", "9223372036854775808"},
        {"-9223372036854775809", "-9223372036854775809"},
        {"123456789012345678901234567890", "123456789012345678901234567890"},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct text text = text_of(rows[i][0]);
        char written[TREE_NUMBER_MAX];
        struct problem problem = {0};
        struct tree tree;
        assert_int_equal(tree_build(&tree, text, text, 1, &problem), OK);
        assert_text(tree_number(tree.root, written), rows[i][1]);
        tree_free(&tree);
    }
}

TEST(number_has_the_value_of_its_spelling)
{
    static const struct {
        const char *json;
        int64_t value;
    } rows[] = {
        {"0", 0},
        {"-17", -17},
        {"30e-1", 3},
        {"9223372036854775806", INT64_MAX - 1},
        {"-9223372036854775807", INT64_MIN + 1},
        {"1e400", INT64_MAX},
        {"-9223372036854775809", INT64_MIN},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        const struct text text = text_of(rows[i].json);
        struct problem problem = {0};
        struct tree tree;
        int64_t value;
        assert_int_equal(tree_build(&tree, text, text, 1, &problem), OK);
        assert_true(tree_whole(tree.root, &value));
        assert_int_equal(value, rows[i].value);
        tree_free(&tree);
    }
}

TEST(no_memory_in_json_c_is_reported_and_nothing_leaks)
{
    const struct text text = TEXT("{\"a\":1,\"b\":[true,1.5,\"x\",{\"c\":null}],\"d\":false}");
    long before = chaos_blocks();
    unsigned n = 0;
    enum err err;

    do {
        struct problem problem = {0};
        struct tree tree;
        has_failed = false;
        countdown = ++n;
        err = tree_build(&tree, text, text, VALUES_MAX, &problem);
        assert_int_equal(err, has_failed ? ERR_NO_MEMORY : OK);
        tree_free(&tree);
        assert_int_equal(chaos_blocks(), before);
    } while (has_failed);
    countdown = 0;
    assert_int_equal(
        n, 8 + 8 + 1); /* all values except null are made, all except the root are placed */
}

TEST(no_memory_of_ours_is_reported_and_nothing_leaks)
{
    const struct text text = TEXT("{\"a\":1,\"\\u0062\":[true,1.5,\"\\n\",{\"c\":null}]}");
    long before = chaos_blocks();
    unsigned n = 0;
    enum err err;

    do {
        struct problem problem = {0};
        struct tree tree;
        chaos_fail_at(++n);
        err = tree_build(&tree, text, text, VALUES_MAX, &problem);
        assert_int_equal(err, chaos_failed() ? ERR_NO_MEMORY : OK);
        tree_free(&tree);
        assert_int_equal(chaos_blocks(), before);
    } while (chaos_failed());
    chaos_fail_at(0);
    assert_true(n > 3);
}
