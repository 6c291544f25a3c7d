/* SPDX-License-Identifier: MIT
 *
 * Events: pods change their states, by time or by looks, and leases end. */
#include "store/state.h"

static enum err set_state(struct pool_state *state, struct pod *pod, enum pod_state next,
                          int64_t due_ms, int64_t at_ms)
{
    const struct pod was = *pod;
    struct query query = query_start(&state->db, STATEMENT_POD_SET_STATE);

    query_bind_number(&query, PARAMETER_pod, pod->number);
    query_bind_number(&query, PARAMETER_state, next);
    query_bind_number(&query, PARAMETER_due_ms, due_ms);
    enum err err = query_run(&query);
    if (!err)
        err = state_tally(state, pod, -1);
    state_note_due(state, pod->due_ms, due_ms);
    pod->state = next;
    pod->due_ms = due_ms;
    if (next == POD_RUNNING)
        state->freed_count++;
    if (!err)
        state_report_pod(state, EVENT_POD_STATE, NULL, &was, pod, at_ms);
    return err ? err : state_tally(state, pod, 1);
}

static enum err find_next_due(struct pool_state *state)
{
    struct query query = query_start(&state->db, STATEMENT_POD_NEXT_DUE);

    state->due_ms = query_step(&query) ? query_number(&query, 0) : INT64_MAX;
    enum err err = query_end(&query);
    state->due_known = !err;
    return err;
}

enum err pool_state_next_due_ms(struct pool_state *state, int64_t *due_ms)
{
    enum err err = state->due_known ? OK : find_next_due(state);

    *due_ms = state->due_ms;
    return err;
}

/* Finds the first pod with an event due by `until_ms`; its number is 0 if there is none. */
static enum err find_due(struct pool_state *state, int64_t until_ms, struct arena *arena,
                         struct pod *out)
{
    struct query query = query_start(&state->db, STATEMENT_POD_DUE);
    enum err err = OK;

    *out = (struct pod){0};
    query_bind_number(&query, PARAMETER_due_ms, until_ms);
    if (query_step(&query)) {
        state_read_pod(&query, out);
        out->pool_name = query_text(&query, 14);
        err = state_copy_texts(out, arena);
    }
    enum err ended = query_end(&query);
    return ended ? ended : err;
}

/* Runs the pod's next event, as of its time. */
static enum err perform(struct pool_state *state, struct pod *pod, struct pod_event *event)
{
    enum pod_state next = pod_next_state(pod);

    *event = (struct pod_event){.at_ms = pod->due_ms,
                                .pod_number = pod->number,
                                .pool_number = pod->pool_number,
                                .pool_name = pod->pool_name};
    if (next == pod->state) {
        event->what = POD_EVENT_LEASE_EXPIRED;
        return state_change_pod(state, pod, POD_EXPIRE, (struct text){0}, event->at_ms);
    }
    event->what = next == POD_STARTING  ? POD_EVENT_STARTING
                  : next == POD_RUNNING ? POD_EVENT_RUNNING
                                        : POD_EVENT_FAILED;
    return set_state(state, pod, next, next == POD_STARTING ? event->at_ms + pod->starting_ms : 0,
                     event->at_ms);
}

/* Runs the first event due by `until_ms`. `found` tells whether there was one. */
static enum err run_first(struct pool_state *state, int64_t until_ms, struct arena *arena,
                          struct pod_event *event, bool *found)
{
    struct pod pod;
    enum err err = find_due(state, until_ms, arena, &pod);

    *found = !err && pod.number != 0;
    if (!*found)
        return err;
    err = state_begin_change(state);
    return err ? err : perform(state, &pod, event);
}

enum err pool_state_run_due(struct pool_state *state, int64_t until_ms, int64_t max,
                            pool_state_visit_event *visit, void *context)
{
    struct arena arena = {0};
    struct pod_event event;
    int64_t due_ms = INT64_MAX;
    enum err err = state_check(state);

    if (!err)
        err = pool_state_next_due_ms(state, &due_ms);
    for (bool found = due_ms <= until_ms; max > 0 && found && !err; max--) {
        err = run_first(state, until_ms, &arena, &event, &found);
        if (!err && found && visit)
            visit(&event, context);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return err;
}

static struct query start_look(struct pool_state *state, enum statement statement,
                               int64_t pool_number, int64_t first, int64_t last)
{
    struct query query = query_start(&state->db, statement);

    query_bind_number(&query, PARAMETER_pool, pool_number);
    query_bind_number(&query, PARAMETER_pod, first);
    query_bind_number(&query, PARAMETER_last_pod, last);
    return query;
}

/* Counts and reports what a look makes of a pod; the statement PODS_LOOK stores it. */
static enum err note_look(struct pool_state *state, const struct pod *was)
{
    struct pod pod = *was;
    enum err err = state_tally(state, was, -1);

    pod.state = was->looks_left > 1 ? POD_STARTING : was->will_fail ? POD_FAILED : POD_RUNNING;
    state->freed_count += pod.state == POD_RUNNING;
    if (pod.state != was->state) {
        struct event event = state_pod_event(EVENT_POD_STATE, was, &pod);
        event.origin.cause = EVENT_BY_LOOK;
        state_report(state, event);
    }
    return err ? err : state_tally(state, &pod, 1);
}

enum err pool_state_look(struct pool_state *state, int64_t pool_number, int64_t first, int64_t last)
{
    enum err err = state_begin_change(state);

    if (err)
        return err;
    struct query query = start_look(state, STATEMENT_PODS_LOOKED_AT, pool_number, first, last);
    while (!err && query_step(&query)) {
        const struct pod pod = {
            .number = query_number(&query, 0),
            .usage = (enum pod_usage)query_number(&query, 1),
            .state = (enum pod_state)query_number(&query, 2),
            .looks_left = query_number(&query, 3),
            .will_fail = query_number(&query, 4) != 0,
            .claimed_by = query_text(&query, 5),
            .pool_name = query_text(&query, 6),
            .pool_number = pool_number,
        };
        err = note_look(state, &pod);
    }
    enum err ended = query_end(&query);
    if (err || ended)
        return ended ? ended : err;
    query = start_look(state, STATEMENT_PODS_LOOK, pool_number, first, last);
    return query_run(&query);
}
