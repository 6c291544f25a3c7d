/* SPDX-License-Identifier: MIT
 *
 * Makes pods: checks the limits, and begins each pod by the settings. */
#include "model/counters.h"
#include "store/state.h"

/* Above it too few numbers may be left for one request, because some are skipped. */
#define LAST_POD_MAX (COUNTER_MAX - (INT64_C(1) << 40))

/* Sets the sentence of ERR_POD_LIMIT. `by` is the option or setting with the limit. `where` follows
 * the limit in the sentence, and the pool's name follows `where`. */
static enum err refuse_pods(struct pool_state *state, int64_t existing, int64_t count, int64_t max,
                            const char *by, const char *where, struct text pool_name)
{
    long long most = max, more = count, now = existing;

    if (existing >= max)
        return problem_set(&state->refusal, ERR_POD_LIMIT,
                           "the limit of %lld pods%s%.*s is reached (%s); delete one", most, where,
                           TEXT_ARGS(pool_name), by);
    return problem_set(&state->refusal, ERR_POD_LIMIT,
                       "%lld more pods would exceed the limit of %lld%s%.*s (%s); %lld exist", more,
                       most, where, TEXT_ARGS(pool_name), by, now);
}

enum err state_check_room(struct pool_state *state, const struct state_totals *totals,
                          int64_t count)
{
    int64_t max = state->config.pods_max;

    if (totals->last_pod > LAST_POD_MAX)
        return problem_set(&state->refusal, ERR_POD_LIMIT,
                           "no pod number is left; reset the state");
    if (max == 0 || totals->pods + count <= max)
        return OK;
    return refuse_pods(state, totals->pods, count, max, "--pods-max", "", TEXT(""));
}

enum err state_check_max_pods(struct pool_state *state, int64_t pool_number, struct text pool_name,
                              int64_t count)
{
    struct settings settings;
    struct pool_counts counts;
    enum err err = state_settings_of(state, pool_name, &settings);

    if (err || settings.values[SETTING_MAX_PODS] == SETTING_NONE)
        return err;
    err = state_read_counts(state, pool_number, &counts);
    if (err)
        return err;
    int64_t max = settings.values[SETTING_MAX_PODS];
    if (counts.total + count <= max)
        return OK;
    return refuse_pods(state, counts.total, count, max, "maxPods", " in pool ", pool_name);
}

/* Sets the state of a pod that begins now, and what will change it. */
static void begin_state(struct pod *pod, const struct settings *settings, int64_t now_ms)
{
    const int64_t *values = settings->values;

    pod->state = pod->will_fail ? POD_FAILED : POD_RUNNING;
    switch ((enum progression)values[SETTING_PROGRESSION]) {
    case PROGRESSION_MANUAL:
        pod->state = POD_PENDING;
        pod->looks_left = values[SETTING_LOOKS];
        break;
    case PROGRESSION_TIME:
        if (values[SETTING_PENDING] > 0) {
            pod->state = POD_PENDING;
            pod->due_ms = now_ms + values[SETTING_PENDING];
            pod->starting_ms = values[SETTING_STARTING];
        } else if (values[SETTING_STARTING] > 0) {
            pod->state = POD_STARTING;
            pod->due_ms = now_ms + values[SETTING_STARTING];
        }
        break;
    case PROGRESSION_IMMEDIATE:
    case PROGRESSION__MAX:
        break;
    }
}

static struct pod new_pod(const struct pool_state *state, const struct pod_batch *batch,
                          const struct settings *settings, int64_t number, bool will_fail)
{
    struct pod pod = {.number = number,
                      .pool_number = batch->pool_number,
                      .pool_name = batch->pool_name,
                      .tenant = state->config.tenant,
                      .created_ms = state->clock->wall_ms,
                      .since_ms = batch->since_ms,
                      .will_fail = will_fail};

    begin_state(&pod, settings, state->clock->wall_ms);
    if (pod.state == POD_RUNNING && batch->claimed_by.at) {
        pod.usage = POD_USED;
        pod.claimed_by = batch->claimed_by;
    }
    return pod;
}

/* Inserts a pod. Returns ERR_INTERNAL if its number is in use, which only a damaged file can bring
 * about. */
static enum err insert_new_pod(struct pool_state *state, const struct pod *pod)
{
    bool added;
    enum err err = state_insert_pod(state, pod, false, &added);

