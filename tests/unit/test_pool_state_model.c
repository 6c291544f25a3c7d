/* SPDX-License-Identifier: MIT
 *
 * Random calls against a model that says plainly what a state is: pools and pods in two arrays. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "dice.h"
#include "store/pool_state.h"

enum {
    STEPS = 2500,
    POOL_NAMES = 6,
    PODS_MAX = 4000,
    LIST_MAX = 3,
    NEW_POOL_PODS = 3,
    START_PODS = 5
};

struct model_pool {
    int name; /* 0 is the default pool's */
    int64_t minimum_vms;
};

struct model_pod {
    int64_t number;
    int pool; /* its place in `pools` */
    bool used;
    int claimed_by; /* 0: nobody */
    int user_info;  /* 0: none */
    int64_t since_ms;
    int repositories[LIST_MAX], branches[LIST_MAX];
    size_t repositories_count, branches_count;
};

struct model {
    struct model_pool pools[POOL_NAMES];
    int pools_count;
    struct model_pod pods[PODS_MAX];
    int pods_count;
    int64_t generation;
};

static struct model model, before_turn, before_rehearsal;
static struct clock now;
static struct pool_state *pools;
static struct arena arena;
static struct dice dice;
static bool rehearsing;

/* "w-7": a text for each number; absent for 0. */
static struct text text_for(const char *prefix, int number)
{
    char string[32];
    int length = snprintf(string, sizeof(string), "%s-%d", prefix, number);

    return number ? arena_copy(&arena, (struct text){string, (size_t)length}) : (struct text){0};
}

static struct text name_of(int name)
{
    return name ? text_for("pool", name) : TEXT("default-pool");
}

static void model_add_pods(int pool, int64_t count)
{
    for (; count > 0; count--) {
        assert_true(model.pods_count < PODS_MAX);
        int64_t number = model.pods_count ? model.pods[model.pods_count - 1].number + 1 : 1;
        model.pods[model.pods_count++] =
            (struct model_pod){.number = number, .pool = pool, .since_ms = now.wall_ms};
    }
}

static int model_find_pool(int name)
{
    for (int i = 0; i < model.pools_count; i++)
        if (model.pools[i].name == name)
            return i;
    return -1;
}

static int model_make_pool(int name, int64_t pods)
{
    int pool = model_find_pool(name);

    if (pool >= 0)
        return pool;
    model.pools[model.pools_count] = (struct model_pool){name, pods};
    model_add_pods(model.pools_count, pods);
    return model.pools_count++;
}

static void model_reset(void)
{
    int64_t generation = model.generation;

    model = (struct model){.generation = generation + 1};
    model_make_pool(0, START_PODS);
}

static void assert_optional(struct text actual, struct text expected)
{
    assert_int_equal(actual.at != NULL, expected.at != NULL);
    assert_true(text_equal(actual, expected));
}

static void assert_list(const struct text *texts, size_t count, const int *values,
                        size_t values_count)
{
    assert_int_equal(count, values_count);
    for (size_t i = 0; i < count; i++)
        assert_optional(texts[i], text_for("list", values[i]));
}

static void assert_pod(const struct pod *pod, const struct model_pod *expected)
{
    assert_int_equal(pod->number, expected->number);
    assert_int_equal(pod->pool, expected->pool + 1);
    assert_optional(pod->pool_name, name_of(model.pools[expected->pool].name));
    assert_int_equal(pod->usage, expected->used);
    assert_int_equal(pod->state, POD_RUNNING);
    assert_int_equal(pod->since_ms, expected->since_ms);
    assert_optional(pod->claimed_by, text_for("workspace", expected->claimed_by));
    assert_optional(pod->user_info, text_for("user", expected->user_info));
    assert_list(pod->repositories, pod->repositories_count, expected->repositories,
                expected->repositories_count);
    assert_list(pod->branches, pod->branches_count, expected->branches, expected->branches_count);
}

/* A pool's list, walked along with the model's. */
struct walk {
    int pool, at;
};

static int next_of_pool(int pool, int at)
{
    while (at < model.pods_count && model.pods[at].pool != pool)
        at++;
    return at;
}

static bool walk_pod(const struct pod *pod, void *context)
{
    struct walk *walk = context;

    walk->at = next_of_pool(walk->pool, walk->at);
    assert_true(walk->at < model.pods_count);
    assert_pod(pod, &model.pods[walk->at++]);
    return true;
}

