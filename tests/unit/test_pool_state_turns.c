/* SPDX-License-Identifier: MIT
 *
 * Turns, rehearsals, the fuse, and claims that are repeated. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "state_dump.h"
#include "store/pool_state.h"

enum { START_MS = 1705314600 };

static struct clock now;
static struct pool_state *pools;
static struct arena arena;
static struct pool pool;
static struct pod pod;
static struct problem problem;

static struct pool_state_config fresh_config(void)
{
    return (struct pool_state_config){
        .default_pool = TEXT("default-pool"), .default_pool_pods = 5, .new_pool_pods = 3};
}

static void open_with(const struct pool_state_config *config)
{
    pool_state_close(&pools);
    assert_int_equal(pool_state_open(config, &now, &pools, &problem), OK);
}

static int open_state(void **state)
{
    const struct pool_state_config config = fresh_config();

    (void)state;
    clock_set(&now, START_MS, 1000000);
    return pool_state_open(&config, &now, &pools, &problem);
}

static int close_state(void **state)
{
    (void)state;
    pool_state_close(&pools);
    arena_free(&arena);
    return 0;
}

static void pass_us(int64_t us)
{
    clock_set(&now, now.wall_ms + us / 1000, now.mono_us + us);
}

static struct pool *get(const char *name)
{
    assert_int_equal(
        pool_state_get_or_create_pool(pools, text_of(name), (struct text){0}, &arena, &pool), OK);
    return &pool;
}

static struct pod *claim(const char *pool_name, const char *workspace)
{
    assert_int_equal(pool_state_claim_pod(pools,
                                          &(struct claim_wish){.pool = text_of(pool_name),
                                                               .workspace_id = text_of(workspace)},
                                          &arena, &pod, &(struct claim_refusal){0}),
                     OK);
    return &pod;
}

static struct pod *show(const char *name)
{
    assert_int_equal(pool_state_get_pod(pools, text_of(name), &arena, &pod), OK);
    return &pod;
}

static void end_turn(void)
{
    assert_int_equal(pool_state_turn_end(pools), OK);
}

static void assert_counts(const char *name, int64_t total, int64_t used)
{
    get(name);
    assert_int_equal(pool.counts.total, total);
    assert_int_equal(pool.counts.used, used);
    assert_int_equal(pool.counts.available, total - used);
    assert_int_equal(pool.counts.pending, 0);
    assert_int_equal(pool.counts.failed, 0);
}

static void assert_id(const struct pod *of, const char *id)
{
    struct buffer text = buffer_new(100);

    pod_put_id(&text, of);
    assert_text(buffer_text(&text), id);
    buffer_free(&text);
}

/* --- turns --- */

static void failed_turn_undoes_everything(void **state)
{
    struct pool_state_totals dropped;
    const struct text texts[] = {TEXT("x")};

    (void)state;
    claim("old", "w");
    assert_int_equal(pool_state_remember_claim(pools, TEXT("old-key"), &pod), OK);
    end_turn();
    struct buffer before = state_dump(pools);

    claim("new", "w");
    assert_int_equal(pool_state_remember_claim(pools, TEXT("key"), &pod), OK);
    assert_int_equal(
        pool_state_set_repositories(pools, TEXT("mock-pod-1"), texts, 1, NULL, 0, &arena, &pod),
        OK);
    assert_int_equal(pool_state_reset(pools, 0, &dropped), OK);
    claim("newer", "w");
    assert_int_equal(pool_state_generation(pools), 1);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("old-key"), &arena, &pod), ERR_NOT_FOUND);
    pool_state_turn_fail(pools);
    assert_int_equal(pool_state_claim_pod(
                         pools, &(struct claim_wish){.pool = TEXT("p"), .workspace_id = TEXT("w")},
                         &arena, &pod, &(struct claim_refusal){0}),
                     ERR_TURN_LOST);
    assert_int_equal(pool_state_get_pod(pools, TEXT("mock-pod-1"), &arena, &pod), ERR_TURN_LOST);
    assert_int_equal(pool_state_reset(pools, 0, &dropped), ERR_TURN_LOST);
    assert_int_equal(pool_state_rehearsal_begin(pools), ERR_TURN_LOST);
    assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);

    state_assert_unchanged(pools, &before);
    buffer_free(&before);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), ERR_NOT_FOUND);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("old-key"), &arena, &pod), OK);
    assert_id(claim("new", "w"), "pod-pool-3-9");
    end_turn();
    assert_counts("new", 3, 1);
}

static void turn_without_a_change_ends_well(void **state)
{
    (void)state;
    end_turn();
    show("mock-pod-1");
    end_turn();
    pool_state_turn_fail(pools);
    assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
    end_turn();
}

static void rehearsal_undoes_everything(void **state)
{
    (void)state;
    for (int in_turn = 0; in_turn < 2; in_turn++) {
        struct buffer before = state_dump(pools);
        assert_int_equal(pool_state_rehearsal_begin(pools), OK);
        assert_int_equal(claim("shown", "w")->number, 6 + 3 * in_turn);
        assert_int_equal(pool_state_remember_claim(pools, TEXT("key"), &pod), OK);
        assert_counts("shown", 3, 1);
        pool_state_rehearsal_end(pools);
        state_assert_unchanged(pools, &before);
        buffer_free(&before);
        assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), ERR_NOT_FOUND);
        get("first"); /* the second time round there is an open turn */
    }
    assert_id(claim("shown", "w"), "pod-pool-3-9");
    end_turn();
    assert_counts("shown", 3, 1);
    assert_counts("first", 3, 0);
}

