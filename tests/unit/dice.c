/* SPDX-License-Identifier: MIT */
#include "dice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

struct dice dice_new(void)
{
    const char *given = getenv("UNIT_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)clock_mono_now_us();

    printf("# UNIT_SEED=%" PRIu64 "\n", seed);
    fflush(stdout);
    return (struct dice){seed};
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t dice_bits(struct dice *dice)
{
    uint64_t z = dice->state += 0x9E3779B97F4A7C15;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

unsigned dice_roll(struct dice *dice, unsigned sides)
{
    return (unsigned)(dice_bits(dice) % sides);
}
