/* SPDX-License-Identifier: MIT */
#include "state_steps.h"

#include <stdio.h>

#include "state_replay.h"
#include "state_rig.h"

struct dice dice;

static struct model before_turn, before_rehearsal;
static bool rehearsing;

struct text text_for(const char *prefix, int64_t number)
{
    char string[48];
    int length = snprintf(string, sizeof(string), "%s-%lld", prefix, (long long)number);

    return number ? arena_copy(&arena, (struct text){string, (size_t)length}) : (struct text){0};
}

void steps_open(void)
{
    struct pool_state_config config = fresh_config();

    config.default_pool_pods = MODEL_START_PODS;
    config.new_pool_pods = MODEL_NEW_POOL_PODS;
    open_with(&config);
    dice = dice_new();
    model_reset(now.wall_ms);
    model.generation = 0;
    before_turn = model;
    replay_begin(pools);
}

static void turn_rehearsal(void)
{
    if (rehearsing) {
        pool_state_rehearsal_end(pools);
        model = before_rehearsal;
    } else {
        assert_int_equal(pool_state_rehearsal_begin(pools), OK);
        before_rehearsal = model;
    }
    rehearsing = !rehearsing;
}

void steps_close(void)
{
    if (rehearsing)
        turn_rehearsal();
    replay_end();
    close_state();
}

void steps_end_turn(bool kept)
{
    if (kept) {
        end_turn();
    } else {
        lose_turn();
        model = before_turn;
    }
    before_turn = model;
    replay_turn_end(kept);
}

static void take_one(const struct step *kinds, size_t kinds_count, void (*reset)(void))
{
    enum { REHEARSALS = 10, KEPT = 10, LOST = 4 }; /* weights; a reset has 1 */
    unsigned sum = 0;

    for (size_t i = 0; i < kinds_count; i++)
        sum += kinds[i].weight;
    unsigned roll = dice_roll(&dice, sum + REHEARSALS + KEPT + LOST + 1);
    for (size_t i = 0; i < kinds_count; i++) {
        if (roll < kinds[i].weight) {
            kinds[i].take();
            return;
        }
        roll -= kinds[i].weight;
    }
    if (roll < REHEARSALS)
        turn_rehearsal();
    else if (rehearsing)
        return;
    else if (roll < REHEARSALS + KEPT + LOST)
        steps_end_turn(roll < REHEARSALS + KEPT);
    else {
        reset();
        replay_replaced();
    }
}

void steps_take(int count, const struct step *kinds, size_t kinds_count, void (*reset)(void),
                void (*check)(void))
{
    for (int i = 0; i < count; i++) {
        take_one(kinds, kinds_count, reset);
        check();
        arena_reset(&arena);
    }
}