static void check_pool(int at)
{
    struct pool_counts counts = {0};
    struct walk walk = {.pool = at};
    struct pool pool;

    assert_int_equal(pool_state_get_or_create_pool(pools, name_of(model.pools[at].name),
                                                   (struct text){0}, &arena, &pool),
                     OK);
    for (int i = 0; i < model.pods_count; i++) {
        counts.total += model.pods[i].pool == at;
        counts.used += model.pods[i].pool == at && model.pods[i].used;
    }
    assert_int_equal(pool.number, at + 1);
    assert_int_equal(pool.spec.minimum_vms, model.pools[at].minimum_vms);
    assert_int_equal(pool.counts.total, counts.total);
    assert_int_equal(pool.counts.used, counts.used);
    assert_int_equal(pool.counts.available, counts.total - counts.used);
    assert_int_equal(pool.counts.pending, 0);
    assert_int_equal(pool.counts.failed, 0);
    assert_int_equal(pool_state_list_pods(pools, &pool, 0, PODS_MAX, &arena, walk_pod, &walk), OK);
    assert_int_equal(next_of_pool(at, walk.at), model.pods_count);
}

static void check_all(void)
{
    struct pool_state_totals totals;

    assert_int_equal(pool_state_totals(pools, &totals), OK);
    assert_int_equal(totals.pools, model.pools_count);
    assert_int_equal(totals.pods, model.pods_count);
    assert_int_equal(pool_state_generation(pools), model.generation);
    for (int i = 0; i < model.pools_count; i++)
        check_pool(i);
}

/* --- the calls, each on the state and on the model --- */

/* A pod by chance, under its id or its subdomain; sometimes one that is not there, which gives
 * NULL. */
static struct model_pod *roll_pod(struct text *name)
{
    struct model_pod *found = NULL;
    char string[64];
    int at = (int)dice_roll(&dice, (unsigned)model.pods_count + 2), length;

    if (at < model.pods_count)
        found = &model.pods[at];
    long long number = found ? (long long)found->number : model.pods_count + 100;
    int pool = found ? found->pool + 1 : 1;
    switch (dice_roll(&dice, 8)) {
    case 0:
        found = NULL;
        length = snprintf(string, sizeof(string), "pod-pool-%d-%lld", pool + 1, number);
        break;
    case 1:
    case 2:
    case 3:
        length = snprintf(string, sizeof(string), "pod-pool-%d-%lld", pool, number);
        break;
    default:
        length = snprintf(string, sizeof(string), "mock-pod-%lld", number);
    }
    *name = arena_copy(&arena, (struct text){string, (size_t)length});
    return found;
}

static void claim(void)
{
    int name = (int)dice_roll(&dice, POOL_NAMES), workspace = 1 + (int)dice_roll(&dice, 50);
    int pool = model_make_pool(name, NEW_POOL_PODS), at;
    struct pod pod;

    for (at = next_of_pool(pool, 0); at < model.pods_count && model.pods[at].used;
         at = next_of_pool(pool, at + 1))
        ;
    if (at == model.pods_count)
        model_add_pods(pool, 1);
    struct model_pod *expected = &model.pods[at];
    expected->used = true;
    expected->claimed_by = workspace;
    expected->since_ms = now.wall_ms;
    assert_int_equal(
        pool_state_claim_pod(pools, name_of(name), text_for("workspace", workspace), &arena, &pod),
        OK);
    assert_pod(&pod, expected);
}

static void release(void)
{
    struct text name;
    struct model_pod *expected = roll_pod(&name);
    struct pod pod;
    enum err err = pool_state_release_pod(pools, name, &arena, &pod);

    assert_int_equal(err, expected ? OK : ERR_POD_NOT_FOUND);
    if (!expected)
        return;
    if (expected->used)
        *expected = (struct model_pod){
            .number = expected->number, .pool = expected->pool, .since_ms = now.wall_ms};
    assert_pod(&pod, expected);
}

static void mark_used(void)
{
    struct text name;
    struct model_pod *expected = roll_pod(&name);
    int user_info = (int)dice_roll(&dice, 3);
    struct pod pod;
    enum err err = pool_state_mark_pod_used(pools, name, text_for("user", user_info), &arena, &pod);

    assert_int_equal(err, expected ? OK : ERR_POD_NOT_FOUND);
    if (!expected)
        return;
    if (!expected->used)
        expected->since_ms = now.wall_ms;
    expected->used = true;
    if (user_info)
        expected->user_info = user_info;
    assert_pod(&pod, expected);
}

