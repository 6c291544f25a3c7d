/* SPDX-License-Identifier: MIT
 *
 * Texts that are JSON and texts that are not, by what they try.
 */
#include "unit.h"

#include <string.h>

#include "scan_copy.h"

/* A text and what is wrong with it; NULL: it is accepted. */
struct row {
    const char *at;
    size_t length;
    const char *wrong;
};

#define GOOD(literal)                         \
    {                                         \
        "" literal, sizeof(literal) - 1, NULL \
    }
#define BAD(literal, wrong)                    \
    {                                          \
        "" literal, sizeof(literal) - 1, wrong \
    }

#define MARK "it begins with a byte order mark; send UTF-8 without one"
#define UTF_16 "it is in UTF-16; send UTF-8"
#define GZIP "it is compressed with gzip; send it uncompressed"
#define FORM "it is a form (name=value); send a JSON object"
#define MULTIPART "it is a multipart form; send a JSON object"

/* Checks one row; says what differs and gives false. */
static bool holds(const struct row *row)
{
    static const char prefix[] = "the body is not valid JSON: ";
    struct problem problem = {0};
    enum err err = scan_copy((struct text){row->at, row->length}, 10000, &problem);

    if (!row->wrong && err == OK)
        return true;
    if (row->wrong && err == ERR_BAD_JSON &&
        strncmp(problem.text, prefix, sizeof(prefix) - 1) == 0 &&
        strcmp(problem.text + sizeof(prefix) - 1, row->wrong) == 0)
        return true;
    print_error("%.*s\n  is: %s\n  expected: %s\n", (int)row->length, row->at,
                err ? problem.text : "good", row->wrong ? row->wrong : "good");
    return false;
}

static void check_rows(const struct row *rows, size_t count)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++)
        wrong += !holds(&rows[i]);
    if (wrong > 0)
        fail_msg("%zu rows of %zu", wrong, count);
}

