/* SPDX-License-Identifier: MIT
 *
 * Random settings, times and looks, applied to a state and to the model. Compares due events, the
 * results of claims, and all counts. */
#include "by_name.h"
#include "state_steps.h"

#include <string.h>

enum { STEPS = 5000 };

static struct text name_of(int name)
{
    if (name == MODEL_SETTINGS_OF_ALL)
        return TEXT("");
    return name ? text_for("pool", name) : TEXT("default-pool");
}

static struct text pod_name(const struct model_pod *pod)
{
    return text_for("mock-pod", pod->number);
}

/* --- what is compared --- */

/* Walks a pool's list of pods and the model's in step. */
struct walk {
    int64_t pool;
    int at;
    struct pool_counts counts;
};

static bool walk_pod(const struct pod *pod, void *context)
{
    struct walk *walk = context;

    walk->at = model_next_of_pool(walk->pool, walk->at);
    assert_true(walk->at < model.pods_count);
    const struct model_pod *expected = &model.pods[walk->at++];
    assert_int_equal(pod->number, expected->number);
    assert_int_equal(pod->usage, expected->used);
    assert_int_equal(pod->state, expected->state);
    assert_int_equal(pod->since_ms, expected->since_ms);
    assert_int_equal(pod->due_ms, expected->due_ms);
    assert_int_equal(pod->looks_left, expected->looks_left);
    bool runs = expected->state == POD_RUNNING, failed = expected->state == POD_FAILED;
    walk->counts.total++;
    walk->counts.used += expected->used;
    walk->counts.available += runs && !expected->used;
    walk->counts.failed += failed;
    walk->counts.pending += !runs && !failed;
    return true;
}

static void check_pool(const struct model_pool *expected)
{
    struct walk walk = {.pool = expected->number};
    struct pool pool;

    assert_int_equal(pool_state_get_or_create_pool(pools, name_of(expected->name), (struct text){0},
                                                   &arena, &pool),
                     OK);
    assert_int_equal(pool.number, expected->number);
    assert_int_equal(pool_state_list_pods(pools, &pool, 0, MODEL_PODS_MAX, &arena, walk_pod, &walk),
                     OK);
    assert_int_equal(model_next_of_pool(expected->number, walk.at), model.pods_count);
    assert_memory_equal(&pool.counts, &walk.counts, sizeof(walk.counts));
}

/* Returns the pod with the next event, by time and then by number; NULL: none. */
static struct model_pod *first_due(void)
{
    struct model_pod *first = NULL;

    for (int i = 0; i < model.pods_count; i++)
        if (model.pods[i].due_ms && (!first || model.pods[i].due_ms < first->due_ms))
            first = &model.pods[i];
    return first;
}

static void check_all(void)
{
    const struct model_pod *first = first_due();
    int64_t due_ms;

    assert_int_equal(pool_state_next_due_ms(pools, &due_ms), OK);
    assert_int_equal(due_ms, first ? first->due_ms : INT64_MAX);
    if (dice_roll(&dice, 3))
        return;
    for (int i = 0; i < model.pools_count; i++)
        check_pool(&model.pools[i]);
    for (int name = 0; name <= MODEL_SETTINGS_OF_ALL; name++) {
        struct settings effective, own;
        assert_int_equal(pool_state_get_settings(pools, name_of(name), &effective, &own), OK);
        for (int setting = 0; setting < SETTING__MAX; setting++) {
            assert_int_equal(own.is_set[setting], model.settings[name].is_set[setting]);
            assert_int_equal(effective.values[setting], model_setting(name, (enum setting)setting));
        }
    }
}

/* --- the calls, each on the state and on the model --- */

/* Values that are close together, so that times coincide. */
static int64_t roll_value(enum setting setting)
{
    switch (setting) {
    case SETTING_NEW_POOL_PODS:
        return (int64_t)dice_roll(&dice, 4);
    case SETTING_MAX_PODS:
        return dice_roll(&dice, 2) ? SETTING_NONE : 2 + (int64_t)dice_roll(&dice, 10);
    case SETTING_ON_EXHAUSTED:
        return dice_roll(&dice, 3) ? ON_EXHAUSTED_CREATE : (int64_t)dice_roll(&dice, 3);
    case SETTING_PROGRESSION:
        return (int64_t)dice_roll(&dice, PROGRESSION__MAX);
    case SETTING_LOOKS:
        return 1 + (int64_t)dice_roll(&dice, 4);
    case SETTING_FAIL_NEXT:
        return (int64_t)dice_roll(&dice, 3);
    default:
        return 1000 * (int64_t)dice_roll(&dice, 5);
    }
}

static void set_setting(int name, enum setting setting, bool back, int64_t value)
{
    struct settings_patch patch = {0};

    patch.taken_back[setting] = back;
    patch.settings.is_set[setting] = model.settings[name].is_set[setting] = !back;
    patch.settings.values[setting] = model.settings[name].values[setting] = value;
    assert_int_equal(pool_state_change_settings(pools, name_of(name), &patch), OK);
}

