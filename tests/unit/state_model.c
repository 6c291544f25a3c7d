/* SPDX-License-Identifier: MIT */
#include "state_model.h"

#include <string.h>

#include "unit.h"

struct model model;

static struct settings *who_says(int name, enum setting setting)
{
    if (model.settings[name].is_set[setting])
        return &model.settings[name];
    struct settings *all = &model.settings[MODEL_SETTINGS_OF_ALL];
    return all->is_set[setting] ? all : NULL;
}

int64_t model_setting(int name, enum setting setting)
{
    const struct settings *said = who_says(name, setting);

    if (said)
        return said->values[setting];
    return setting == SETTING_NEW_POOL_PODS ? MODEL_NEW_POOL_PODS : setting_row(setting)->initial;
}

static void begin_progression(struct model_pod *pod, int name, int64_t now_ms)
{
    int64_t pending = model_setting(name, SETTING_PENDING);
    int64_t starting = model_setting(name, SETTING_STARTING);
    int64_t progression = model_setting(name, SETTING_PROGRESSION);

    pod->state = POD_RUNNING;
    if (progression == PROGRESSION_MANUAL) {
        pod->state = POD_PENDING;
        pod->looks_left = model_setting(name, SETTING_LOOKS);
    } else if (progression == PROGRESSION_TIME && pending + starting > 0) {
        pod->state = pending > 0 ? POD_PENDING : POD_STARTING;
        pod->due_ms = now_ms + (pending > 0 ? pending : starting);
        pod->starting_ms = pending > 0 ? starting : 0;
    }
    struct settings *failing = who_says(name, SETTING_FAIL_NEXT);
    if (failing && failing->values[SETTING_FAIL_NEXT] > 0) {
        failing->values[SETTING_FAIL_NEXT]--;
        pod->will_fail = true;
    }
    if (pod->will_fail && pod->state == POD_RUNNING)
        pod->state = POD_FAILED;
}

void model_add_pods(int64_t pool, int64_t count, int64_t now_ms)
{
    for (; count > 0; count--) {
        assert_true(model.pods_count < MODEL_PODS_MAX);
        struct model_pod *pod = &model.pods[model.pods_count++];
        *pod = (struct model_pod){.number = ++model.last_pod, .pool = pool, .since_ms = now_ms};
        begin_progression(pod, model_pool_of(pod)->name, now_ms);
    }
}

void model_remove_pod(int at)
{
    memmove(&model.pods[at], &model.pods[at + 1],
            (size_t)(--model.pods_count - at) * sizeof(model.pods[0]));
}

void model_free_pod(struct model_pod *pod, int64_t at_ms)
{
    const struct model_pod was = *pod;
    bool is_early = was.used && at_ms <= was.since_ms;

    *pod = (struct model_pod){.number = was.number,
                              .pool = was.pool,
                              .state = was.state,
                              .due_ms = was.state == POD_RUNNING ? 0 : was.due_ms,
                              .starting_ms = was.starting_ms,
                              .looks_left = was.looks_left,
                              .will_fail = was.will_fail,
                              .since_ms = is_early ? was.since_ms + 1 : at_ms};
}

struct model_pool *model_find_pool(int name)
{
    for (int i = 0; i < model.pools_count; i++)
        if (model.pools[i].name == name)
            return &model.pools[i];
    return NULL;
}

const struct model_pool *model_pool_of(const struct model_pod *pod)
{
    const struct model_pool *pool = model.pools;

    for (; pool->number != pod->pool; pool++)
        assert_true(pool < model.pools + model.pools_count);
    return pool;
}

struct model_pool *model_make_pool(int name, int64_t pods, int64_t now_ms)
{
    struct model_pool *pool = model_find_pool(name);

    if (pool)
        return pool;
    pool = &model.pools[model.pools_count++];
    *pool = (struct model_pool){.number = ++model.last_pool, .name = name, .minimum_vms = pods};
    model_add_pods(pool->number, pods, now_ms);
    return pool;
}

int64_t model_count(int64_t pool, bool used_only)
{
    int64_t count = 0;

    for (int i = 0; i < model.pods_count; i++)
        count += model.pods[i].pool == pool && (model.pods[i].used || !used_only);
    return count;
}

void model_reset(int64_t now_ms)
{
    static const struct settings none[MODEL_POOLS + 1];

    model_reset_with(none, now_ms);
}

void model_reset_with(const struct settings *settings, int64_t now_ms)
{
    int64_t generation = model.generation;

    model = (struct model){.generation = generation + 1};
    memcpy(model.settings, settings, sizeof(model.settings));
    model_make_pool(0, MODEL_START_PODS, now_ms);
}

int model_next_of_pool(int64_t pool, int at)
{
    while (at < model.pods_count && model.pods[at].pool != pool)
        at++;
    return at;
}

void model_scale(struct model_pool *pool, int64_t minimum_vms, int64_t now_ms)
{
    int64_t more = minimum_vms - model_count(pool->number, false);

    pool->minimum_vms = minimum_vms;
    model_add_pods(pool->number, more, now_ms);
    for (int at = model.pods_count - 1; at >= 0 && more < 0; at--)
        if (model.pods[at].pool == pool->number && !model.pods[at].used) {
            model_remove_pod(at);
            more++;
        }
}

struct model_session *model_open_session(struct model_pod *pod, int id)
{
    for (size_t i = 0; i < pod->sessions_count && id; i++)
        if (pod->sessions[i].id == id)
            return &pod->sessions[i];
    if (pod->sessions_count == MODEL_SESSIONS_MAX)
        return NULL;
    struct model_session *session = &pod->sessions[pod->sessions_count++];
    *session = (struct model_session){.id = id, .number = ++model.last_session};
    return session;
}

void model_remove_pool(struct model_pool *pool)
{
    model.settings[pool->name] = (struct settings){0};
    for (int at = 0; (at = model_next_of_pool(pool->number, at)) < model.pods_count;)
        model_remove_pod(at);
    memmove(pool, pool + 1,
            (size_t)(&model.pools[--model.pools_count] - pool) * sizeof(model.pools[0]));
}
