/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "chaos.h"
#include "poolctl/arguments.h"
#include "poolctl/delay.h"
#include "poolctl/print.h"
#include "poolctl/body.h"

TEST(delays_are_read_in_three_forms)
{
    static const struct {
        const char *text;
        enum delay_type type;
        int64_t low_ms, high_ms;
        const char *sigma;
    } sound[] = {
        {"0", DELAY_FIXED, 0, 0, ""},
        {"250ms", DELAY_FIXED, 250, 0, ""},
        {"100ms..2s", DELAY_UNIFORM, 100, 2000, ""},
        {"0..0", DELAY_UNIFORM, 0, 0, ""},
        {"1s~0.4..1m", DELAY_LOGNORMAL, 1000, 60000, "0.4"},
        {"1s~2..1h", DELAY_LOGNORMAL, 1000, 3600000, "2"},
    };

    for (size_t i = 0; i < UNIT_COUNT(sound); i++) {
        struct delay delay;
        if (!delay_read(text_of(sound[i].text), &delay))
            fail_msg("%s is not taken", sound[i].text);
        assert_int_equal(delay.type, sound[i].type);
        assert_int_equal(delay.low_ms, sound[i].low_ms);
        assert_int_equal(delay.high_ms, sound[i].high_ms);
        assert_text(delay.sigma, sound[i].sigma);
    }
}

TEST(texts_that_are_not_delays_are_refused)
{
    static const char *const wrong[] = {
        "",        ".",          "..",    "1..",       "..1",       "1...2",  "1..2..3",
        "-1",      "1 ms",       "1~0.4", "~0.4..1",   "1~..1",     "1~x..1", "1~0.4..",
        "1~.4..1", "1~0.4~1..2", "1d",    "99999999h", "1~-0.4..1", "1.5s",   "1~1e1..2"};

    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        struct delay delay;
        if (delay_read(text_of(wrong[i]), &delay))
            fail_msg("%s is taken", wrong[i]);
    }
}

TEST(fractions_are_json_numbers)
{
    static const char *const sound[] = {"0", "1", "0.5", "10.25",
                                        "0.00000000000000000000000000001"};
    static const char *const wrong[] = {
        "",    ".",   "1.",  ".5",   "01",  "-1", "+1",
        "1e1", "0x1", "nan", "1.5.", "1,5", " 1", "0.000000000000000000000000000001"};

    for (size_t i = 0; i < UNIT_COUNT(sound); i++)
        if (!delay_is_fraction(text_of(sound[i])))
            fail_msg("%s is not taken", sound[i]);
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++)
        if (delay_is_fraction(text_of(wrong[i])))
            fail_msg("%s is taken", wrong[i]);
}

/* Returns what a table of two columns and one row prints. The caller frees it. */
static char *printed(const char *const *heads, struct text left, struct text right)
{
    struct table table = table_new(heads, 2);
    char *text = NULL;
    size_t length;
    FILE *to = open_memstream(&text, &length);

    table_cell(&table, left);
    table_cell(&table, right);
    assert_true(table_print(&table, to));
    table_free(&table);
    fclose(to);
    return text;
}

static void assert_printed(const char *const *heads, struct text left, const char *expected)
{
    char *text = printed(heads, left, TEXT("b"));

    assert_string_equal(text, expected);
    free(text);
}

TEST(columns_are_as_wide_as_their_widest_cell)
{
    static const char *const heads[] = {"HEAD", "B"};

    assert_printed(NULL, TEXT("a"), "a  b\n");
    assert_printed(NULL, TEXT(""), "-  b\n");
    assert_printed(heads, TEXT("a"), "HEAD  B\na     b\n");
    assert_printed(heads, TEXT("longer"), "HEAD    B\nlonger  b\n");
    assert_printed(heads,
                   TEXT("gr\xc3\xb6\xc3\x9f"
                        "er"),
                   "HEAD    B\ngr\xc3\xb6\xc3\x9f"
                   "er  b\n");
}

TEST(text_that_a_terminal_acts_on_is_escaped)
{
    assert_printed(NULL, TEXT("\x1b[0m"), "\\x1b[0m  b\n");
    assert_printed(NULL, TEXT("a\nb\x7f"), "a\\x0ab\\x7f  b\n");
    assert_printed(NULL, TEXT("\xc2\x9b"), "\\xc2\\x9b  b\n");
    assert_printed(NULL, TEXT("\xff\xc3"), "\\xff\\xc3  b\n");
    assert_printed(NULL, TEXT("\xe2\x80\xae\xe2\x80\xa8"), "\\xe2\\x80\\xae\\xe2\\x80\\xa8  b\n");
    assert_printed(NULL, ((struct text){"a\0b", 3}), "a  b\n"); /* cells end at a NUL */
}

/* Returns the arguments of a line, whose words are separated by single spaces. They are valid until
 * the next call. */
