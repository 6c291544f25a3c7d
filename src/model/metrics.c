/* SPDX-License-Identifier: MIT */
#include "model/metrics.h"

/* --- labels --- */

static const char *const operations[] = {
#define OPERATION(name, word, ...) [OPERATION_##name] = word,
#include "model/operation.def"
#undef OPERATION
    [METRIC_OPERATION_CONTROL] = "control",
    [METRIC_OPERATION_OTHER] = "other",
};

static const char *const statuses[METRIC_STATUS__MAX] = {"1xx", "2xx", "3xx", "4xx", "5xx"};

static const char *const waits[] = {
    [METRIC_WAIT_FAULT] = "fault",
    [METRIC_WAIT_CLAIM] = "claim",
    [METRIC_WAIT_STREAM] = "stream",
    [METRIC_WAIT_OTHER] = "other",
};

static const char *const connections[] = {
    [METRIC_CONNECTION_IDLE] = "idle",
    [METRIC_CONNECTION_BUSY] = "busy",
    [METRIC_CONNECTION_STREAM] = "stream",
};

static const char *const claims[] = {
    [METRIC_CLAIM_NONE] = NULL,         [METRIC_CLAIM_SERVED] = "served",
    [METRIC_CLAIM_MADE] = "made",       [METRIC_CLAIM_REPEATED] = "repeated",
    [METRIC_CLAIM_QUEUED] = "queued",   [METRIC_CLAIM_REJECTED] = "rejected",
    [METRIC_CLAIM_TIMEOUT] = "timeout",
};

static const char *const listeners[] = {
    [METRIC_LISTENER_SSE] = "sse",
    [METRIC_LISTENER_WEBSOCKET] = "websocket",
    [METRIC_LISTENER_POD] = "pod",
};

static const char *const usages[] = {[POD_FREE] = "free", [POD_USED] = "used"};

static const char *const states[] = {
#define POD_STATE(name, word) [POD_##name] = word,
#include "model/pod_state.def"
#undef POD_STATE
};

static const char *const events[] = {
#define EVENT(name, word) [EVENT_##name] = word,
#include "model/event.def"
#undef EVENT
};

static const char *const faults[] = {
    [FAULT_ANSWER_NONE] = "delay",
#define FAULT_ANSWER(name, word) [FAULT_ANSWER_##name] = word,
#include "model/fault.def"
};

static const char *const callbacks[] = {
#define DELIVERY_FAULT(name, word) [DELIVERY_FAULT_##name] = word,
#include "model/delivery.def"
    [DELIVERY_FAULT__MAX] = "delivered",
};

enum label {
    OPERATION,
    STATUS,
    WAIT,
    CONNECTION,
    USAGE,
    STATE,
    CLAIM,
    EVENT,
    LISTENER,
    FAULT,
    CALLBACK
};

#define LABEL(name, words)                              \
    {                                                   \
        name, words, sizeof(words) / sizeof((words)[0]) \
    }
static const struct metric_label labels[] = {
    [OPERATION] = LABEL("operation", operations),
    [STATUS] = LABEL("status", statuses),
    [WAIT] = LABEL("why", waits),
    [CONNECTION] = LABEL("state", connections),
    [USAGE] = LABEL("usage", usages),
    [STATE] = LABEL("state", states),
    [CLAIM] = LABEL("outcome", claims),
    [EVENT] = LABEL("type", events),
    [LISTENER] = LABEL("form", listeners),
    [FAULT] = LABEL("kind", faults),
    [CALLBACK] = LABEL("outcome", callbacks),
};

/* --- rows --- */

#define PREFIX "pool_manager_mock_"
enum { ONE = 1, MICROSECONDS = 1000 * 1000 };

#define ROW(prefix, member, kind, unit, name, help, ...) \
    {prefix, name, help, METRIC_##kind, unit, offsetof(struct metrics, member), {__VA_ARGS__}},

static const struct metric rows[] = {
#define METRIC(member, kind, unit, name, help) ROW(PREFIX, member, kind, unit, name, help, NULL)
#define GENERAL(member, kind, unit, name, help) ROW("", member, kind, unit, name, help, NULL)
#define METRIC_BY(member, kind, unit, label, name, help) \
    ROW(PREFIX, member, kind, unit, name, help, &labels[label])
#define METRIC_BY2(member, kind, unit, label, label2, name, help) \
    ROW(PREFIX, member, kind, unit, name, help, &labels[label], &labels[label2])
#define HISTOGRAM(member, name, help) ROW(PREFIX, member, HISTOGRAM, MICROSECONDS, name, help, NULL)
#define HISTOGRAM_BY(member, label, name, help) \
    ROW(PREFIX, member, HISTOGRAM, MICROSECONDS, name, help, &labels[label])
#include "model/metric.def"
};

const struct metric *metrics_rows(size_t *count)
{
    *count = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

/* --- histograms --- */

/* From a quick answer to the longest delay that clients meet in practice. */
static const int64_t bounds_us[HISTOGRAM_BUCKETS] = {
    100, 500, 1000, 5 * 1000, 25 * 1000, 100 * 1000, 1000 * 1000, 10 * 1000 * 1000,
};

const int64_t *histogram_bounds_us(void)
{
    return bounds_us;
}

void histogram_add(struct histogram *histogram, int64_t us)
{
    int bucket = 0;

    while (bucket < HISTOGRAM_BUCKETS && us > bounds_us[bucket])
        bucket++;
    histogram->buckets[bucket]++;
    histogram->sum_us += us;
}
