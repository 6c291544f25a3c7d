/* SPDX-License-Identifier: MIT
 *
 * Steps by chance, each taken on a state and on the model of it; UNIT_SEED repeats a run (dice.h).
 */
#ifndef STATE_STEPS_H
#define STATE_STEPS_H

#include "base/clock.h"
#include "dice.h"
#include "state_model.h"
#include "store/pool_state.h"
#include "unit.h"

/* The state is that of state_rig.h, whose words the steps' own would clash with. */
extern struct clock now;
extern struct pool_state *pools;
extern struct arena arena; /* until the next step */
extern struct dice dice;

/* A kind of step, and how often it comes beside the others. */
struct step {
    unsigned weight;
    void (*take)(void);
};

/* "pool-7": a text for each number; absent for 0. */
struct text text_for(const char *prefix, int64_t number);

/* Opens a state and makes the model what it is; dice roll anew. */
void steps_open(void);

void steps_close(void);

/* Ends the turn, or loses it; the model follows. */
void steps_end_turn(bool kept);

/* Takes so many steps of these kinds, and among them ends of turns, rehearsals, and now and then a
 * `reset`, which never comes in a rehearsal. `check` compares after each. */
void steps_take(int count, const struct step *kinds, size_t kinds_count, void (*reset)(void),
                void (*check)(void));

#endif
