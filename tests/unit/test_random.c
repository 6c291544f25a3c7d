/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include <math.h>

#include "base/random.h"

enum { DRAWS = 100000 };

/* The reference implementation's numbers. */
TEST(bits_are_those_of_splitmix64)
{
    static const uint64_t expected[] = {6457827717110365317u, 3203168211198807973u,
                                        9817491932198370423u, 4593380528125082431u,
                                        16408922859458223821u};
    struct random random = {1234567};

    for (size_t i = 0; i < UNIT_COUNT(expected); i++)
        assert_true(random_bits(&random) == expected[i]);
}

TEST(generator_depends_on_seed_and_name_only)
{
    struct random one = random_for(7, TEXT("slow")), same = random_for(7, TEXT("slow")),
                  named = random_for(7, TEXT("slow2")), seeded = random_for(8, TEXT("slow"));

    assert_true(one.state == 0x8307F56CE047E3C3u);
    for (int i = 0; i < 100; i++) {
        uint64_t bits = random_bits(&one);
        assert_true(bits == random_bits(&same));
        assert_true(bits != random_bits(&named));
        assert_true(bits != random_bits(&seeded));
    }
}

TEST(fractions_are_uniform_from_0_to_below_1)
{
    struct random random = random_for(1, TEXT("fractions"));
    int tenths[10] = {0};

    for (int i = 0; i < DRAWS; i++) {
        double fraction = random_fraction(&random);
        assert_true(fraction >= 0 && fraction < 1);
        tenths[(int)(fraction * 10)]++;
    }
    for (size_t i = 0; i < UNIT_COUNT(tenths); i++)
        assert_in_range(tenths[i], DRAWS / 10 * 97 / 100, DRAWS / 10 * 103 / 100);
}

TEST(whole_numbers_reach_both_bounds)
{
    struct random random = random_for(1, TEXT("between"));
    int counts[5] = {0};

    for (int i = 0; i < DRAWS; i++)
        counts[random_between(&random, -2, 2) + 2]++;
    for (size_t i = 0; i < UNIT_COUNT(counts); i++)
        assert_in_range(counts[i], DRAWS / 5 * 97 / 100, DRAWS / 5 * 103 / 100);
    for (int i = 0; i < 100; i++)
        assert_true(random_between(&random, 7, 7) == 7);
}

TEST(normal_draws_have_mean_0_and_deviation_1)
{
    struct random random = random_for(1, TEXT("normal"));
    double sum = 0, squares = 0;
    int within_one = 0;

    for (int i = 0; i < DRAWS; i++) {
        double draw = random_normal(&random);
        assert_true(isfinite(draw));
        sum += draw;
        squares += draw * draw;
        within_one += fabs(draw) < 1;
    }
    assert_true(fabs(sum / DRAWS) < 0.01);
    assert_true(fabs(squares / DRAWS - 1) < 0.02);
    assert_true(fabs((double)within_one / DRAWS - 0.6827) < 0.005);
}
