/* SPDX-License-Identifier: MIT
 *
 * Remembered claims (store/repeats.h). */
#include "unit.h"

#include <stdio.h>

#include "chaos.h"
#include "dice.h"
#include "front.h"
#include "store/pool_state.h"
#include "store/repeats.h"
#include "store/state.h"

/* The model of repeats: a list that is searched from its end. */
enum { MODEL_MAX = 20000 };
struct model_repeat {
    int key;
    int64_t pod, until_us;
};
struct model {
    struct model_repeat list[MODEL_MAX];
    size_t first, last, turn_first, floor;
};

static struct text key_text(int key)
{
    static char string[32];
    int length = snprintf(string, sizeof(string), "request-%d", key);

    return (struct text){string, (size_t)length};
}

static void model_expire(struct model *model, int64_t now_us)
{
    while (model->first < model->last && model->list[model->first].until_us <= now_us)
        model->first++;
}

static int64_t model_find(struct model *model, int key, int64_t now_us)
{
    model_expire(model, now_us);
    for (size_t i = model->last; i-- > model->first;)
        if (i >= model->floor && model->list[i].key == key)
            return model->list[i].pod;
    return 0;
}

static void model_turn_end(struct model *model, bool kept)
{
    if (!kept && model->last > model->turn_first)
        model->last = model->turn_first > model->first ? model->turn_first : model->first;
    if (kept && model->first < model->floor)
        model->first = model->floor;
    model->turn_first = model->last;
    model->floor = model->first;
}

static struct hash_wide key_of(const struct repeats *repeats, struct text text)
{
    return hash_text_wide(repeats->hash_key, text);
}

static int64_t find(struct repeats *repeats, int key, int64_t now_us)
{
    const struct repeat *repeat = repeats_find(repeats, key_of(repeats, key_text(key)), now_us);

    return repeat ? repeat->pod_number : 0;
}

TEST(random_turns_match_the_model)
{
    static struct model model;
    struct dice dice = dice_new();
    struct repeats repeats = repeats_new();
    int64_t now_us = 1000;

    for (int64_t step = 1; step < MODEL_MAX; step++) {
        int key = (int)dice_roll(&dice, 200);
        unsigned roll = dice_roll(&dice, 100);
        if (roll < 60) {
            assert_int_equal(
                repeats_add(&repeats, key_of(&repeats, key_text(key)), now_us, step, step * 10),
                OK);
            model_expire(&model, now_us);
            model.list[model.last++] = (struct model_repeat){key, step,
                                                             now_us + REPEAT_REMEMBERED_US};
        } else if (roll < 75) {
            now_us += (int64_t)dice_roll(&dice, REPEAT_REMEMBERED_US / 40);
        } else if (roll < 76) {
            now_us += REPEAT_REMEMBERED_US;
        } else if (roll < 77) {
            repeats_forget_all(&repeats);
            model.floor = model.last;
        } else if (roll < 90) {
            bool kept = dice_roll(&dice, 3) > 0;
            repeats_turn_end(&repeats, kept);
            model_turn_end(&model, kept);
        }
        assert_int_equal(find(&repeats, key, now_us), model_find(&model, key, now_us));
        key = (int)dice_roll(&dice, 200);
        assert_int_equal(find(&repeats, key, now_us), model_find(&model, key, now_us));
    }
    repeats_free(&repeats);
}

TEST(claim_is_found_with_pod_and_time_for_a_minute)
{
    struct repeats repeats = repeats_new();

    assert_null(repeats_find(&repeats, key_of(&repeats, TEXT("a")), 0));
    assert_int_equal(repeats_add(&repeats, key_of(&repeats, TEXT("a")), 5, 7, 99), OK);
    const struct repeat *repeat = repeats_find(&repeats, key_of(&repeats, TEXT("a")),
                                               5 + REPEAT_REMEMBERED_US - 1);
    assert_non_null(repeat);
    assert_int_equal(repeat->pod_number, 7);
    assert_int_equal(repeat->since_ms, 99);
    assert_null(repeats_find(&repeats, key_of(&repeats, TEXT("b")), 5));
    assert_null(repeats_find(&repeats, key_of(&repeats, TEXT("a")), 5 + REPEAT_REMEMBERED_US));
    repeats_free(&repeats);
}