TEST(numbers_have_the_grammar_of_rfc_8259)
{
    static const struct row rows[] = {
        GOOD("0"),
        GOOD("-0"),
        GOOD("1"),
        GOOD("-1"),
        GOOD("10"),
        GOOD("1234567890"),
        GOOD("-9007199254740993"),
        GOOD("0.0"),
        GOOD("0.5"),
        GOOD("-0.5"),
        GOOD("10.25"),
        GOOD("1.000"),
        GOOD("0.0000000000000000001"),
        GOOD("0e0"),
        GOOD("0E0"),
        GOOD("0e+0"),
        GOOD("0e-0"),
        GOOD("1e1"),
        GOOD("1E1"),
        GOOD("1e+1"),
        GOOD("1e-1"),
        GOOD("1E+01"),
        GOOD("1e007"),
        GOOD("1.5e10"),
        GOOD("-1.5E-10"),
        GOOD("0.5e5"),
        GOOD("1e400"),
        GOOD("-1e400"),
        GOOD("1e-400"),
        GOOD("9223372036854775807"),
        GOOD("9223372036854775808"),
        GOOD("-9223372036854775809"),
        GOOD("123456789012345678901234567890123456789012345678901234567890"),
        GOOD(" 1"),
        GOOD("1 "),
        GOOD("\t1\n"),
        GOOD("[1,-1,0,0.1,1e1]"),
        GOOD("[0]"),
        GOOD("[-0]"),
        GOOD("[ 0 ]"),
        GOOD("{\"a\":0}"),
        GOOD("{\"a\":-0.0e-0}"),
        BAD("-", "malformed number, at byte 0"),
        BAD("+", "expected a value, at byte 0"),
        BAD("+1", "expected a value, at byte 0"),
        BAD("--1", "malformed number, at byte 0"),
        BAD("-+1", "malformed number, at byte 0"),
        BAD("- 1", "malformed number, at byte 0"),
        BAD(".5", "expected a value, at byte 0"),
        BAD("-.5", "malformed number, at byte 0"),
        BAD("1.", "malformed number, at byte 0"),
        BAD("0.", "malformed number, at byte 0"),
        BAD("1.e1", "malformed number, at byte 0"),
        BAD("1.-1", "malformed number, at byte 0"),
        BAD("1.+1", "malformed number, at byte 0"),
        BAD("1e", "malformed number, at byte 0"),
        BAD("1E", "malformed number, at byte 0"),
        BAD("1e+", "malformed number, at byte 0"),
        BAD("1e-", "malformed number, at byte 0"),
        BAD("1e+-1", "malformed number, at byte 0"),
        BAD("1e-+1", "malformed number, at byte 0"),
        BAD("1e1.5", "unexpected text after the value, at byte 3"),
        BAD("1ee1", "malformed number, at byte 0"),
        BAD("1eE1", "malformed number, at byte 0"),
        BAD("00", "unexpected text after the value, at byte 1"),
        BAD("01", "unexpected text after the value, at byte 1"),
        BAD("-00", "unexpected text after the value, at byte 2"),
        BAD("-01", "unexpected text after the value, at byte 2"),
        BAD("00.5", "unexpected text after the value, at byte 1"),
        BAD("[01]", "expected ',' or ']', at byte 2"),
        BAD("[-012]", "expected ',' or ']', at byte 3"),
        BAD("0x1", "unexpected text after the value, at byte 1"),
        BAD("0x", "unexpected text after the value, at byte 1"),
        BAD("[0x42]", "expected ',' or ']', at byte 2"),
        BAD("0b1", "unexpected text after the value, at byte 1"),
        BAD("1_000", "unexpected text after the value, at byte 1"),
        BAD("1,000", "unexpected text after the value, at byte 1"),
        BAD("1 000", "unexpected text after the value, at byte 2"),
        BAD("1.2.3", "unexpected text after the value, at byte 3"),
        BAD("[1.2.3]", "expected ',' or ']', at byte 4"),
        BAD("1-2", "unexpected text after the value, at byte 1"),
        BAD("1+2", "unexpected text after the value, at byte 1"),
        BAD("[1+2]", "expected ',' or ']', at byte 2"),
        BAD("1a", "unexpected text after the value, at byte 1"),
        BAD("-a", "malformed number, at byte 0"),
        BAD("1.a", "malformed number, at byte 0"),
        BAD("1e1a", "unexpected text after the value, at byte 3"),
        BAD("1ea", "malformed number, at byte 0"),
        BAD("NaN", "expected a value, at byte 0"),
        BAD("-NaN", "malformed number, at byte 0"),
        BAD("[NaN]", "expected a value, at byte 1"),
        BAD("nan", "expected a value, at byte 0"),
        BAD("Infinity", "expected a value, at byte 0"),
        BAD("-Infinity", "malformed number, at byte 0"),
        BAD("Inf", "expected a value, at byte 0"),
        BAD("-inf", "malformed number, at byte 0"),
        BAD("[-]", "malformed number, at byte 1"),
        BAD("[1e]", "malformed number, at byte 1"),
        BAD("[1.]", "malformed number, at byte 1"),
        BAD("{\"a\":-}", "malformed number, at byte 5"),
        BAD("{\"a\":1.}", "malformed number, at byte 5"),
        BAD("1f", "unexpected text after the value, at byte 1"),
        BAD("1L", "unexpected text after the value, at byte 1"),
        BAD("\xEF\xBC\x91", "expected a value, at byte 0"),
        BAD("1\xEF\xBC\x91", "unexpected text after the value, at byte 1"),
        BAD("\xD9\xA1", "expected a value, at byte 0"),
    };

    check_rows(rows, UNIT_COUNT(rows));
}