static void change_settings(void)
{
    static const enum setting steered[] = {
        SETTING_NEW_POOL_PODS, SETTING_MAX_PODS,  SETTING_ON_EXHAUSTED,
        SETTING_FAIL_NEXT,     SETTING_LEASE_TTL, SETTING_PROGRESSION,
        SETTING_PENDING,       SETTING_STARTING,  SETTING_LOOKS};
    enum setting setting = steered[dice_roll(&dice, UNIT_COUNT(steered))];
    bool back = setting != SETTING_LOOKS && dice_roll(&dice, 3) == 0;

    set_setting((int)dice_roll(&dice, MODEL_POOLS + 1), setting, back, roll_value(setting));
}

/* Looks are always set for all pools, because a progression by looks needs a number of them. */
static void set_looks(void)
{
    set_setting(MODEL_SETTINGS_OF_ALL, SETTING_LOOKS, false, 2);
}

/* Returns the pool of that name, or makes it. */
static struct model_pool *touch_pool(int name)
{
    int64_t pods = model_setting(name, SETTING_NEW_POOL_PODS);
    int64_t max = model_setting(name, SETTING_MAX_PODS);

    return model_make_pool(name, max != SETTING_NONE && max < pods ? max : pods, now.wall_ms);
}

static struct model_pod *first_available(int64_t pool)
{
    int at = model_next_of_pool(pool, 0);

    while (at < model.pods_count && (model.pods[at].used || model.pods[at].state != POD_RUNNING))
        at = model_next_of_pool(pool, at + 1);
    return at < model.pods_count ? &model.pods[at] : NULL;
}

static bool is_on_its_way(const struct model_pod *pod)
{
    return pod->state == POD_PENDING || pod->state == POD_STARTING;
}

/* Makes a pod if the settings allow it. */
static void provide(const struct model_pool *pool)
{
    int64_t max = model_setting(pool->name, SETTING_MAX_PODS), on_their_way = 0;
    bool at_once = model_setting(pool->name, SETTING_PROGRESSION) == PROGRESSION_IMMEDIATE;

    for (int i = 0; i < model.pods_count; i++)
        on_their_way += model.pods[i].pool == pool->number && is_on_its_way(&model.pods[i]);
    if (model_setting(pool->name, SETTING_ON_EXHAUSTED) == ON_EXHAUSTED_CREATE &&
        (max == SETTING_NONE || model_count(pool->number, false) < max) &&
        (at_once || on_their_way == 0))
        model_add_pods(pool->number, 1, now.wall_ms);
}

static void take(struct model_pod *pod, int64_t ttl_ms)
{
    pod->used = true;
    pod->since_ms = now.wall_ms > pod->since_ms ? now.wall_ms : pod->since_ms;
    if (ttl_ms > 0)
        pod->due_ms = now.wall_ms + ttl_ms;
}

static void claim(void)
{
    int name = (int)dice_roll(&dice, MODEL_POOLS);
    const struct model_pool *pool = touch_pool(name);
    struct claim_wish wish = {.pool_name = name_of(name),
                              .workspace_id = TEXT("w"),
                              .ttl_is_set = dice_roll(&dice, 3) == 0,
                              .ttl_ms = 1000 * (int64_t)dice_roll(&dice, 4)};
    struct claim_refusal refusal;
    struct pod pod;

    if (!first_available(pool->number))
        provide(pool);
    struct model_pod *expected = first_available(pool->number);
    enum err err = pool_state_claim_pod(pools, &wish, &arena, &pod, &refusal);
    assert_int_equal(err, expected ? OK : ERR_EXHAUSTED);
    if (!expected) {
        assert_int_equal(refusal.queue,
                         model_setting(name, SETTING_ON_EXHAUSTED) == ON_EXHAUSTED_QUEUE);
        return;
    }
    take(expected, wish.ttl_is_set ? wish.ttl_ms : model_setting(name, SETTING_LEASE_TTL));
    assert_int_equal(pod.number, expected->number);
    assert_int_equal(pod.due_ms, expected->due_ms);
}

static struct model_pod *roll_pod(void)
{
    return model.pods_count ? &model.pods[dice_roll(&dice, (unsigned)model.pods_count)] : NULL;
}

static void release(void)
{
    struct model_pod *expected = roll_pod();
    struct pod pod;

    if (!expected)
        return;
    assert_int_equal(release_pod_by_name(pools, pod_name(expected), &arena, &pod), OK);
    if (expected->used)
        model_free_pod(expected, now.wall_ms);
    assert_int_equal(pod.due_ms, expected->due_ms);
}

static void mark_used(void)
{
    struct model_pod *expected = roll_pod();
    struct pod pod;

    if (!expected)
        return;
    assert_int_equal(
        mark_pod_used_by_name(pools, pod_name(expected), (struct text){0}, &arena, &pod), OK);
    if (!expected->used)
        take(expected, 0);
}

