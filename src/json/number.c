/* SPDX-License-Identifier: MIT */
#include "json/number.h"

#include <stddef.h>

/* Larger exponents are read as about this one. No text has enough digits to make a difference. */
#define EXPONENT_MAX ((int64_t)1 << 40)

/* The number 0.<digits> times 10 to the power of `point`. The digits have no zeros at either end.
 */
struct decimal {
    bool is_negative;
    const char *first; /* first digit; the text may have a decimal point between the digits */
    int64_t digits;    /* number of digits; 0: the number is 0 */
    int64_t point;     /* position of the decimal point; may be negative, or past the digits */
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static int64_t read_exponent(const char *at, const char *end)
{
    bool is_negative = at < end && *at == '-';
    int64_t exponent = 0;

    if (at < end && !is_digit(*at))
        at++;
    for (; at < end && exponent < EXPONENT_MAX; at++)
        exponent = exponent * 10 + (*at - '0');
    return is_negative ? -exponent : exponent;
}

static struct decimal read_decimal(struct text json)
{
    const char *at = json.at, *end = at + json.length;
    struct decimal decimal = {.is_negative = *at == '-'};
    int64_t trailing_zeros = 0;
    bool after_point = false;

    for (at += decimal.is_negative; at < end && (is_digit(*at) || *at == '.'); at++) {
        if (*at == '.') {
            after_point = true;
            continue;
        }
        if (decimal.first || *at != '0') {
            decimal.first = decimal.first ? decimal.first : at;
            decimal.digits++;
            decimal.point += !after_point;
            trailing_zeros = *at == '0' ? trailing_zeros + 1 : 0;
        } else {
            decimal.point -= after_point;
        }
    }
    decimal.digits -= trailing_zeros;
    if (at < end)
        decimal.point += read_exponent(at + 1, end);
    return decimal;
}

bool number_whole(struct text json, int64_t *out)
{
    const struct decimal decimal = read_decimal(json);
    const char *at = decimal.first;
    int64_t number = 0;

    if (decimal.digits > 0 && decimal.digits > decimal.point)
        return false;
    for (int64_t i = 0; decimal.digits > 0 && i < decimal.point; i++) {
        int64_t digit = 0;
        if (i < decimal.digits) {
            at += *at == '.';
            digit = *at++ - '0';
        }
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_sub_overflow(number, digit, &number)) {
            number =
                INT64_MIN; /* `number` is negative while it is computed: int64_t has one more */
            break;
        }
    }
    if (decimal.is_negative)
        *out = number;
    else
        *out = number == INT64_MIN ? INT64_MAX : -number;
    return true;
}

bool number_is_plain(struct text json)
{
    size_t i = json.at[0] == '-';

    while (i < json.length && is_digit(json.at[i]))
        i++;
    return i == json.length;
}
