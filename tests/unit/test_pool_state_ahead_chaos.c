/* SPDX-License-Identifier: MIT
 *
 * Settings, progressions and leases when allocations fail: each call does all or nothing. */
#include "unit.h"

#include "base/clock.h"
#include "state_chaos.h"
#include "by_name.h"
#include "state_dump.h"
#include "store/pool_state.h"

static const int64_t START_MS = 1705314600000;

static struct clock now;
static struct pool_state *pools;
static struct pod pod;
static struct pool pool;

static enum err set_setting(const char *name, enum setting setting, int64_t value)
{
    struct settings_patch patch = {0};

    patch.settings.is_set[setting] = true;
    patch.settings.values[setting] = value;
    return pool_state_change_settings(pools, text_of(name), &patch);
}

static enum err claim(const char *name, int64_t ttl_ms, struct arena *arena)
{
    struct claim_refusal refusal;

    return pool_state_claim_pod(pools,
                                &(struct claim_wish){.pool_name = text_of(name),
                                                     .workspace_id = TEXT("w"),
                                                     .ttl_is_set = ttl_ms != SETTING_NONE,
                                                     .ttl_ms = ttl_ms},
                                arena, &pod, &refusal);
}

static enum err get(const char *name, struct arena *arena)
{
    return pool_state_get_or_create_pool(pools, text_of(name), (struct text){0}, arena, &pool);
}

/* --- the calls --- */

static enum err call_change_settings(struct arena *arena)
{
    struct settings_patch patch = {0};

    (void)arena;
    for (int i = 0; i < SETTING__MAX; i++) {
        patch.settings.is_set[i] = i % 2;
        patch.settings.values[i] = 1;
        patch.taken_back[i] = i % 2 == 0;
    }
    return pool_state_change_settings(pools, TEXT("by-time"), &patch);
}

static enum err call_get_settings(struct arena *arena)
{
    struct settings effective, own;
    enum err err = pool_state_get_settings(pools, TEXT("by-time"), &effective, &own);

    (void)arena;
    if (!err)
        assert_int_equal(effective.values[SETTING_PENDING], 1000);
    return err;
}

static bool count(struct text pool_name, const struct settings *own, void *context)
{
    (void)pool_name;
    (void)own;
    ++*(int *)context;
    return true;
}

static enum err call_list_settings(struct arena *arena)
{
    int seen = 0;
    enum err err = pool_state_list_settings(pools, TEXT(""), 100, count, &seen);

    (void)arena;
    if (!err)
        assert_int_equal(seen, 3);
    return err;
}

static enum err call_claim_with_a_lease(struct arena *arena)
{
    return claim("default-pool", 5000, arena);
}

static enum err call_claim_that_orders_a_pod(struct arena *arena)
{
    enum err err = claim("none-yet", SETTING_NONE, arena);

    return err == ERR_EXHAUSTED ? OK : err;
}

static enum err call_make_pods_that_fail(struct arena *arena)
{
    return get("failing", arena);
}

static enum err call_next_due(struct arena *arena)
{
    int64_t due_ms;
    enum err err = pool_state_next_due_ms(pools, &due_ms);

    (void)arena;
    if (!err)
        assert_int_equal(due_ms, START_MS + 500);
    return err;
}

static enum err call_run_due(struct arena *arena)
{
    (void)arena;
    return pool_state_run_due(pools, START_MS + 10000, 100, NULL, NULL);
}

static enum err call_look(struct arena *arena)
{
    (void)arena;
    return pool_state_look(pools, 3, 1, 100);
}

static enum err call_release_of_a_lease(struct arena *arena)
{
    return release_pod_by_name(pools, TEXT("mock-pod-1"), arena, &pod);
}

static enum err call_scale(struct arena *arena)
{
    enum err err = get("by-time", arena);

    if (err)
        return err;
    return pool_state_update_pool(pools, &pool, &(struct pool_spec){.minimum_vms = 20}, arena,
                                  &pool);
}

static enum err call_reset_pool(struct arena *arena)
{
    return pool_state_reset_pool(pools, TEXT("by-time"), arena, &pool);
}

static enum err call_reset_and_keep(struct arena *arena)
{
    struct pool_state_totals dropped;

    (void)arena;
    return pool_state_reset(pools, POOL_STATE_KEEP_SETTINGS, &dropped);
}

static enum err call_delete_pool(struct arena *arena)
{
    (void)arena;
    return pool_state_delete_pool(pools, TEXT("by-time"));
}

static const struct chaos_call calls[] = {
    {"change settings", call_change_settings},
    {"get settings", call_get_settings},
    {"list settings", call_list_settings},
    {"claim with a lease", call_claim_with_a_lease},
    {"claim that orders a pod", call_claim_that_orders_a_pod},
    {"make pods that fail", call_make_pods_that_fail},
    {"next due", call_next_due},
    {"run due", call_run_due},
    {"look", call_look},
    {"release of a lease", call_release_of_a_lease},
    {"scale", call_scale},
    {"reset a pool", call_reset_pool},
    {"reset and keep", call_reset_and_keep},
    {"delete a pool", call_delete_pool},
};

/* Pods of every kind, three pools with some settings, and a fourth with all of them. */
static void open_state(void)
{
    const struct pool_state_config config = {
        .default_pool = TEXT("default-pool"), .default_pool_pods = 5, .new_pool_pods = 2};
    struct arena arena = {0};
    struct problem problem;

    clock_set(&now, START_MS, 1000);
    assert_int_equal(pool_state_open(&config, &now, &pools, &problem), OK);
    if (set_setting("by-time", SETTING_PROGRESSION, PROGRESSION_TIME) ||
        set_setting("by-time", SETTING_PENDING, 1000) ||
        set_setting("by-time", SETTING_STARTING, 1000) ||
        set_setting("", SETTING_PROGRESSION, PROGRESSION_MANUAL) ||
        set_setting("", SETTING_LOOKS, 2) || set_setting("none-yet", SETTING_NEW_POOL_PODS, 0) ||
        set_setting("failing", SETTING_FAIL_NEXT, 1) || claim("default-pool", 500, &arena) ||
        get("by-time", &arena) || get("by-looks", &arena))
        fail_msg("the state is not made");
    assert_int_equal(pool_state_turn_end(pools), OK);
    arena_free(&arena);
}

static const struct chaos_suite suite = {calls, UNIT_COUNT(calls), open_state, &pools, NULL};

SUITE(.begin = sqlite_chaos_install);

TEST(own_allocations_fail)
{
    chaos_each_call(&suite, CHAOS_OURS_ONCE);
}

TEST(sqlite_allocations_fail_once)
{
    chaos_each_call(&suite, CHAOS_SQLITE_ONCE);
}

TEST(sqlite_allocations_fail_for_good)
{
    chaos_each_call(&suite, CHAOS_SQLITE_FOR_GOOD);
}