    if (err)
        return err;
    if (pod->usage == POD_USED)
        state_note_use(state, pod->since_ms);
    state_note_due(state, 0, pod->due_ms);
    return added ? OK : ERR_INTERNAL;
}

static enum err count_down_failures(struct pool_state *state, struct text pool_name, int64_t count)
{
    struct query query = query_start(&state->db, STATEMENT_SETTING_COUNT_DOWN);

    query_bind_text(&query, PARAMETER_name, pool_name);
    query_bind_number(&query, PARAMETER_setting, SETTING_FAIL_NEXT);
    query_bind_number(&query, PARAMETER_value, count);
    return query_run(&query);
}

/* Reports the pods of the range, if there are any, and begins another with `next`. */
static void report_created(const struct pool_state *state, struct event *range,
                           const struct pod_batch *batch, const struct pod *next)
{
    if (range->pod_number != 0)
        state_report(state, *range);
    *range = (struct event){.type = EVENT_PODS_CREATED,
                            .pool_number = batch->pool_number,
                            .pool_name = batch->pool_name,
                            .pod_number = next->number,
                            .last_pod_number = next->number,
                            .usage = POD_FREE, /* a claim of the new pod is an event of its own */
                            .state = next->state,
                            .count = 1};
}

/* Adds a pod to the range, or begins another one: a range spans no skipped number. */
static void note_created(const struct pool_state *state, struct event *range,
                         const struct pod_batch *batch, const struct pod *pod)
{
    if (range->pod_number == 0 || pod->number != range->last_pod_number + 1 ||
        pod->state != range->state) {
        report_created(state, range, batch, pod);
        return;
    }
    range->last_pod_number = pod->number;
    range->count++;
}

enum err state_insert_pods(struct pool_state *state, const struct pod_batch *batch,
                           struct state_totals *totals, struct pod *last)
{
    struct settings settings;
    struct event created = {0};
    struct pod pod = {0};
    enum err err = state_settings_of(state, batch->pool_name, &settings);
    int64_t failures = settings.values[SETTING_FAIL_NEXT];

    if (failures > batch->count)
        failures = batch->count;
    for (int64_t i = 0; i < batch->count && !err; i++) {
        totals->last_pod = pod_number_after(totals->last_pod);
        pod = new_pod(state, batch, &settings, totals->last_pod, i < failures);
        err = insert_new_pod(state, &pod);
        note_created(state, &created, batch, &pod);
    }
    if (!err)
        report_created(state, &created, batch, &(struct pod){0});
    state->freed_count++;
    if (!err && failures > 0)
        err = count_down_failures(state, batch->pool_name, failures);
    if (last)
        *last = pod;
    return err;
}

static enum err add_batch(struct pool_state *state, const struct pod_batch *batch, struct pod *last)
{
    struct state_totals totals;
    enum err err = state_read_totals(state, &totals);

    if (!err)
        err = state_check_room(state, &totals, batch->count);
    if (!err)
        err = state_begin_change(state);
    if (!err)
        err = state_insert_pods(state, batch, &totals, last);
    if (!err)
        state_count(state, &totals, 0, batch->count);
    return err;
}

enum err state_add_pods(struct pool_state *state, int64_t pool_number, struct text pool_name,
                        int64_t count)
{
    const struct pod_batch batch = {.pool_number = pool_number,
                                    .pool_name = pool_name,
                                    .count = count,
                                    .since_ms = state->clock->wall_ms};

    return add_batch(state, &batch, NULL);
}

enum err state_add_claimed_pod(struct pool_state *state, int64_t pool_number, struct text pool_name,
                               struct text claimed_by, struct pod *out)
{
    const struct pod_batch batch = {.pool_number = pool_number,
                                    .pool_name = pool_name,
                                    .count = 1,
                                    .since_ms = state->clock->wall_ms,
                                    .claimed_by = claimed_by};
    enum err err = add_batch(state, &batch, out);

    if (err || out->usage == POD_FREE)
        return err;
    struct pod was = *out;
    was.usage = POD_FREE;
    was.claimed_by = (struct text){0};
    state_report_pod(state, EVENT_POD_CLAIMED, NULL, &was, out, out->since_ms);
    return OK;
}
