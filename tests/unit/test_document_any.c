/* SPDX-License-Identifier: MIT
 *
 * A state after random changes is made again from its document.
 */
#include "unit.h"

#include <stdio.h>

#include "base/clock.h"
#include "by_name.h"
#include "dice.h"
#include "documents.h"

enum { PODS = 40 }; /* the highest random pod number */

static struct clock now;
static struct arena arena;
static struct pool_state *state;
static struct dice dice;

/* --- the changes; an impossible one is an error and changes nothing --- */

static struct text some_pod(void)
{
    static char name[32];
    int length = snprintf(name, sizeof(name), "mock-pod-%u", 1 + dice_roll(&dice, PODS));

    return (struct text){name, (size_t)length};
}

static struct text some_name(void)
{
    static const char *const names[] = {"default-pool", "a", "b", "c/d"};

    return text_of(names[dice_roll(&dice, UNIT_COUNT(names))]);
}

static void claim(void)
{
    struct claim_wish wish = {.pool_name = some_name(), .workspace_id = TEXT("w")};
    struct claim_refusal refusal;
    struct pod pod;

    wish.ttl_is_set = dice_roll(&dice, 2);
    wish.ttl_ms = dice_roll(&dice, 5000);
    pool_state_claim_pod(state, &wish, &arena, &pod, &refusal);
}

static void release(void)
{
    struct pod pod;

    release_pod_by_name(state, some_pod(), &arena, &pod);
}

static void mark_used(void)
{
    struct pod pod;

    mark_pod_used_by_name(state, some_pod(), TEXT("info"), &arena, &pod);
}

static void delete_pod(void)
{
    struct pod pod;

    delete_pod_by_name(state, some_pod(), &arena, &pod);
}

static void set_lists(void)
{
    const struct env_var env_var = {TEXT("N"), TEXT("v")};
    const struct text repository = TEXT("r"), name = some_pod();
    struct pod pod;

    set_repositories_by_name(state, name, &repository, dice_roll(&dice, 2), &repository,
                             dice_roll(&dice, 2), &arena, &pod);
    set_environment_by_name(state, name, &env_var, dice_roll(&dice, 2), &arena, &pod);
}

static void make_pull_request(void)
{
    int64_t number;

    pool_state_pull_request(state, dice_roll(&dice, 2) ? TEXT("o/r") : some_name(), false, &number);
}

static void use_goose(void)
{
    const struct text name = some_pod();
    struct goose_session session;
    struct pod pod;

    open_session_by_name(state, name, (struct text){0}, &arena, &session);
    start_goose_by_name(state, name, &arena, &pod);
}

static void use_account(void)
{
    const struct user wanted = {.username = some_name(), .password = TEXT("p")};
    struct user user;

    if (dice_roll(&dice, 2))
        pool_state_log_in(state, wanted.username, wanted.password, &arena, &user);
    else
        pool_state_create_user(state, &wanted, &arena, &user);
}

static void say_progression(void)
{
    struct settings_patch patch = {0};
    int64_t *values = patch.settings.values;

    for (int i = SETTING_PROGRESSION; i <= SETTING_LOOKS; i++)
        patch.settings.is_set[i] = true;
    values[SETTING_PROGRESSION] = dice_roll(&dice, PROGRESSION__MAX);
    if (values[SETTING_PROGRESSION] == PROGRESSION_TIME) {
        values[SETTING_PENDING] = dice_roll(&dice, 3000);
        values[SETTING_STARTING] = dice_roll(&dice, 3000);
    } else if (values[SETTING_PROGRESSION] == PROGRESSION_MANUAL) {
        values[SETTING_LOOKS] = 1 + dice_roll(&dice, 3);
    }
    pool_state_change_settings(state, dice_roll(&dice, 2) ? some_name() : TEXT(""), &patch);
}

static void say_settings(void)
{
    struct settings_patch patch = {0};

    patch.settings.is_set[SETTING_FAIL_NEXT] = dice_roll(&dice, 2);
    patch.settings.values[SETTING_FAIL_NEXT] = dice_roll(&dice, 3);
    patch.settings.is_set[SETTING_LEASE_TTL] = dice_roll(&dice, 2);
    patch.settings.values[SETTING_LEASE_TTL] = dice_roll(&dice, 4000);
    patch.taken_back[SETTING_LEASE_TTL] = dice_roll(&dice, 2);
    pool_state_change_settings(state, dice_roll(&dice, 2) ? some_name() : TEXT(""), &patch);
}

static void delete_pool(void)
{
    pool_state_delete_pool(state, some_name());
}

static void reset_pool(void)
{
    struct pool pool;

    pool_state_reset_pool(state, some_name(), &arena, &pool);
}

static void look(void)
{
    pool_state_look(state, 1 + dice_roll(&dice, 4), 1, PODS);
}

/* --- the test --- */

TEST(any_state_round_trips)
{
    static void (*const changes[])(void) = {
        claim,           claim,        claim,       release,           mark_used,
        delete_pod,      set_lists,    use_goose,   make_pull_request, use_account,
        say_progression, say_settings, delete_pool, reset_pool,        look};
    const struct pool_state_config config = {
        .default_pool = TEXT("default-pool"), .default_pool_pods = 2, .new_pool_pods = 3};
    struct problem problem;

    dice = dice_new();
    clock_set(&now, 1705314600000, 1000000);
    assert_int_equal(pool_state_open(&config, &now, &state, &problem), OK);
    for (int round = 0; round < 200; round++) {
        for (unsigned i = 1 + dice_roll(&dice, 20); i > 0; i--)
            changes[dice_roll(&dice, UNIT_COUNT(changes))]();
        now.wall_ms += dice_roll(&dice, 1500);
        assert_int_equal(pool_state_run_due(state, now.wall_ms, 1000, NULL, NULL), OK);
        assert_int_equal(pool_state_turn_end(state), OK);
        document_assert_round_trip(state);
        arena_reset(&arena);
    }
    pool_state_close(&state);
    arena_free(&arena);
}