static void rehearsal_before_the_first_change_of_a_turn_leaves_the_turn_whole(void **state)
{
    (void)state;
    assert_int_equal(pool_state_rehearsal_begin(pools), OK);
    claim("default-pool", "shown");
    pool_state_rehearsal_end(pools);
    assert_int_equal(claim("default-pool", "w")->number, 1);
    assert_int_equal(pool_state_rehearsal_begin(pools), OK);
    claim("default-pool", "shown");
    pool_state_rehearsal_end(pools);
    end_turn();
    assert_counts("default-pool", 5, 1);
    assert_text(show("mock-pod-1")->claimed_by, "w");
}

static void full_state_loses_its_turn_and_the_next_one_works(void **state)
{
    struct pool_state_config config = fresh_config();
    struct pool_state_totals dropped;
    static char longest[CONFIG_TEXT_MAX];
    const struct text text = {longest, sizeof(longest)};

    (void)state;
    memset(longest, 'x', sizeof(longest));
    config.bytes_max = 1 << 20;
    open_with(&config);
    for (int round = 0; round < 3; round++) {
        claim("default-pool", "before");
        end_turn();
        struct buffer before = state_dump(pools);
        enum err err;
        claim("default-pool", "lost");
        for (int i = 0; (err = pool_state_add_pods(pools, TEXT("default-pool"), 1000)) == OK; i++)
            assert_true(i < 100);
        assert_int_equal(err, ERR_TURN_LOST);
        assert_int_equal(pool_state_get_pod(pools, TEXT("mock-pod-1"), &arena, &pod),
                         ERR_TURN_LOST);
        assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
        state_assert_unchanged(pools, &before);
        for (int i = 0; (err = pool_state_mark_pod_used(pools, TEXT("mock-pod-1"), text, &arena,
                                                        &pod)) == OK &&
                        (err = pool_state_set_repositories(pools, TEXT("mock-pod-1"), &text, 1,
                                                           &text, 1, &arena, &pod)) == OK &&
                        (err = pool_state_set_repositories(pools, TEXT("mock-pod-2"), &text, 1,
                                                           &text, 1, &arena, &pod)) == OK;
             i++)
            assert_true(i < 100);
        assert_int_equal(err, ERR_TURN_LOST);
        assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
        state_assert_unchanged(pools, &before);
        buffer_free(&before);
        assert_int_equal(pool_state_reset(pools, 0, &dropped), OK);
        end_turn();
    }
    assert_counts("default-pool", 5, 0);
}

/* --- repeated claims --- */

static void claim_is_remembered_for_a_minute(void **state)
{
    (void)state;
    claim("default-pool", "w");
    assert_int_equal(pool_state_remember_claim(pools, TEXT("key"), &pod), OK);
    end_turn();
    pass_us(CLAIM_REMEMBERED_US - 1);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), OK);
    assert_int_equal(pod.number, 1);
    assert_text(pod.claimed_by, "w");
    assert_text(pod.pool_name, "default-pool");
    assert_int_equal(pool_state_recall_claim(pools, TEXT("ke"), &arena, &pod), ERR_NOT_FOUND);
    pass_us(1);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), ERR_NOT_FOUND);
}

static void claim_is_forgotten_at_reset(void **state)
{
    struct pool_state_totals dropped;

    (void)state;
    claim("default-pool", "w");
    assert_int_equal(pool_state_remember_claim(pools, TEXT("key"), &pod), OK);
    end_turn();
    assert_int_equal(pool_state_reset(pools, 0, &dropped), OK);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), ERR_NOT_FOUND);
    claim("default-pool", "w2");
    assert_int_equal(pool_state_remember_claim(pools, TEXT("key"), &pod), OK);
    end_turn();
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), OK);
    assert_text(pod.claimed_by, "w2");
}

static void claim_that_ended_is_gone_even_when_its_pod_is_claimed_anew(void **state)
{
    (void)state;
    claim("default-pool", "w");
    assert_int_equal(pool_state_remember_claim(pools, TEXT("key"), &pod), OK);
    end_turn();
    pass_us(1000000);
    assert_int_equal(pool_state_release_pod(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), ERR_CLAIM_GONE);
    assert_int_equal(claim("default-pool", "other")->number, 1);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), ERR_CLAIM_GONE);
    end_turn();
}

static void claim_that_ended_is_gone_when_its_pod_is_claimed_anew_at_once(void **state)
{
    (void)state;
    claim("default-pool", "w");
    assert_int_equal(pool_state_remember_claim(pools, TEXT("key"), &pod), OK);
    assert_int_equal(pool_state_release_pod(pools, TEXT("mock-pod-1"), &arena, &pod), OK);
    assert_int_equal(claim("default-pool", "other")->number, 1);
    assert_int_equal(pool_state_recall_claim(pools, TEXT("key"), &arena, &pod), ERR_CLAIM_GONE);
    end_turn();
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_state, close_state)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(failed_turn_undoes_everything),
        CASE(turn_without_a_change_ends_well),
        CASE(rehearsal_undoes_everything),
        CASE(rehearsal_before_the_first_change_of_a_turn_leaves_the_turn_whole),
        CASE(full_state_loses_its_turn_and_the_next_one_works),
        CASE(claim_is_remembered_for_a_minute),
        CASE(claim_is_forgotten_at_reset),
        CASE(claim_that_ended_is_gone_even_when_its_pod_is_claimed_anew),
        CASE(claim_that_ended_is_gone_when_its_pod_is_claimed_anew_at_once),
    };

    return UNIT_RUN(tests);
}