static size_t roll_list(int *values, struct text *texts)
{
    size_t count = dice_roll(&dice, LIST_MAX + 1);

    for (size_t i = 0; i < count; i++) {
        values[i] = 1 + (int)dice_roll(&dice, 100);
        texts[i] = text_for("list", values[i]);
    }
    return count;
}

static void update(void)
{
    struct text name, repositories[LIST_MAX], branches[LIST_MAX];
    struct model_pod *expected = roll_pod(&name), rolled;
    bool with_branches = dice_roll(&dice, 2);
    struct pod pod;

    rolled.repositories_count = roll_list(rolled.repositories, repositories);
    rolled.branches_count = roll_list(rolled.branches, branches);
    enum err err = pool_state_set_repositories(pools, name, repositories, rolled.repositories_count,
                                               with_branches ? branches : NULL,
                                               rolled.branches_count, &arena, &pod);
    assert_int_equal(err, expected ? OK : ERR_POD_NOT_FOUND);
    if (!expected)
        return;
    memcpy(expected->repositories, rolled.repositories, sizeof(rolled.repositories));
    expected->repositories_count = rolled.repositories_count;
    if (with_branches) {
        memcpy(expected->branches, rolled.branches, sizeof(rolled.branches));
        expected->branches_count = rolled.branches_count;
    }
    assert_pod(&pod, expected);
}

static void create(void)
{
    int name = (int)dice_roll(&dice, POOL_NAMES);
    int64_t minimum_vms = (int64_t)dice_roll(&dice, 5);
    bool expected = model_find_pool(name) < 0, created;
    struct pool pool;

    assert_int_equal(pool_state_create_pool(
                         pools,
                         &(struct pool_spec){.name = name_of(name), .minimum_vms = minimum_vms},
                         &arena, &pool, &created),
                     OK);
    model_make_pool(name, minimum_vms ? minimum_vms : NEW_POOL_PODS);
    assert_int_equal(created, expected);
}

static void add_pods(void)
{
    int name = (int)dice_roll(&dice, POOL_NAMES), pool = model_find_pool(name);
    int64_t count = (int64_t)dice_roll(&dice, 4);

    assert_int_equal(pool_state_add_pods(pools, name_of(name), count),
                     pool < 0 ? ERR_POOL_NOT_FOUND : OK);
    if (pool >= 0)
        model_add_pods(pool, count);
}

static void reset(void)
{
    struct pool_state_totals dropped;

    assert_int_equal(pool_state_reset(pools, &dropped), OK);
    assert_int_equal(dropped.pools, model.pools_count);
    assert_int_equal(dropped.pods, model.pods_count);
    model_reset();
}

static void end_turn(bool kept)
{
    if (!kept)
        pool_state_turn_fail(pools);
    assert_int_equal(pool_state_turn_end(pools), kept ? OK : ERR_TURN_LOST);
    if (!kept)
        model = before_turn;
    before_turn = model;
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

static void step(void)
{
    unsigned roll = dice_roll(&dice, 100);

    now.wall_ms += 1000; /* a release and a claim never share a millisecond */
    if (roll < 35)
        claim();
    else if (roll < 55)
        release();
    else if (roll < 67)
        mark_used();
    else if (roll < 77)
        update();
    else if (roll < 80)
        create();
    else if (roll < 82)
        add_pods();
    else if (roll < 90)
        turn_rehearsal();
    else if (rehearsing)
        return;
    else if (roll < 91)
        reset();
    else
        end_turn(roll < 97);
}

static void random_calls_do_as_the_model(void **state)
{
    const struct pool_state_config config = {.default_pool = TEXT("default-pool"),
                                             .default_pool_pods = START_PODS,
                                             .new_pool_pods = NEW_POOL_PODS};
    struct problem problem;

    (void)state;
    dice = dice_new();
    clock_set(&now, 1705314600000, 0);
    assert_int_equal(pool_state_open(&config, &now, &pools, &problem), OK);
    model_reset();
    model.generation = 0;
    before_turn = model;
    for (int i = 0; i < STEPS; i++) {
        step();
        check_all();
        arena_reset(&arena);
    }
    pool_state_close(&pools);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_calls_do_as_the_model),
    };

    return UNIT_RUN(tests);
}
