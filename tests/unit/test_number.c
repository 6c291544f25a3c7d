/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dice.h"
#include "json/number.h"

TEST(whole_number_has_its_value_in_any_spelling)
{
    static const struct {
        const char *json;
        int64_t number;
    } rows[] = {
        {"0", 0},
        {"-0", 0},
        {"-0.0", 0},
        {"0e5", 0},
        {"0e-5", 0},
        {"0.000e999999999999999999999", 0},
        {"3", 3},
        {"3.0", 3},
        {"3e0", 3},
        {"3E+0", 3},
        {"3e-0", 3},
        {"30e-1", 3},
        {"0.3e1", 3},
        {"0.0003E4", 3},
        {"0.0003e00000000000000000000004", 3},
        {"1e3", 1000},
        {"1.5e1", 15},
        {"10.50e1", 105},
        {"10.50e+2", 1050},
        {"-1.20e2", -120},
        {"120000e-4", 12},
        {"-100000", -100000},
        {"1000000.000000", 1000000},
        {"9007199254740993", 9007199254740993},
        {"9007199254740993.0", 9007199254740993},
        {"9.007199254740993e15", 9007199254740993},
        {"9223372036854775806", INT64_MAX - 1},
        {"9223372036854775806.000", INT64_MAX - 1},
        {"9223372036854775807", INT64_MAX},
        {"9223372036854775808", INT64_MAX},
        {"92233720368547758060e-1", INT64_MAX - 1},
        {"-9223372036854775807", INT64_MIN + 1},
        {"-9223372036854775808", INT64_MIN},
        {"-9223372036854775809", INT64_MIN},
        {"1e18", 1000000000000000000},
        {"1e19", INT64_MAX},
        {"-1e19", INT64_MIN},
        {"1e400", INT64_MAX},
        {"-1e400", INT64_MIN},
        {"1e99999999999999999999999999", INT64_MAX},
        {"18446744073709551617", INT64_MAX},
        {"99999999999999999999999999999999999999999999", INT64_MAX},
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        int64_t number = 7;
        if (!number_whole(text_of(rows[i].json), &number) || number != rows[i].number)
            fail_msg("%s: %" PRId64, rows[i].json, number);
    }
}

TEST(number_with_a_fraction_is_not_whole)
{
    static const char *const rows[] = {
        "3.5",
        "0.1",
        "-0.5",
        "3.0000000000000000000000000000000000001",
        "9007199254740992.5",
        "9223372036854775806.5",
        "3e-1",
        "1.25e1",
        "1e-400",
        "1e-99999999999999999999999999",
        "100e-3",
        "123456789012345678901234567890.5",
    };

    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        int64_t number = 7;
        if (number_whole(text_of(rows[i]), &number))
            fail_msg("%s: %" PRId64, rows[i], number);
        assert_int_equal(number, 7);
    }
}

/* A number with a known value, and a random point and exponent. */
static void put_shifted(struct dice *dice, int64_t number, char *to, size_t size)
{
    char digits[32], shifted[96];
    int shift = (int)dice_roll(dice, 12), zeros = (int)dice_roll(dice, 4);

    snprintf(digits, sizeof(digits), "%" PRId64, (int64_t)llabs(number));
    int length = (int)strlen(digits);
    if (shift >= length) /* 0.00123e5 */
        snprintf(shifted, sizeof(shifted), "0.%.*s%s", shift - length, "000000000000", digits);
    else if (shift > 0)
        snprintf(shifted, sizeof(shifted), "%.*s.%s", length - shift, digits,
                 digits + length - shift);
    else
        snprintf(shifted, sizeof(shifted), "%s.%s", digits, "0");
    snprintf(to, size, "%s%s%.*se%s%d", number < 0 ? "-" : "", shifted, zeros, "0000",
             dice_roll(dice, 2) ? "+" : "", shift);
}

TEST(any_point_and_exponent_give_the_same_number)
{
    struct dice dice = dice_new();

    for (int i = 0; i < 100000; i++) {
        int64_t wanted = (int64_t)(dice_bits(&dice) >> (1 + dice_roll(&dice, 63)));
        int64_t number = 7;
        char json[128];
        wanted = dice_roll(&dice, 2) ? -wanted : wanted;
        put_shifted(&dice, wanted, json, sizeof(json));
        if (!number_whole(text_of(json), &number) || number != wanted)
            fail_msg("%s: %" PRId64 ", not %" PRId64, json, number, wanted);
    }
}

TEST(plain_number_has_neither_fraction_nor_exponent)
{
    assert_true(number_is_plain(TEXT("0")));
    assert_true(number_is_plain(TEXT("-120")));
    assert_false(number_is_plain(TEXT("1.0")));
    assert_false(number_is_plain(TEXT("1e0")));
}