static void delete_pod(void)
{
    struct model_pod *expected = roll_pod();
    struct pod pod;

    if (!expected)
        return;
    assert_int_equal(delete_pod_by_name(pools, pod_name(expected), &arena, &pod), OK);
    model_remove_pod((int)(expected - model.pods));
}

static void delete_pool(void)
{
    int name = (int)dice_roll(&dice, MODEL_POOLS);
    struct model_pool *pool = model_find_pool(name);

    assert_int_equal(pool_state_delete_pool(pools, name_of(name)), pool ? OK : ERR_POOL_NOT_FOUND);
    if (pool)
        model_remove_pool(pool);
}

static void scale(void)
{
    int name = (int)dice_roll(&dice, MODEL_POOLS);
    int64_t minimum_vms = 1 + (int64_t)dice_roll(&dice, 9);
    struct model_pool *expected = touch_pool(name);
    int64_t max = model_setting(name, SETTING_MAX_PODS);
    bool refused = max != SETTING_NONE && minimum_vms > max &&
                   minimum_vms > model_count(expected->number, false);
    struct pool pool;

    assert_int_equal(
        pool_state_get_or_create_pool(pools, name_of(name), (struct text){0}, &arena, &pool), OK);
    assert_int_equal(pool_state_update_pool(pools, &pool,
                                            &(struct pool_spec){.minimum_vms = minimum_vms}, &arena,
                                            &pool),
                     refused ? ERR_POD_LIMIT : OK);
    if (!refused)
        model_scale(expected, minimum_vms, now.wall_ms);
}

static void end_progression(struct model_pod *pod)
{
    pod->state = pod->will_fail ? POD_FAILED : POD_RUNNING;
}

static void look(void)
{
    int name = (int)dice_roll(&dice, MODEL_POOLS);
    const struct model_pool *pool = touch_pool(name);
    int64_t first = (int64_t)dice_roll(&dice, (unsigned)model.last_pod + 1);
    int64_t last = first + (int64_t)dice_roll(&dice, 20);
    struct pool made;

    assert_int_equal(
        pool_state_get_or_create_pool(pools, name_of(name), (struct text){0}, &arena, &made), OK);
    assert_int_equal(pool_state_look(pools, pool->number, first, last), OK);
    for (int i = 0; i < model.pods_count; i++) {
        struct model_pod *pod = &model.pods[i];
        if (pod->pool != pool->number || pod->number < first || pod->number > last ||
            !pod->looks_left)
            continue;
        if (--pod->looks_left > 0)
            pod->state = POD_STARTING;
        else
            end_progression(pod);
    }
}

/* Runs the pod's next event. */
static void perform(struct model_pod *pod)
{
    int64_t at_ms = pod->due_ms;

    pod->due_ms = 0;
    if (!is_on_its_way(pod)) {
        model_free_pod(pod, at_ms);
    } else if (pod->state == POD_PENDING && pod->starting_ms > 0) {
        pod->state = POD_STARTING;
        pod->due_ms = at_ms + pod->starting_ms;
    } else {
        end_progression(pod);
    }
}

static void assert_event(const struct pod_event *event, void *context)
{
    struct model_pod *expected = first_due();
    int *seen = context;

    if (!expected) {
        fail_msg("%s of pod %lld, where nothing is due", pod_event_word(event->what),
                 (long long)event->pod_number);
        return;
    }
    assert_int_equal(event->at_ms, expected->due_ms);
    assert_int_equal(event->pod_number, expected->number);
    assert_true(text_equal(event->pool_name, name_of(model_pool_of(expected)->name)));
    perform(expected);
    ++*seen;
}

static void pass_time(void)
{
    int max = dice_roll(&dice, 4) ? 1000 : 1 + (int)dice_roll(&dice, 3), seen = 0;

    now.wall_ms += 500 * dice_roll(&dice, 8);
    assert_int_equal(pool_state_run_due(pools, now.wall_ms, max, assert_event, &seen), OK);
    const struct model_pod *next = first_due();
    assert_true(seen == max || !next || next->due_ms > now.wall_ms);
}

static void reset(void)
{
    struct pool_state_totals dropped;
    struct settings kept[MODEL_POOLS + 1];
    bool keep = dice_roll(&dice, 2);

    assert_int_equal(pool_state_reset(pools, keep ? POOL_STATE_KEEP_SETTINGS : 0, &dropped), OK);
    memcpy(kept, model.settings, sizeof(kept));
    if (!keep)
        memset(kept, 0, sizeof(kept));
    model_reset_with(kept, now.wall_ms);
    if (!keep)
        set_looks();
}

static const struct step kinds[] = {{40, claim},     {20, release},    {8, mark_used},
                                    {5, delete_pod}, {1, delete_pool}, {4, scale},
                                    {25, look},      {30, pass_time},  {12, change_settings}};

TEST(random_settings_and_times_match_the_model)
{
    steps_open();
    set_looks();
    steps_end_turn(true);
    steps_take(STEPS, kinds, UNIT_COUNT(kinds), reset, check_all);
    steps_close();
}