TEST(words_are_true_false_and_null_exactly)
{
    static const struct row rows[] = {
        GOOD("true"),
        GOOD("false"),
        GOOD("null"),
        GOOD("[true,false,null]"),
        GOOD(" true "),
        GOOD("{\"true\":true}"),
        BAD("t", "expected a value, at byte 0"),
        BAD("tru", "expected a value, at byte 0"),
        BAD("tRue", "expected a value, at byte 0"),
        BAD("True", "expected a value, at byte 0"),
        BAD("TRUE", "expected a value, at byte 0"),
        BAD("truee", "unexpected text after the value, at byte 4"),
        BAD("true1", "unexpected text after the value, at byte 4"),
        BAD("[truefalse]", "expected ',' or ']', at byte 5"),
        BAD("fals", "expected a value, at byte 0"),
        BAD("False", "expected a value, at byte 0"),
        BAD("falsy", "expected a value, at byte 0"),
        BAD("nul", "expected a value, at byte 0"),
        BAD("Null", "expected a value, at byte 0"),
        BAD("NULL", "expected a value, at byte 0"),
        BAD("nulll", "unexpected text after the value, at byte 4"),
        BAD("[nul]", "expected a value, at byte 1"),
        BAD("[tru", "expected a value, at byte 1"),
        BAD("undefined", "expected a value, at byte 0"),
        BAD("yes", "expected a value, at byte 0"),
        BAD("None", "expected a value, at byte 0"),
        BAD("true false", "unexpected text after the value, at byte 5"),
        BAD("{true:1}", "expected a key in quotes, at byte 1"),
        BAD("tr\0e", "expected a value, at byte 0"),
        BAD("true\0", "unexpected text after the value, at byte 4"),
    };

    check_rows(rows, UNIT_COUNT(rows));
}

TEST(strings_have_no_raw_control_and_two_double_quotes)
{
    static const struct row rows[] = {
        GOOD("\"\""),
        GOOD("\"a\""),
        GOOD("\"pool manager\""),
        GOOD("\" \""),
        GOOD("\"'\""),
        GOOD("\"/\""),
        GOOD("\"\x7F\""),
        GOOD("\"[{,:}]\""),
        GOOD("\"//\""),
        GOOD("\"/* */\""),
        GOOD("[\"a\",\"b\"]"),
        GOOD("[\"\",\"\"]"),
        GOOD("\"null\""),
        GOOD("\"\xC2\x80\""),
        GOOD("\"\xE2\x80\xA8\xE2\x80\xA9\""),
        BAD("\"", "a string has no closing quote, at byte 0"),
        BAD("\"a", "a string has no closing quote, at byte 0"),
        BAD("[\"a]", "a string has no closing quote, at byte 1"),
        BAD("[\"a\",\"b]", "a string has no closing quote, at byte 5"),
        BAD("{\"a", "a string has no closing quote, at byte 1"),
        BAD("\"\"\"", "unexpected text after the value, at byte 2"),
        BAD("\"a\"b\"", "unexpected text after the value, at byte 3"),
        BAD("'a'", "expected a value, at byte 0"),
        BAD("['a']", "expected a value, at byte 1"),
        BAD("`a`", "expected a value, at byte 0"),
        BAD("a", "expected a value, at byte 0"),
        BAD("[a]", "expected a value, at byte 1"),
        BAD("\xE2\x80\x9C"
            "a\xE2\x80\x9D",
            "expected a value, at byte 0"),
        BAD("\"\0\"", "a raw control character in a string, at byte 1"),
        BAD("\"a\0b\"", "a raw control character in a string, at byte 2"),
        BAD("\"\x01\"", "a raw control character in a string, at byte 1"),
        BAD("\"\x08\"", "a raw control character in a string, at byte 1"),
        BAD("\"\t\"", "a raw control character in a string, at byte 1"),
        BAD("\"\n\"", "a raw control character in a string, at byte 1"),
        BAD("\"\x0B\"", "a raw control character in a string, at byte 1"),
        BAD("\"\f\"", "a raw control character in a string, at byte 1"),
        BAD("\"\r\"", "a raw control character in a string, at byte 1"),
        BAD("\"\x1B\"", "a raw control character in a string, at byte 1"),
        BAD("\"\x1F\"", "a raw control character in a string, at byte 1"),
        BAD("{\"a\n\":1}", "a raw control character in a string, at byte 3"),
        BAD("[\"a\nb\"]", "a raw control character in a string, at byte 3"),
    };

    check_rows(rows, UNIT_COUNT(rows));
}