static struct arguments arguments_of(const char *line)
{
    static char copy[512];
    static char *argv[32];
    int argc = 0;
    struct arguments arguments;

    snprintf(copy, sizeof(copy), "poolctl %s", line);
    for (char *word = copy; word; argc++) {
        char *space = strchr(word, ' ');
        argv[argc] = word;
        if (space)
            *space = '\0';
        word = space ? space + 1 : NULL;
    }
    argv[argc] = NULL;
    assert_int_equal(arguments_read(argc, argv, &arguments), EX_OK);
    return arguments;
}

TEST(a_rule_has_each_of_its_options)
{
    const struct arguments arguments = arguments_of(
        "faults add --operation claim,pod --pool p --pod q --workspace w --id i --skip 1 --every 2"
        " --times 3 --probability 0.1 --ttl 5m --phase after --delay 1s~0.4..5s --dribble 9");
    char *rule = body_of_rule(&arguments);

    assert_string_equal(
        rule, "{\"match\":{\"operation\":[\"claim\",\"pod\"],\"pool\":\"p\",\"pod\":\"q\","
              "\"workspaceId\":\"w\"},\"id\":\"i\",\"skip\":1,\"times\":3,\"every\":2,"
              "\"ttl\":\"5m\",\"probability\":0.1,\"phase\":\"after\","
              "\"delay\":{\"type\":\"lognormal\",\"medianMs\":1000,\"sigma\":0.4,\"maxMs\":5000},"
              "\"answer\":{\"dribble\":{\"bytesPerSecond\":9}}}");
    free(rule);
}

TEST(the_action_is_the_second_word)
{
    const struct arguments advance = arguments_of("clock advance 30m");
    char *body = body_of_action(&advance);

    assert_string_equal(body, "{\"action\":\"advance\",\"by\":\"30m\"}");
    free(body);
    const struct arguments freeze = arguments_of("clock freeze");
    body = body_of_action(&freeze);
    assert_string_equal(body, "{\"action\":\"freeze\"}");
    free(body);
}

TEST(a_value_is_json_or_a_string)
{
    const struct arguments arguments = arguments_of(
        "settings set-pool a=b number=5 no=null text=30m word=\"5\" leading=007 empty= "
        "object={\"mode\":\"manual\",\"looks\":2} rest=1x again=a=b fraction=0.10 "
        "whole=3.0 power=1e3 large=12345678901234567890 twice={\"a\":1,\"a\":2} path=/");
    char *body = body_of_pairs(&arguments);

    assert_string_equal(arguments.argument, "a=b");
    assert_string_equal(
        body, "{\"number\":5,\"no\":null,\"text\":\"30m\",\"word\":\"5\","
              "\"leading\":\"007\",\"empty\":\"\",\"object\":{\"mode\":\"manual\",\"looks\":2},"
              "\"rest\":\"1x\",\"again\":\"a=b\",\"fraction\":0.10,\"whole\":3.0,\"power\":1e3,"
              "\"large\":12345678901234567890,\"twice\":\"{\\\"a\\\":1,\\\"a\\\":2}\","
              "\"path\":\"/\"}");
    free(body);
}

TEST(body_without_memory_is_null)
{
    const struct arguments arguments =
        arguments_of("settings set a=[{\"b\":1}] text=30m object={\"\\u0061\":\"b\"}");
    char *whole = body_of_pairs(&arguments);
    bool failed;

    for (unsigned long n = 1;; n++) {
        long blocks = chaos_blocks();
        chaos_fail_at(n);
        char *body = body_of_pairs(&arguments);
        failed = chaos_failed();
        chaos_fail_at(0);
        if (!failed)
            assert_string_equal(body, whole);
        else
            assert_null(body);
        free(body);
        assert_int_equal(chaos_blocks(), blocks);
        if (!failed)
            break;
        assert_true(n < 100);
    }
    free(whole);
}

TEST(every_row_is_found_by_its_own_words)
{
    for (int i = 0; i < COMMAND__MAX; i++) {
        const struct command_row *row = &command_rows[i];
        char line[64];
        snprintf(line, sizeof(line), "%s%s%s", row->words, row->arguments[0] ? " " : "",
                 row->arguments);
        const struct arguments arguments = arguments_of(line);
        assert_int_equal(arguments.command, i);
        assert_int_equal(arguments.pairs != NULL, command_takes_pairs(row));
    }
}

TEST(a_table_without_memory_has_failed)
{
    bool failed;

    for (unsigned long n = 1;; n += chaos_stride()) {
        struct table table = table_new(NULL, 1);
        long blocks = chaos_blocks();
        chaos_fail_at(n);
        for (int i = 0; i < 200; i++)
            table_cell(&table, TEXT("cell"));
        failed = chaos_failed();
        chaos_fail_at(0);
        assert_int_equal(table.failed, failed);
        table_free(&table);
        assert_int_equal(chaos_blocks(), blocks);
        if (!failed)
            break;
    }
}
