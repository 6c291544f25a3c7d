/* SPDX-License-Identifier: MIT
 *
 * Random steps, each taken on a state and on its model. UNIT_SEED reproduces a run (dice.h).
 */
#ifndef STATE_STEPS_H
#define STATE_STEPS_H

#include "base/clock.h"
#include "dice.h"
#include "state_model.h"
#include "store/pool_state.h"
#include "unit.h"

/* From state_rig.h, which is not included: its function names would clash with those of steps. */
extern struct clock now;
extern struct pool_state *pools;
extern struct arena arena; /* emptied after each step */
extern struct dice dice;

/* A kind of step. Its weight is its frequency relative to the others. */
struct step {
    unsigned weight;
    void (*take)(void);
};

/* Returns a text for a number, such as "pool-7"; absent for 0. */
struct text text_for(const char *prefix, int64_t number);

/* Opens a state, resets the model, and seeds the dice. */
void steps_open(void);

void steps_close(void);

/* Ends the turn, or loses it, in the state and in the model. */
void steps_end_turn(bool kept);

/* Takes `count` random steps of these kinds. Between them it ends turns, rehearses, and sometimes
 * calls `reset`, never in a rehearsal. `check` is called after each step. */
void steps_take(int count, const struct step *kinds, size_t kinds_count, void (*reset)(void),
                void (*check)(void));

#endif
