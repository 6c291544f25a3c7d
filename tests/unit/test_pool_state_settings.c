/* SPDX-License-Identifier: MIT
 *
 * Settings as the state keeps them: whose they are, which of them hold, when they end. */
#include "unit.h"

#include "base/clock.h"
#include "state_dump.h"
#include "store/pool_state.h"

static struct clock now;
static struct pool_state *pools;
static struct arena arena;
static struct settings effective, own;

static int open_state(void **state)
{
    const struct pool_state_config config = {
        .default_pool = TEXT("default-pool"), .default_pool_pods = 5, .new_pool_pods = 4};
    struct problem problem;

    (void)state;
    clock_set(&now, 1705314600000, 1000000);
    return pool_state_open(&config, &now, &pools, &problem);
}

static int close_state(void **state)
{
    (void)state;
    pool_state_close(&pools);
    arena_free(&arena);
    return 0;
}

static void say(const char *pool, enum setting setting, int64_t value)
{
    struct settings_patch patch = {0};

    patch.settings.said[setting] = true;
    patch.settings.values[setting] = value;
    assert_int_equal(pool_state_change_settings(pools, text_of(pool), &patch), OK);
}

static void take_back(const char *pool, enum setting setting)
{
    struct settings_patch patch = {0};

    patch.taken_back[setting] = true;
    assert_int_equal(pool_state_change_settings(pools, text_of(pool), &patch), OK);
}

static void get(const char *pool)
{
    assert_int_equal(pool_state_get_settings(pools, text_of(pool), &effective, &own), OK);
}

static void assert_effective(const char *pool, enum setting setting, int64_t expected)
{
    get(pool);
    assert_true(effective.said[setting]);
    assert_int_equal(effective.values[setting], expected);
}

static void assert_nothing_said(const char *pool)
{
    get(pool);
    for (int i = 0; i < SETTING__MAX; i++)
        assert_false(own.said[i]);
}

static void reset(unsigned keep)
{
    struct pool_state_totals dropped;

    assert_int_equal(pool_state_reset(pools, keep, &dropped), OK);
}

static void initial_settings_hold_where_nothing_is_said(void **state)
{
    (void)state;
    assert_nothing_said("p");
    for (int i = 0; i < SETTING__MAX; i++)
        assert_effective("p", (enum setting)i,
                         i == SETTING_NEW_POOL_PODS ? 4 : setting_row((enum setting)i)->initial);
}

static void a_pools_own_setting_goes_before_that_of_all_pools(void **state)
{
    (void)state;
    say("", SETTING_MAX_PODS, 10);
    say("", SETTING_RETRY_AFTER, 5);
    say("p", SETTING_MAX_PODS, 20);
    assert_effective("p", SETTING_MAX_PODS, 20);
    assert_effective("p", SETTING_RETRY_AFTER, 5);
    assert_false(own.said[SETTING_RETRY_AFTER]);
    assert_effective("q", SETTING_MAX_PODS, 10);
    take_back("p", SETTING_MAX_PODS);
    assert_effective("p", SETTING_MAX_PODS, 10);
    take_back("", SETTING_MAX_PODS);
    assert_effective("p", SETTING_MAX_PODS, SETTING_NONE);
    assert_nothing_said("p");
}

static void settings_make_no_pool(void **state)
{
    struct pool_state_totals totals;

    (void)state;
    say("not-there", SETTING_MAX_PODS, 1);
    get("not-there-either");
    assert_int_equal(pool_state_totals(pools, &totals), OK);
    assert_int_equal(totals.pools, 1);
}

static void settings_end_with_their_pool_and_no_other(void **state)
{
    struct pool pool;

    (void)state;
    say("p", SETTING_MAX_PODS, 9);
    say("q", SETTING_MAX_PODS, 9);
    assert_int_equal(pool_state_delete_pool(pools, TEXT("p")), ERR_POOL_NOT_FOUND);
    assert_effective("p", SETTING_MAX_PODS, 9);
    assert_int_equal(
        pool_state_get_or_create_pool(pools, TEXT("p"), (struct text){0}, &arena, &pool), OK);
    assert_int_equal(pool_state_delete_pool(pools, TEXT("p")), OK);
    assert_nothing_said("p");
    assert_effective("q", SETTING_MAX_PODS, 9);
}

static void reset_drops_settings_unless_it_keeps_them(void **state)
{
    (void)state;
    say("p", SETTING_MAX_PODS, 9);
    say("", SETTING_LEASE_TTL, 1000);
    reset(POOL_STATE_KEEP_SETTINGS);
    assert_effective("p", SETTING_MAX_PODS, 9);
    assert_effective("p", SETTING_LEASE_TTL, 1000);
    reset(0);
    assert_nothing_said("p");
    assert_nothing_said("");
}

static void settings_of_a_lost_turn_are_as_before_it(void **state)
{
    (void)state;
    say("p", SETTING_MAX_PODS, 9);
    pool_state_turn_fail(pools);
    assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
    assert_effective("p", SETTING_MAX_PODS, SETTING_NONE);
    say("p", SETTING_MAX_PODS, 9);
    assert_int_equal(pool_state_turn_end(pools), OK);
    take_back("p", SETTING_MAX_PODS);
    pool_state_turn_fail(pools);
    assert_int_equal(pool_state_turn_end(pools), ERR_TURN_LOST);
    assert_effective("p", SETTING_MAX_PODS, 9);
}

static bool gather(struct text pool_name, const struct settings *of, void *context)
{
    buffer_printf(context, "%.*s=%lld ", TEXT_ARGS(pool_name),
                  (long long)of->values[SETTING_MAX_PODS]);
    return true;
}

static void list_gives_pools_by_name_page_by_page_and_not_those_of_all(void **state)
{
    struct buffer seen = buffer_new(1000);

    (void)state;
    say("", SETTING_MAX_PODS, 1);
    say("b", SETTING_MAX_PODS, 2);
    say("a", SETTING_MAX_PODS, 3);
    say("c", SETTING_MAX_PODS, 4);
    assert_int_equal(pool_state_list_settings(pools, TEXT(""), 2, gather, &seen), OK);
    assert_text(buffer_text(&seen), "a=3 b=2 ");
    assert_int_equal(pool_state_list_settings(pools, TEXT("b"), 2, gather, &seen), OK);
    assert_text(buffer_text(&seen), "a=3 b=2 c=4 ");
    buffer_free(&seen);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_state, close_state)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(initial_settings_hold_where_nothing_is_said),
        CASE(a_pools_own_setting_goes_before_that_of_all_pools),
        CASE(settings_make_no_pool),
        CASE(settings_end_with_their_pool_and_no_other),
        CASE(reset_drops_settings_unless_it_keeps_them),
        CASE(settings_of_a_lost_turn_are_as_before_it),
        CASE(list_gives_pools_by_name_page_by_page_and_not_those_of_all),
    };

    return UNIT_RUN(tests);
}
