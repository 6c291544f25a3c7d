/* SPDX-License-Identifier: MIT
 *
 * The settings in a state: of one pool and of all pools, which of them wins, when they end. */
#include "state_rig.h"

static struct settings effective, own;

static void take_back(const char *pool_name, enum setting setting)
{
    struct settings_patch patch = {0};

    patch.taken_back[setting] = true;
    assert_int_equal(pool_state_change_settings(pools, text_of(pool_name), &patch), OK);
}

static void read_settings(const char *pool_name)
{
    assert_int_equal(pool_state_get_settings(pools, text_of(pool_name), &effective, &own), OK);
}

static void assert_effective(const char *pool_name, enum setting setting, int64_t expected)
{
    read_settings(pool_name);
    assert_true(effective.is_set[setting]);
    assert_int_equal(effective.values[setting], expected);
}

static void assert_nothing_said(const char *pool_name)
{
    read_settings(pool_name);
    for (int i = 0; i < SETTING__MAX; i++)
        assert_false(own.is_set[i]);
}

SUITE(.set_up = open_state, .tear_down = close_state);

TEST(defaults_hold_where_nothing_is_set)
{
    struct pool_state_config config = fresh_config();

    config.new_pool_pods = 4;
    open_with(&config);
    assert_nothing_said("p");
    for (int i = 0; i < SETTING__MAX; i++)
        assert_effective("p", (enum setting)i,
                         i == SETTING_NEW_POOL_PODS ? 4 : setting_row((enum setting)i)->initial);
}

TEST(own_setting_of_a_pool_wins_over_that_of_all_pools)
{
    set_setting("", SETTING_MAX_PODS, 10);
    set_setting("", SETTING_RETRY_AFTER, 5);
    set_setting("p", SETTING_MAX_PODS, 20);
    assert_effective("p", SETTING_MAX_PODS, 20);
    assert_effective("p", SETTING_RETRY_AFTER, 5);
    assert_false(own.is_set[SETTING_RETRY_AFTER]);
    assert_effective("q", SETTING_MAX_PODS, 10);
    take_back("p", SETTING_MAX_PODS);
    assert_effective("p", SETTING_MAX_PODS, 10);
    take_back("", SETTING_MAX_PODS);
    assert_effective("p", SETTING_MAX_PODS, SETTING_NONE);
    assert_nothing_said("p");
}

TEST(settings_make_no_pool)
{
    set_setting("not-there", SETTING_MAX_PODS, 1);
    read_settings("not-there-either");
    assert_totals(1, 5);
}

TEST(settings_end_with_their_own_pool_only)
{
    set_setting("p", SETTING_MAX_PODS, 9);
    set_setting("q", SETTING_MAX_PODS, 9);
    assert_int_equal(pool_state_delete_pool(pools, TEXT("p")), ERR_POOL_NOT_FOUND);
    assert_effective("p", SETTING_MAX_PODS, 9);
    get("p");
    assert_int_equal(pool_state_delete_pool(pools, TEXT("p")), OK);
    assert_nothing_said("p");
    assert_effective("q", SETTING_MAX_PODS, 9);
}

TEST(reset_deletes_settings_unless_it_keeps_them)
{
    set_setting("p", SETTING_MAX_PODS, 9);
    set_setting("", SETTING_LEASE_TTL, 1000);
    reset_state(POOL_STATE_KEEP_SETTINGS);
    assert_effective("p", SETTING_MAX_PODS, 9);
    assert_effective("p", SETTING_LEASE_TTL, 1000);
    reset_state(0);
    assert_nothing_said("p");
    assert_nothing_said("");
}

TEST(settings_of_a_lost_turn_are_undone)
{
    set_setting("p", SETTING_MAX_PODS, 9);
    lose_turn();
    assert_effective("p", SETTING_MAX_PODS, SETTING_NONE);
    set_setting("p", SETTING_MAX_PODS, 9);
    end_turn();
    take_back("p", SETTING_MAX_PODS);
    lose_turn();
    assert_effective("p", SETTING_MAX_PODS, 9);
}

static bool gather(struct text pool_name, const struct settings *of, void *context)
{
    buffer_printf(context, "%.*s=%lld ", TEXT_ARGS(pool_name),
                  (long long)of->values[SETTING_MAX_PODS]);
    return true;
}

TEST(list_has_pools_by_name_page_by_page_without_those_of_all)
{
    struct buffer seen = buffer_new(1000);

    set_setting("", SETTING_MAX_PODS, 1);
    set_setting("b", SETTING_MAX_PODS, 2);
    set_setting("a", SETTING_MAX_PODS, 3);
    set_setting("c", SETTING_MAX_PODS, 4);
    assert_int_equal(pool_state_list_settings(pools, TEXT(""), 2, gather, &seen), OK);
    assert_text(buffer_text(&seen), "a=3 b=2 ");
    assert_int_equal(pool_state_list_settings(pools, TEXT("b"), 2, gather, &seen), OK);
    assert_text(buffer_text(&seen), "a=3 b=2 c=4 ");
    buffer_free(&seen);
}
