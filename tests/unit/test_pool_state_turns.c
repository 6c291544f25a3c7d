/* SPDX-License-Identifier: MIT
 *
 * Turns, rehearsals, the limit bytes_max, and repeated claims. */
#include "state_rig.h"

#include <string.h>

#include "state_dump.h"

/* --- turns --- */

SUITE(.set_up = open_state, .tear_down = close_state);

TEST(failed_turn_undoes_everything)
{
    struct pool_state_totals dropped;
    const struct text texts[] = {TEXT("x")};

    claim("old");
    assert_int_equal(
        pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("old-key")), &pod), OK);
    end_turn();
    struct buffer before = state_dump(pools);

    claim("new");
    assert_int_equal(
        pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &pod), OK);
    assert_int_equal(
        set_repositories_by_name(pools, TEXT("mock-pod-1"), texts, 1, NULL, 0, &arena, &pod), OK);
    reset_state(0);
    claim("newer");
    assert_int_equal(pool_state_generation(pools), 1);
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("old-key")), &arena, &pod),
        ERR_NOT_FOUND);
    pool_state_turn_fail(pools);
    assert_int_equal(try_claim("p"), ERR_TURN_LOST);
    assert_int_equal(get_pod_by_name(pools, TEXT("mock-pod-1"), &arena, &pod), ERR_TURN_LOST);
    assert_int_equal(pool_state_reset(pools, 0, &dropped), ERR_TURN_LOST);
    assert_int_equal(pool_state_rehearsal_begin(pools), ERR_TURN_LOST);
    assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);

    state_assert_unchanged(pools, &before);
    buffer_free(&before);
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &arena, &pod),
        ERR_NOT_FOUND);
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("old-key")), &arena, &pod),
        OK);
    assert_id(claim("new"), "pod-pool-3-9");
    end_turn();
    assert_counts("new", 3, 1);
}

TEST(turn_without_a_change_ends_well)
{
    end_turn();
    show("mock-pod-1");
    end_turn();
    lose_turn();
    end_turn();
}

TEST(rehearsal_undoes_everything)
{
    for (int in_turn = 0; in_turn < 2; in_turn++) {
        struct buffer before = state_dump(pools);
        assert_int_equal(pool_state_rehearsal_begin(pools), OK);
        assert_int_equal(claim("shown")->number, 6 + 3 * in_turn);
        assert_int_equal(
            pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &pod), OK);
        assert_counts("shown", 3, 1);
        pool_state_rehearsal_end(pools);
        state_assert_unchanged(pools, &before);
        buffer_free(&before);
        assert_int_equal(
            pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &arena, &pod),
            ERR_NOT_FOUND);
        get("first"); /* in the second round a turn is open */
    }
    assert_id(claim("shown"), "pod-pool-3-9");
    end_turn();
    assert_counts("shown", 3, 1);
    assert_counts("first", 3, 0);
}

TEST(rehearsal_before_the_first_change_of_a_turn_leaves_the_turn_intact)
{
    assert_int_equal(pool_state_rehearsal_begin(pools), OK);
    claim_by("shown", "default-pool");
    pool_state_rehearsal_end(pools);
    assert_int_equal(claim("default-pool")->number, 1);
    assert_int_equal(pool_state_rehearsal_begin(pools), OK);
    claim_by("shown", "default-pool");
    pool_state_rehearsal_end(pools);
    end_turn();
    assert_counts("default-pool", 5, 1);
    assert_text(show("mock-pod-1")->claimed_by, "w");
}

TEST(full_state_loses_its_turn_and_the_next_one_works)
{
    struct pool_state_config config = fresh_config();
    static char longest[CONFIG_TEXT_MAX];
    const struct text text = {longest, sizeof(longest)};

    memset(longest, 'x', sizeof(longest));
    config.bytes_max = 1 << 20;
    open_with(&config);
    for (int round = 0; round < 3; round++) {
        claim("default-pool");
        end_turn();
        struct buffer before = state_dump(pools);
        enum err err;
        claim("default-pool");
        for (int i = 0; (err = pool_state_add_pods(pools, TEXT("default-pool"), 1000)) == OK; i++)
            assert_true(i < 100);
        assert_int_equal(err, ERR_TURN_LOST);
        assert_int_equal(get_pod_by_name(pools, TEXT("mock-pod-1"), &arena, &pod), ERR_TURN_LOST);
        assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
        state_assert_unchanged(pools, &before);
        for (int i = 0;
             (err = mark_pod_used_by_name(pools, TEXT("mock-pod-1"), text, &arena, &pod)) == OK &&
             (err = set_repositories_by_name(pools, TEXT("mock-pod-1"), &text, 1, &text, 1, &arena,
                                             &pod)) == OK &&
             (err = set_repositories_by_name(pools, TEXT("mock-pod-2"), &text, 1, &text, 1, &arena,
                                             &pod)) == OK;
             i++)
            assert_true(i < 100);
        assert_int_equal(err, ERR_TURN_LOST);
        assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
        state_assert_unchanged(pools, &before);
        buffer_free(&before);
        reset_state(0);
        end_turn();
    }
    assert_counts("default-pool", 5, 0);
}

/* --- repeated claims --- */

TEST(claim_is_remembered_for_a_minute)
{
    claim("default-pool");
    assert_int_equal(
        pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &pod), OK);
    end_turn();
    pass_us(REPEAT_REMEMBERED_US - 1);
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &arena, &pod),
        OK);
    assert_int_equal(pod.number, 1);
    assert_text(pod.claimed_by, "w");
    assert_text(pod.pool_name, "default-pool");
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("ke")), &arena, &pod),
        ERR_NOT_FOUND);
    pass_us(1);
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &arena, &pod),
        ERR_NOT_FOUND);
}

TEST(claim_is_forgotten_at_reset)
{
    claim("default-pool");
    assert_int_equal(
        pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &pod), OK);
    end_turn();
    reset_state(0);
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &arena, &pod),
        ERR_NOT_FOUND);
    claim_by("w2", "default-pool");
    assert_int_equal(
        pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &pod), OK);
    end_turn();
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &arena, &pod),
        OK);
    assert_text(pod.claimed_by, "w2");
}

TEST(claim_that_ended_is_gone_even_when_its_pod_is_claimed_anew)
{
    claim("default-pool");
    assert_int_equal(
        pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &pod), OK);
    end_turn();
    pass_us(1000000);
    release("mock-pod-1");
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &arena, &pod),
        ERR_CLAIM_GONE);
    assert_int_equal(claim("default-pool")->number, 1);
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &arena, &pod),
        ERR_CLAIM_GONE);
    end_turn();
}

TEST(claim_that_ended_is_gone_when_its_pod_is_claimed_anew_at_once)
{
    claim("default-pool");
    assert_int_equal(
        pool_state_remember_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &pod), OK);
    release("mock-pod-1");
    assert_int_equal(claim("default-pool")->number, 1);
    assert_int_equal(
        pool_state_recall_claim(pools, pool_state_repeat_key(pools, TEXT("key")), &arena, &pod),
        ERR_CLAIM_GONE);
    end_turn();
}
