/* SPDX-License-Identifier: MIT */
#include "state_chaos.h"

#include "by_name.h"
#include "chaos.h"
#include "state_dump.h"
#include "unit.h"

void chaos_fail_in(enum chaos_way way, unsigned long n)
{
    if (way == CHAOS_OURS_ONCE)
        chaos_fail_at(n);
    else
        sqlite_chaos_fail_at(n, way == CHAOS_SQLITE_FOR_GOOD);
}

bool chaos_stop(enum chaos_way way)
{
    chaos_fail_at(0);
    sqlite_chaos_fail_at(0, false);
    return way == CHAOS_OURS_ONCE ? chaos_failed() : sqlite_chaos_failed();
}

void chaos_assert_expected(enum err err)
{
    assert_true(err == ERR_NO_MEMORY || err == ERR_TURN_LOST);
}

/* Ends the turn of a failed call as its caller must. Fails unless the state is unchanged. */
static void give_up_turn(struct pool_state *state, bool changed)
{
    if (changed) {
        pool_state_turn_fail(state);
        assert_int_equal(pool_state_turn_end(state), ERR_TURN_LOST);
    } else {
        enum err ended = pool_state_turn_end(state); /* a failed read may also have lost the turn */
        assert_true(ended == OK || ended == ERR_TURN_LOST);
    }
}

/* Makes the call with the n-th allocation failing. Returns true if there was an n-th one. */
static bool call_failing(struct pool_state *state, const struct chaos_call *row, enum chaos_way way,
                         unsigned long n, bool in_turn)
{
    struct arena arena = {0}, apart = {0};
    struct buffer before = state_dump(state);
    struct pod pod;

    if (in_turn)
        assert_int_equal(
            mark_pod_used_by_name(state, TEXT("mock-pod-5"), (struct text){0}, &apart, &pod), OK);
    uint64_t changes = pool_state_changes(state);
    chaos_fail_in(way, n);
    enum err err = row->call(&arena);
    bool failed = chaos_stop(way);
    arena_free(&arena);
    arena_free(&apart);
    if (!failed && err)
        fail_msg("%s: error %s without a failure", row->name, err_code(err));
    if (err)
        chaos_assert_expected(err);
    /* A call may succeed although an allocation failed, if it does not depend on it. */
    give_up_turn(state, in_turn || !err || changes != pool_state_changes(state));
    state_assert_unchanged(state, &before);
    buffer_free(&before);
    return failed;
}

static void call_failing_everywhere(const struct chaos_suite *suite, const struct chaos_call *row,
                                    enum chaos_way way, bool in_turn)
{
    struct arena arena = {0};
    unsigned long n = 1;

    suite->open();
    while (call_failing(*suite->state, row, way, n, in_turn))
        n += chaos_stride();
    if (n == 1 && way == CHAOS_OURS_ONCE && row->call == suite->allocates)
        fail_msg("%s: allocated nothing", row->name);
    assert_int_equal(row->call(&arena), OK);
    assert_int_equal(pool_state_turn_end(*suite->state), OK);
    arena_free(&arena);
    pool_state_close(suite->state);
}

void chaos_each_call(const struct chaos_suite *suite, enum chaos_way way)
{
    long blocks = chaos_blocks();

    for (size_t i = 0; i < suite->count; i++) {
        call_failing_everywhere(suite, &suite->calls[i], way, false);
        call_failing_everywhere(suite, &suite->calls[i], way, true);
    }
    assert_int_equal(chaos_blocks(), blocks);
}
