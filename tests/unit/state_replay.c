/* SPDX-License-Identifier: MIT */
#include "state_replay.h"

#include <stdlib.h>
#include <string.h>

#include "tenant/events.h"
#include "unit.h"

enum { PODS_MAX = 20000, WORKSPACE_MAX = 64, EVENTS_MAX = 100000 };

struct replayed_pod {
    int64_t pool_number; /* 0: there is no such pod */
    enum pod_usage usage;
    enum pod_state state;
    char workspace[WORKSPACE_MAX];
};

static struct {
    struct pool_state *state;
    struct events events;
    struct events_budget budget;
    uint64_t seen;
    bool was_replaced;
    int64_t count;
    struct replayed_pod *pods; /* by number */
} replay;

static struct replayed_pod *pod_of(int64_t number)
{
    assert_true(number > 0 && number < PODS_MAX);
    return &replay.pods[number];
}

static void set_workspace(struct replayed_pod *pod, struct text workspace)
{
    assert_true(workspace.length < WORKSPACE_MAX);
    memset(pod->workspace, 0, sizeof(pod->workspace));
    if (workspace.length > 0)
        memcpy(pod->workspace, workspace.at, workspace.length);
}

static void note(void *context, const struct event *event)
{
    events_note(context, event);
}

/* --- the pods of the state --- */

static bool copy_pod(const struct pod *pod, void *context)
{
    struct replayed_pod *out = &((struct replayed_pod *)context)[pod->number];

    assert_true(pod->number < PODS_MAX);
    out->pool_number = pod->pool_number;
    out->usage = pod->usage;
    out->state = pod->state;
    set_workspace(out, pod->claimed_by);
    return true;
}

static bool copy_pool(const struct pool *pool, void *context)
{
    struct arena arena = {0};

    assert_int_equal(
        pool_state_list_pods(replay.state, pool, 0, PODS_MAX, &arena, copy_pod, context), OK);
    arena_free(&arena);
    return true;
}

static void copy_state(struct replayed_pod *pods)
{
    memset(pods, 0, PODS_MAX * sizeof(*pods));
    assert_int_equal(pool_state_list_pools(replay.state, 0, PODS_MAX, copy_pool, pods), OK);
}

/* --- the events --- */

static void replay_created(const struct event *event)
{
    for (int64_t number = event->pod_number; number <= event->last_pod_number; number++) {
        assert_int_equal(pod_of(number)->pool_number, 0);
        *pod_of(number) = (struct replayed_pod){
            .pool_number = event->pool_number, .usage = event->usage, .state = event->state};
    }
    assert_int_equal(event->count, event->last_pod_number - event->pod_number + 1);
}

static void drop_pool(int64_t pool_number)
{
    for (int64_t number = 1; number < PODS_MAX; number++)
        if (replay.pods[number].pool_number == pool_number)
            replay.pods[number] = (struct replayed_pod){0};
}

static void replay_pod(const struct event *event)
{
    struct replayed_pod *pod = pod_of(event->pod_number);

    assert_int_equal(pod->pool_number, event->pool_number);
    assert_int_equal(pod->usage, event->was_usage);
    assert_int_equal(pod->state, event->was_state);
    if (event->type == EVENT_POD_DELETED) {
        *pod = (struct replayed_pod){0};
        return;
    }
    pod->usage = event->usage;
    pod->state = event->state;
    if (event->type == EVENT_POD_CLAIMED)
        set_workspace(pod, event->workspace);
    if (event->type == EVENT_POD_RELEASED) {
        assert_text(event->workspace, pod->workspace);
        set_workspace(pod, (struct text){0});
    }
}

static bool replay_event(uint64_t number, const struct event *event, void *context)
{
    (void)context;
    assert_int_equal(number, replay.seen + 1);
    replay.seen = number;
    replay.count++;
    if (event->type == EVENT_SETTINGS_CHANGED)
        return true;
    assert_true(event->pool_number > 0 && event->pool_name.length > 0);
    switch (event->type) {
    case EVENT_PODS_CREATED:
        replay_created(event);
        break;
    case EVENT_POOL_RESET:
    case EVENT_POOL_DELETED:
        drop_pool(event->pool_number);
        break;
    case EVENT_POOL_CREATED:
    case EVENT_POOL_UPDATED:
        break;
    default:
        replay_pod(event);
        break;
    }
    return true;
}

/* --- the turn --- */

static void start(void)
{
    copy_state(replay.pods);
    replay.seen = 0;
    replay.was_replaced = false;
}

void replay_begin(struct pool_state *state)
{
    replay.state = state;
    replay.budget.max_bytes = SIZE_MAX;
    replay.events = events_new(EVENTS_MAX, &replay.budget);
    replay.pods = calloc(PODS_MAX, sizeof(*replay.pods));
    replay.count = 0;
    assert_non_null(replay.pods);
    start();
    pool_state_observe(state, note, &replay.events);
}

void replay_replaced(void)
{
    replay.was_replaced = true;
}

void replay_turn_end(bool kept)
{
    struct replayed_pod *expected;

    events_turn_end(&replay.events, kept);
    if (replay.was_replaced && kept) {
        events_restart(&replay.events);
        start();
        return;
    }
    replay.was_replaced = false;
    events_each(&replay.events, replay.seen, replay_event, NULL);
    assert_int_equal(replay.seen, events_last(&replay.events));
    expected = calloc(PODS_MAX, sizeof(*expected));
    assert_non_null(expected);
    copy_state(expected);
    assert_memory_equal(replay.pods, expected, PODS_MAX * sizeof(*expected));
    free(expected);
}

int64_t replay_count(void)
{
    return replay.count;
}

void replay_end(void)
{
    pool_state_observe(replay.state, NULL, NULL);
    events_free(&replay.events);
    free(replay.pods);
    replay.pods = NULL;
}
