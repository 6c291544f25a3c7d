/* SPDX-License-Identifier: MIT */
#include "base/random.h"

#include <math.h>

#include "base/check.h"
#include "base/hash.h"

struct random random_for(uint64_t seed, struct text name)
{
    return (struct random){hash_text((struct hash_key){.k0 = seed}, name)};
}

uint64_t random_bits(struct random *random)
{
    uint64_t z = random->state += 0x9E3779B97F4A7C15;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

double random_fraction(struct random *random)
{
    return (double)(random_bits(random) >> 11) * 0x1p-53; /* a double holds 53 bits */
}

int64_t random_between(struct random *random, int64_t min, int64_t max)
{
    CHECK(min <= max && (uint64_t)max - (uint64_t)min < (uint64_t)1 << 53);
    return min + (int64_t)(random_fraction(random) * (double)(max - min + 1));
}

double random_normal(struct random *random)
{
    double radius = sqrt(-2 * log(1 - random_fraction(random))); /* Box and Muller 1958 */

    return radius * cos(2 * M_PI * random_fraction(random));
}
