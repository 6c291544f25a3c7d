/* SPDX-License-Identifier: MIT
 *
 * Chance that can be had again: SplitMix64 (Steele, Lea, Flood 2014), whose whole state is one
 * number. Not for secrets. Same state, same draws, on every machine (random_normal: up to the last
 * bit of its C library's log and cos).
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

#include "base/text.h"

/* A generator; any state is a good one. */
struct random {
    uint64_t state;
};

/* The generator of a purpose under a seed. That of another name, or of another seed, has nothing to
 * do with it. */
struct random random_for(uint64_t seed, struct text name);

/* 64 bits, each number as likely as any other. */
uint64_t random_bits(struct random *random);

/* From 0 on, below 1. */
double random_fraction(struct random *random);

/* A whole number from `min` to `max`, which are at most 2^53 apart. */
int64_t random_between(struct random *random, int64_t min, int64_t max);

/* Normally distributed about 0, with a standard deviation of 1. Takes two draws. */
double random_normal(struct random *random);

#endif