TEST(newest_claim_of_a_key_is_found)
{
    struct repeats repeats = repeats_new();

    for (int64_t pod = 1; pod <= 5; pod++) {
        assert_int_equal(repeats_add(&repeats, key_of(&repeats, TEXT("a")), pod, pod, 0), OK);
        assert_int_equal(repeats_find(&repeats, key_of(&repeats, TEXT("a")), pod)->pod_number, pod);
    }
    repeats_free(&repeats);
}

/* If a claim were forgotten within its minute, a repeat would claim a second pod. */
TEST(past_the_maximum_none_is_added_and_none_is_forgotten)
{
    struct repeats repeats = repeats_new();

    for (int i = 0; i < REPEATS_REMEMBERED_MAX; i++)
        if (repeats_add(&repeats, key_of(&repeats, key_text(i)), 0, i + 1, 0) != OK)
            fail_msg("claim %d was not taken", i);
    assert_int_equal(repeats.capacity, REPEATS_REMEMBERED_MAX);
    assert_true(repeats_are_full(&repeats, REPEAT_REMEMBERED_US - 1));
    assert_int_equal(
        repeats_add(&repeats, key_of(&repeats, TEXT("more")), REPEAT_REMEMBERED_US - 1, 1, 0),
        ERR_BUSY);
    assert_int_equal(find(&repeats, 0, 0), 1);
    assert_int_equal(find(&repeats, REPEATS_REMEMBERED_MAX - 1, 0), REPEATS_REMEMBERED_MAX);
    assert_false(repeats_are_full(&repeats, REPEAT_REMEMBERED_US));
    assert_int_equal(
        repeats_add(&repeats, key_of(&repeats, TEXT("more")), REPEAT_REMEMBERED_US, 1, 0), OK);
    repeats_free(&repeats);
}

/* Its repeat would claim a second pod. */
TEST(claim_that_could_not_be_remembered_is_not_made)
{
    front_set_up();
    for (int i = 0; i < REPEATS_REMEMBERED_MAX; i++)
        repeats_add(&front.state->repeats, key_of(&front.state->repeats, key_text(i)),
                    front.clock.mono_us, i + 1, 0);
    for (int minute = 0; minute <= 1; minute++) {
        struct client client = client_new();
        client_add(&client, "REQUEST_ID", "more");
        client_ask(&client, "GET", AT("pools/default-pool/workspace"), "");
        if (minute == 0)
            client_assert_error(&client, ERR_BUSY);
        else
            assert_int_equal(client_status(&client), 200);
        client_free(&client);
        assert_int_equal(front_number(AT("pools/default-pool/status"), "pool.used_workspaces"),
                         minute);
        front_pass_us(REPEAT_REMEMBERED_US);
    }
    front_tear_down();
}

TEST(memory_is_freed_when_all_are_forgotten)
{
    long before = chaos_blocks();
    struct repeats repeats = repeats_new();

    for (int i = 0; i < 1000; i++)
        assert_int_equal(repeats_add(&repeats, key_of(&repeats, key_text(i)), 0, 1, 0), OK);
    repeats_turn_end(&repeats, true);
    assert_int_equal(chaos_blocks(), before + 2);
    assert_int_equal(find(&repeats, 1, REPEAT_REMEMBERED_US), 0);
    assert_int_equal(chaos_blocks(), before);
    assert_int_equal(repeats_add(&repeats, key_of(&repeats, TEXT("a")), REPEAT_REMEMBERED_US, 3, 0),
                     OK);
    assert_int_equal(
        repeats_find(&repeats, key_of(&repeats, TEXT("a")), REPEAT_REMEMBERED_US)->pod_number, 3);
    repeats_free(&repeats);
    assert_int_equal(chaos_blocks(), before);
}

TEST(no_memory_is_reported_and_earlier_requests_stay)
{
    struct repeats repeats = repeats_new();
    int added = 0;

    for (int key = 0; key < 500; key++) {
        for (unsigned long n = 1; n <= 2; n++) {
            chaos_fail_at(n);
            enum err err = repeats_add(&repeats, key_of(&repeats, key_text(key)), 0, key + 1, 0);
            bool failed = chaos_failed();
            chaos_fail_at(0);
            assert_int_equal(err, failed ? ERR_NO_MEMORY : OK);
            if (!err) {
                added++;
                break;
            }
        }
        if (added <= key)
            assert_int_equal(
                (added++, repeats_add(&repeats, key_of(&repeats, key_text(key)), 0, key + 1, 0)),
                OK);
    }
    for (int key = 0; key < 500; key++)
        assert_int_equal(find(&repeats, key, 0), key + 1);
    repeats_free(&repeats);
}
