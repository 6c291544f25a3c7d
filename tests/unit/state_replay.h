/* SPDX-License-Identifier: MIT
 *
 * A list of pods that is only ever changed by events, to compare with the pods of a state: no event
 * may be missing, wrong, out of order, or of a change that was undone.
 */
#ifndef STATE_REPLAY_H
#define STATE_REPLAY_H

#include <stdbool.h>

#include "store/pool_state.h"

/* Observes the state, and begins with its pods. */
void replay_begin(struct pool_state *state);

/* Call it after the whole state was replaced in this turn. */
void replay_replaced(void);

/* Call it after the turn has ended. Replays the events that were kept, and fails unless the list
 * has the pods of the state. */
void replay_turn_end(bool kept);

/* Returns how many events were replayed since replay_begin. */
int64_t replay_count(void);

void replay_end(void);

#endif
