/* SPDX-License-Identifier: MIT
 *
 * A reproducible random generator: SplitMix64 (Steele, Lea, Flood 2014), whose state is one number.
 * Equal states give equal numbers on every machine. Only random_normal may differ in the last bit,
 * as the C library's log and cos do. Not for secrets.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

#include "base/text.h"

/* A generator. Any state is valid. */
struct random {
    uint64_t state;
};

/* Returns a generator for one purpose, from a seed and the purpose's name. Generators with
 * different names or seeds are independent of one another. */
struct random random_for(uint64_t seed, struct text name);

/* Returns 64 random bits, uniformly distributed. */
uint64_t random_bits(struct random *random);

/* Returns a number from 0 (inclusive) to 1 (exclusive), uniformly distributed. */
double random_fraction(struct random *random);

/* Returns a whole number from `min` to `max`, both inclusive. The two differ by less than 2^53. */
int64_t random_between(struct random *random, int64_t min, int64_t max);

/* Returns a normally distributed number: mean 0, standard deviation 1. Uses two draws. */
double random_normal(struct random *random);

#endif