TEST(escapes_are_the_nine_of_rfc_8259_without_nul_and_half_pairs)
{
    static const struct row rows[] = {
        GOOD("\"\\\"\""),
        GOOD("\"\\\\\""),
        GOOD("\"\\/\""),
        GOOD("\"\\b\\f\\n\\r\\t\""),
        GOOD("\"\\\\\\\\\""),
        GOOD("\"\\\\n\""),
        GOOD("\"\\u0041\""),
        GOOD("\"\\u00e9\""),
        GOOD("\"\\u00E9\""),
        GOOD("\"\\uABCD\\uabcd\""),
        GOOD("\"\\u0001\""),
        GOOD("\"\\u001f\""),
        GOOD("\"\\u007f\""),
        GOOD("\"\\u0080\""),
        GOOD("\"\\u2028\""),
        GOOD("\"\\ud7ff\""),
        GOOD("\"\\ue000\""),
        GOOD("\"\\uffff\""),
        GOOD("\"\\ufffe\""),
        GOOD("\"\\ufdd0\""),
        GOOD("\"\\ud800\\udc00\""),
        GOOD("\"\\uDBFF\\uDFFF\""),
        GOOD("\"\\ud83c\\udfad!\""),
        GOOD("\"\\uD83C\\uDFad\""),
        GOOD("\"\\ud800\\udc00\\ud800\\udc00\""),
        GOOD("\"\\u00411\""),
        GOOD("\"\\\\u0000\""),
        GOOD("\"\\\\\\\"\""),
        GOOD("{\"\\n\":1}"),
        BAD("\"\\", "an unknown escape, at byte 1"),
        BAD("\"\\\"", "a string has no closing quote, at byte 0"),
        BAD("\"\\a\"", "an unknown escape, at byte 1"),
        BAD("\"\\v\"", "an unknown escape, at byte 1"),
        BAD("\"\\0\"", "an unknown escape, at byte 1"),
        BAD("\"\\'\"", "an unknown escape, at byte 1"),
        BAD("\"\\x41\"", "an unknown escape, at byte 1"),
        BAD("\"\\e\"", "an unknown escape, at byte 1"),
        BAD("\"\\N\"", "an unknown escape, at byte 1"),
        BAD("\"\\ \"", "an unknown escape, at byte 1"),
        BAD("\"\\\n\"", "an unknown escape, at byte 1"),
        BAD("\"\\\0\"", "an unknown escape, at byte 1"),
        BAD("\"\\\xC3\xA9\"", "an unknown escape, at byte 1"),
        BAD("\"\\\xFF\"", "an unknown escape, at byte 1"),
        BAD("\"\\U0041\"", "an unknown escape, at byte 1"),
        BAD("\"ab\\c\"", "an unknown escape, at byte 3"),
        BAD("\"\\u\"", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u1", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u123", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u004\"", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u00g1\"", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u004G\"", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u+041\"", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u-041\"", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u 041\"", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u{41}\"", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u0x41\"", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u00:1\"", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u00@1\"", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u00`1\"", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u00/1\"", "an escape lacks its four hexadecimal digits, at byte 1"),
        BAD("\"\\u0000\"", "an escaped NUL, at byte 1"),
        BAD("\"a\\u0000b\"", "an escaped NUL, at byte 2"),
        BAD("{\"a\\u0000b\":1}", "an escaped NUL, at byte 3"),
        BAD("\"\\ud800\"", "half of a surrogate pair, at byte 1"),
        BAD("\"\\udbff\"", "half of a surrogate pair, at byte 1"),
        BAD("\"\\udc00\"", "half of a surrogate pair, at byte 1"),
        BAD("\"\\udfff\"", "half of a surrogate pair, at byte 1"),
        BAD("\"\\ud800a\"", "half of a surrogate pair, at byte 1"),
        BAD("\"\\ud800\\n\"", "half of a surrogate pair, at byte 1"),
        BAD("\"\\ud800\\u0041\"", "half of a surrogate pair, at byte 1"),
        BAD("\"\\ud800\\ud800\"", "half of a surrogate pair, at byte 1"),
        BAD("\"\\ud800\\ud800\\udc00\"", "half of a surrogate pair, at byte 1"),
        BAD("\"\\udc00\\ud800\"", "half of a surrogate pair, at byte 1"),
        BAD("\"\\ud800\\udc0\"", "half of a surrogate pair, at byte 1"),
        BAD("\"\\ud800\\u", "half of a surrogate pair, at byte 1"),
        BAD("\"\\ud800\\", "half of a surrogate pair, at byte 1"),
        BAD("\"\\ud800\\\\udc00\"", "half of a surrogate pair, at byte 1"),
        BAD("\"\\ud800\\udc00\\udc00\"", "half of a surrogate pair, at byte 13"),
        BAD("\"\\ud800", "half of a surrogate pair, at byte 1"),
        BAD("\\u0041", "expected a value, at byte 0"),
        BAD("[\\n]", "expected a value, at byte 1"),
    };

    check_rows(rows, UNIT_COUNT(rows));
}

TEST(strings_are_well_formed_utf8)
{
    static const struct row rows[] = {
        GOOD("\"\xC3\xA9\""),
        GOOD("\"\xE2\x82\xAC\""),
        GOOD("\"\xF0\x9F\x8E\xAD\""),
        GOOD("\"\xC2\x80\""),
        GOOD("\"\xDF\xBF\""),
        GOOD("\"\xE0\xA0\x80\""),
        GOOD("\"\xED\x9F\xBF\""),
        GOOD("\"\xEE\x80\x80\""),
        GOOD("\"\xEF\xBF\xBF\""),
        GOOD("\"\xEF\xBF\xBD\""),
        GOOD("\"\xEF\xBB\xBF\""),
        GOOD("\"\xF0\x90\x80\x80\""),
        GOOD("\"\xF4\x8F\xBF\xBF\""),
        GOOD("{\"\xC3\xA9\":\"\xC3\xA9\"}"),
        BAD("\"\x80\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xBF\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xE9\"", "invalid UTF-8, at byte 1"),
        BAD("\"a\xFF\"", "invalid UTF-8, at byte 2"),
        BAD("\"\xFE\xFF\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xC3\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xC3", "invalid UTF-8, at byte 1"),
        BAD("\"\xE2\x82\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xE2\x82", "invalid UTF-8, at byte 1"),
        BAD("\"\xF0\x9F\x8E\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xF0\x9F\x8E", "invalid UTF-8, at byte 1"),
        BAD("\"\xC0\x80\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xC0\xAF\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xC1\xBF\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xE0\x80\xAF\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xE0\x9F\xBF\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xF0\x80\x80\xAF\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xF0\x8F\xBF\xBF\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xED\xA0\x80\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xED\xBF\xBF\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xED\xA0\x80\xED\xB0\x80\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xF4\x90\x80\x80\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xF5\x80\x80\x80\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xF8\x88\x80\x80\x80\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xFC\x84\x80\x80\x80\x80\"", "invalid UTF-8, at byte 1"),
        BAD("\"\xC3\xA9\xA9\"", "invalid UTF-8, at byte 3"),
        BAD("{\"\xFF\":1}", "invalid UTF-8, at byte 2"),
        BAD("\xFF", "expected a value, at byte 0"),
        BAD("[\xC3\xA9]", "expected a value, at byte 1"),
        BAD("\xEF\xBB\xBF{}", MARK),
        BAD("\xEF\xBB\xBF", MARK),
        BAD("\xFF\xFE{\0}\0", UTF_16),
        BAD("{\0}\0", UTF_16),
        BAD("[\xC2\xA0]", "expected a value, at byte 1"),
        BAD("[1]\xC2\xA0", "unexpected text after the value, at byte 3"),
        BAD("[\xE2\x81\xA0]", "expected a value, at byte 1"),
    };

    check_rows(rows, UNIT_COUNT(rows));
}

TEST(what_is_sent_in_the_place_of_json_is_named)
{
    static const struct row rows[] = {
        BAD("\xEF\xBB\xBF{\"a\":1}", MARK),
        BAD("\xFE\xFF\0{\0}", UTF_16),
        BAD("\0{\0}", UTF_16),
        BAD("{\0\"\0a\0\"\0:\0001\0}\0", UTF_16),
        BAD("1\0", UTF_16),
        BAD("\0{}", "expected a value, at byte 0"),
        BAD("\0\0", "expected a value, at byte 0"),
        BAD("\x1F\x8B\x08\0\0\0\0\0\0\x03", GZIP),
        BAD("\x1F", "expected a value, at byte 0"),
        BAD("name=x", FORM),
        BAD("name=", FORM),
        BAD("null=1&b=2", FORM),
        BAD("1=2", FORM),
        BAD("env%5B0%5D=A+b", FORM),
        BAD("repos[]=a", FORM),
        BAD("=x", "expected a value, at byte 0"),
        BAD("a b=x", "expected a value, at byte 0"),
        BAD("name: x", "expected a value, at byte 0"),
        BAD("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n", MULTIPART),
        BAD("------x\r\ncontent-disposition: form-data", MULTIPART),
        BAD("---\nname: x\n", "malformed number, at byte 0"),
        BAD("--Content-Disposition", "malformed number, at byte 0"),
    };

    check_rows(rows, UNIT_COUNT(rows));
}

TEST(arrays_and_objects_are_closed_and_separated)
{
    static const struct row rows[] = {
        GOOD("[]"),
        GOOD("{}"),
        GOOD("[[]]"),
        GOOD("[{}]"),
        GOOD("[[],[]]"),
        GOOD("[1]"),
        GOOD("[1,2]"),
        GOOD("[null]"),
        GOOD("{\"a\":1}"),
        GOOD("{\"a\":{}}"),
        GOOD("{\"a\":[]}"),
        GOOD("{\"a\":1,\"b\":2}"),
        GOOD("{\"\":0}"),
        GOOD("{\"a\":\"b\"}"),
        GOOD("[ ]"),
        GOOD("{ }"),
        GOOD(" [ 1 , 2 ] "),
        GOOD("[\n]"),
        GOOD("\t{\r\n\"a\"\t:\r1\n,\"b\" : [ ] }\n"),
        GOOD("[[1,[2,[3]]],{\"a\":[{}]}]"),
        GOOD("{\"a\":{\"b\":{\"c\":null}}}"),
        BAD("", "expected a value, at byte 0"),
        BAD(" ", "expected a value, at byte 1"),
        BAD("\n\t\r ", "expected a value, at byte 4"),
        BAD("\f[]", "expected a value, at byte 0"),
        BAD("\v[]", "expected a value, at byte 0"),
        BAD("[\f]", "expected a value, at byte 1"),
        BAD("\0", "expected a value, at byte 0"),
        BAD("[\0]", "expected a value, at byte 1"),
        BAD("[", "expected a value, at byte 1"),
        BAD("{", "expected a key in quotes, at byte 1"),
        BAD("]", "expected a value, at byte 0"),
        BAD("}", "expected a value, at byte 0"),
        BAD("[}", "expected a value, at byte 1"),
        BAD("{]", "expected a key in quotes, at byte 1"),
        BAD("[1", "expected ',' or ']', at byte 2"),
        BAD("[1,", "expected a value, at byte 3"),
        BAD("[1}", "expected ',' or ']', at byte 2"),
        BAD("[,]", "expected a value, at byte 1"),
        BAD("[1,]", "expected a value, at byte 3"),
        BAD("[,1]", "expected a value, at byte 1"),
        BAD("[1,,2]", "expected a value, at byte 3"),
        BAD("[1 2]", "expected ',' or ']', at byte 3"),
        BAD("[1;2]", "expected ',' or ']', at byte 2"),
        BAD("[1:2]", "expected ',' or ']', at byte 2"),
        BAD("[\"a\" \"b\"]", "expected ',' or ']', at byte 5"),
        BAD("[[]", "expected ',' or ']', at byte 3"),
        BAD("[[1]", "expected ',' or ']', at byte 4"),
        BAD("[{]", "expected a key in quotes, at byte 2"),
        BAD("[[}]", "expected a value, at byte 2"),
        BAD("[3[4]]", "expected ',' or ']', at byte 2"),
        BAD("[\"\":1]", "expected ',' or ']', at byte 3"),
        BAD("[...]", "expected a value, at byte 1"),
        BAD("{\"a\"", "expected ':', at byte 4"),
        BAD("{\"a\"}", "expected ':', at byte 4"),
        BAD("{\"a\",1}", "expected ':', at byte 4"),
        BAD("{\"a\"=1}", "expected ':', at byte 4"),
        BAD("{\"a\" 1}", "expected ':', at byte 5"),
        BAD("{\"a\"::1}", "expected a value, at byte 5"),
        BAD("{\"a\":", "expected a value, at byte 5"),
        BAD("{\"a\":}", "expected a value, at byte 5"),
        BAD("{\"a\":,}", "expected a value, at byte 5"),
        BAD("{\"a\":1", "expected ',' or '}', at byte 6"),
        BAD("{\"a\":1,", "expected a key in quotes, at byte 7"),
        BAD("{\"a\":1,}", "expected a key in quotes, at byte 7"),
        BAD("{,}", "expected a key in quotes, at byte 1"),
        BAD("{,\"a\":1}", "expected a key in quotes, at byte 1"),
        BAD("{\"a\":1,,\"b\":2}", "expected a key in quotes, at byte 7"),
        BAD("{\"a\":1 \"b\":2}", "expected ',' or '}', at byte 7"),
        BAD("{\"a\":1;}", "expected ',' or '}', at byte 6"),
        BAD("{\"a\":1]", "expected ',' or '}', at byte 6"),
        BAD("{\"a\":1 2}", "expected ',' or '}', at byte 7"),
        BAD("{a:1}", "expected a key in quotes, at byte 1"),
        BAD("{'a':1}", "expected a key in quotes, at byte 1"),
        BAD("{1:1}", "expected a key in quotes, at byte 1"),
        BAD("{null:1}", "expected a key in quotes, at byte 1"),
        BAD("{[]:1}", "expected a key in quotes, at byte 1"),
        BAD("{{}:1}", "expected a key in quotes, at byte 1"),
        BAD("{:1}", "expected a key in quotes, at byte 1"),
        BAD("{\"a\":b}", "expected a value, at byte 5"),
        BAD("[1,/**/2]", "expected a value, at byte 3"),
        BAD("[1/**/]", "expected ',' or ']', at byte 2"),
        BAD("// a\n1", "expected a value, at byte 0"),
        BAD("# a\n1", "expected a value, at byte 0"),
        BAD("/* a */ 1", "expected a value, at byte 0"),
        BAD("<null>", "expected a value, at byte 0"),
        BAD("*", "expected a value, at byte 0"),
        BAD(",", "expected a value, at byte 0"),
        BAD(":", "expected a value, at byte 0"),
        BAD("(1)", "expected a value, at byte 0"),
    };

    check_rows(rows, UNIT_COUNT(rows));
}

TEST(bytes_behind_the_end_are_refused_but_white_space)
{
    static const struct row rows[] = {
        GOOD("{} "),
        GOOD("{}\r\n\t "),
        GOOD("1\n"),
        GOOD("\"a\" "),
        BAD("{}{}", "unexpected text after the value, at byte 2"),
        BAD("{} {}", "unexpected text after the value, at byte 3"),
        BAD("{}\n{}", "unexpected text after the value, at byte 3"),
        BAD("[][]", "unexpected text after the value, at byte 2"),
        BAD("[]]", "unexpected text after the value, at byte 2"),
        BAD("{}}", "unexpected text after the value, at byte 2"),
        BAD("{},", "unexpected text after the value, at byte 2"),
        BAD("1,2", "unexpected text after the value, at byte 1"),
        BAD("{}x", "unexpected text after the value, at byte 2"),
        BAD("{}\0", "unexpected text after the value, at byte 2"),
        BAD("{}\0\0", "unexpected text after the value, at byte 2"),
        BAD("{} \0", "unexpected text after the value, at byte 3"),
        BAD("{}\f", "unexpected text after the value, at byte 2"),
        BAD("{}//", "unexpected text after the value, at byte 2"),
        BAD("{}#", "unexpected text after the value, at byte 2"),
        BAD("\"a\"x", "unexpected text after the value, at byte 3"),
        BAD("null null", "unexpected text after the value, at byte 5"),
        BAD("{}\xEF\xBB\xBF", "unexpected text after the value, at byte 2"),
        BAD("{}\xFF", "unexpected text after the value, at byte 2"),
        BAD("{}'", "unexpected text after the value, at byte 2"),
    };

    check_rows(rows, UNIT_COUNT(rows));
}

#define KEY_64 "0123456789012345678901234567890123456789012345678901234567890123"

TEST(key_twice_in_an_object_is_refused_however_it_is_written)
{
    static const struct row rows[] = {
        GOOD("{\"a\":1,\"b\":1}"),
        GOOD("{\"a\":1,\"A\":1}"),
        GOOD("{\"a\":{\"a\":{\"a\":1}}}"),
        GOOD("[{\"a\":1},{\"a\":1}]"),
        GOOD("{\"a\":\"a\",\"b\":\"a\"}"),
        GOOD("{\"a\":[{\"a\":1},{\"a\":1}],\"b\":1}"),
        GOOD("{\"\":1,\" \":1}"),
        GOOD("{\"a\":1,\"a \":1}"),
        GOOD("{\"\\\\u0061\":1,\"a\":1}"),
        GOOD("{\"\\u0061\":1,\"\\u0062\":1}"),
        GOOD("{\"\xC3\xA9\":1,\"e\xCC\x81\":1}"),
        GOOD("{\"a\":1,\"b\":{\"b\":1},\"c\":{\"b\":1}}"),
        BAD("{\"a\":1,\"a\":1}", "the key \"a\" appears twice, at byte 7"),
        BAD("{\"a\":1,\"a\":2}", "the key \"a\" appears twice, at byte 7"),
        BAD("{\"\":1,\"\":1}", "the key \"\" appears twice, at byte 6"),
        BAD("{\"a\":1,\"b\":2,\"a\":3}", "the key \"a\" appears twice, at byte 13"),
        BAD("{\"a\":1,\"\\u0061\":1}", "the key \"a\" appears twice, at byte 7"),
        BAD("{\"\\u0061\":1,\"a\":1}", "the key \"a\" appears twice, at byte 12"),
        BAD("{\"\\u0061\":1,\"\\u0061\":1}", "the key \"a\" appears twice, at byte 12"),
        BAD("{\"/\":1,\"\\/\":1}", "the key \"/\" appears twice, at byte 7"),
        BAD("{\"\\n\":1,\"\\u000a\":1}", "the key \"\n\" appears twice, at byte 8"),
        BAD("{\"\\u000A\":1,\"\\u000a\":1}", "the key \"\n\" appears twice, at byte 12"),
        BAD("{\"\\b\\f\\r\\t\\\\\\\"\":1,\"\\u0008\\u000c\\u000d\\u0009\\u005c\\u0022\":1}",
            "the key \"\b\f\r\t\\\"\" appears twice, at byte 18"),
        BAD("{\"\xC3\xA9\":1,\"\\u00e9\":1}", "the key \"\xC3\xA9\" appears twice, at byte 8"),
        BAD("{\"\\u20ac\":1,\"\xE2\x82\xAC\":1}",
            "the key \"\xE2\x82\xAC\" appears twice, at byte 12"),
        BAD("{\"\xF0\x9F\x8E\xAD\":1,\"\\ud83c\\udfad\":1}",
            "the key \"\xF0\x9F\x8E\xAD\" appears twice, at byte 10"),
        BAD("{\"a\":{\"b\":1,\"b\":2}}", "the key \"b\" appears twice, at byte 12"),
        BAD("{\"a\":{\"a\":1},\"a\":2}", "the key \"a\" appears twice, at byte 13"),
        BAD("{\"a\":[{\"a\":1}],\"a\":2}", "the key \"a\" appears twice, at byte 15"),
        BAD("[{},{\"a\":1,\"a\":2}]", "the key \"a\" appears twice, at byte 11"),
        BAD("{\"" KEY_64 "\":1,\"" KEY_64 "\":1}",
            "the key \"" KEY_64 "\" appears twice, at byte 70"),
        BAD("{\"" KEY_64 "a\":1,\"" KEY_64 "a\":1}", "a key appears twice, at byte 71"),
    };

    check_rows(rows, UNIT_COUNT(rows));
}
