/* SPDX-License-Identifier: MIT */
#include "state_model.h"

#include <string.h>

#include "unit.h"

struct model model;

void model_add_pods(int64_t pool, int64_t count, int64_t now_ms)
{
    for (; count > 0; count--) {
        assert_true(model.pods_count < MODEL_PODS_MAX);
        model.pods[model.pods_count++] =
            (struct model_pod){.number = ++model.last_pod, .pool = pool, .since_ms = now_ms};
    }
}

void model_remove_pod(int at)
{
    memmove(&model.pods[at], &model.pods[at + 1],
            (size_t)(--model.pods_count - at) * sizeof(model.pods[0]));
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
    int64_t generation = model.generation;

    model = (struct model){.generation = generation + 1};
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
    for (int at = 0; (at = model_next_of_pool(pool->number, at)) < model.pods_count;)
        model_remove_pod(at);
    memmove(pool, pool + 1,
            (size_t)(&model.pools[--model.pools_count] - pool) * sizeof(model.pools[0]));
}
