/* SPDX-License-Identifier: MIT
 *
 * Random numbers that can be repeated: a test that rolls dice prints its seed, and UNIT_SEED=<seed>
 * in the environment repeats the run.
 */
#ifndef DICE_H
#define DICE_H

#include <stdint.h>

struct dice {
    uint64_t state;
};

/* Dice with the seed of the environment, else with one of the clock's; prints it. */
struct dice dice_new(void);

/* Any number of 64 bits. */
uint64_t dice_bits(struct dice *dice);

/* A number from 0 to `sides` - 1; `sides` is at least 1. */
unsigned dice_roll(struct dice *dice, unsigned sides);

#endif
