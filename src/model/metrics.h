/* SPDX-License-Identifier: MIT
 *
 * The metrics of the process: plain numbers, counted where the thing happens and shown by
 * GET __admin/metrics. model/metric.def lists them.
 */
#ifndef MODEL_METRICS_H
#define MODEL_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "model/delivery.h"
#include "model/event.h"
#include "model/fault.h"
#include "model/operation.h"
#include "model/pod.h"

/* The values of the label `operation`: the clients' operations, then two for all other requests. */
enum {
    METRIC_OPERATION_CONTROL = OPERATION__CLIENTS, /* of the control API */
    METRIC_OPERATION_OTHER,                        /* without a route, or of the index */
    METRIC_OPERATION__MAX
};

/* The label `status`: 1xx to 5xx. */
enum { METRIC_STATUS__MAX = 5 };

/* What a parked request waits for. */
enum metric_wait {
    METRIC_WAIT_FAULT,  /* the delay of a fault rule */
    METRIC_WAIT_CLAIM,  /* a pod */
    METRIC_WAIT_STREAM, /* the next piece of its answer, which has begun */
    METRIC_WAIT_OTHER,  /* requests or events of others */
    METRIC_WAIT__MAX
};

enum metric_connection {
    METRIC_CONNECTION_IDLE,
    METRIC_CONNECTION_BUSY,   /* a request or an answer is on its way */
    METRIC_CONNECTION_STREAM, /* of events */
    METRIC_CONNECTION__MAX
};

/* How a claim ended. */
enum metric_claim {
    METRIC_CLAIM_NONE,     /* no claim, or not yet */
    METRIC_CLAIM_SERVED,   /* with a pod that was free */
    METRIC_CLAIM_MADE,     /* with a pod that was made for it */
    METRIC_CLAIM_REPEATED, /* with the pod that the same request got before */
    METRIC_CLAIM_QUEUED,   /* it waits; later it ends in another way too */
    METRIC_CLAIM_REJECTED,
    METRIC_CLAIM_TIMEOUT,
    METRIC_CLAIM__MAX
};

enum metric_listener {
    METRIC_LISTENER_SSE,
    METRIC_LISTENER_WEBSOCKET,
    METRIC_LISTENER_POD, /* a WebSocket at a pod */
    METRIC_LISTENER__MAX
};

enum {
    METRIC_USAGE__MAX = POD_USAGE__MAX,
    METRIC_STATE__MAX = POD_STATE__MAX,
    METRIC_EVENT__MAX = EVENT_TYPE__MAX,
    METRIC_CALLBACK__MAX = DELIVERY_FAULT__MAX + 1, /* DELIVERY_FAULT__MAX: delivered */
    METRIC_FAULT__MAX = FAULT_ANSWER__MAX,          /* FAULT_ANSWER_NONE: only a delay */
    HISTOGRAM_BUCKETS = 8,
};

/* How many durations were at most as long as each bound (model/metrics.c); and their sum. */
struct histogram {
    int64_t buckets[HISTOGRAM_BUCKETS + 1]; /* the last has no bound */
    int64_t sum_us;
};

struct metrics {
#define METRIC(member, ...) int64_t member;
#define GENERAL(member, ...) int64_t member;
#define METRIC_BY(member, kind, unit, label, ...) int64_t member[METRIC_##label##__MAX];
#define METRIC_BY2(member, kind, unit, label, label2, ...) \
    int64_t member[METRIC_##label##__MAX][METRIC_##label2##__MAX];
#define HISTOGRAM(member, ...) struct histogram member;
#define HISTOGRAM_BY(member, label, ...) struct histogram member[METRIC_##label##__MAX];
#include "model/metric.def"
};

/* Counts a duration. */
void histogram_add(struct histogram *histogram, int64_t us);

/* Returns the bounds of the buckets in microseconds, in rising order. Static. */
const int64_t *histogram_bounds_us(void);

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* A label: its name, and the words of its values, in the order of the array. A value without a word
 * (NULL) is not shown. */
struct metric_label {
    const char *name;
    const char *const *words;
    size_t count;
};

enum { METRIC_LABELS_MAX = 2 };

/* A row of metric.def. */
struct metric {
    const char *prefix, *name, *help; /* static */
    enum metric_kind kind;
    int64_t units; /* of its numbers in one of what it shows: 1 or 1,000,000 */
    size_t offset; /* of its first number in struct metrics */
    const struct metric_label *labels[METRIC_LABELS_MAX]; /* NULL: none */
};

/* Returns all rows. Static. */
const struct metric *metrics_rows(size_t *count);

#endif
