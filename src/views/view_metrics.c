/* SPDX-License-Identifier: MIT
 *
 * The metrics in Prometheus' text format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). Every series of a metric is shown
 * from the start, with 0: a rate needs a first value. */
#include "views/views.h"

#include <stdio.h>
#include <string.h>

enum { LABELS_TEXT_MAX = 128 };

static const char *const kinds[] = {
    [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};

static void put_head(struct buffer *out, const struct metric *metric)
{
    buffer_printf(out, "# HELP %s%s %s\n", metric->prefix, metric->name, metric->help);
    buffer_printf(out, "# TYPE %s%s %s\n", metric->prefix, metric->name, kinds[metric->kind]);
}

/* Writes microseconds as seconds. */
static void put_value(struct buffer *out, int64_t value, int64_t units)
{
    if (units == 1)
        buffer_printf(out, " %lld\n", (long long)value);
    else
        buffer_printf(out, " %lld.%06lld\n", (long long)(value / units),
                      (long long)(value % units));
}

/* A series: a metric, a suffix of its name, and the labels, each with a comma behind it. */
struct series {
    const struct metric *metric;
    char labels[LABELS_TEXT_MAX];
};

static void put_series(struct buffer *out, const struct series *series, const char *suffix,
                       const char *bound, int64_t value, int64_t units)
{
    const struct metric *metric = series->metric;
    size_t length = strlen(series->labels);

    buffer_printf(out, "%s%s%s", metric->prefix, metric->name, suffix);
    if (bound)
        buffer_printf(out, "{%sle=\"%s\"}", series->labels, bound);
    else if (length > 0)
        buffer_printf(out, "{%.*s}", (int)length - 1, series->labels);
    put_value(out, value, units);
}

static void put_histogram(struct buffer *out, const struct series *series,
                          const struct histogram *histogram)
{
    const int64_t *bounds_us = histogram_bounds_us();
    int64_t count = 0;
    char bound[32];

    for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
        count += histogram->buckets[i];
        snprintf(bound, sizeof(bound), "%g", (double)bounds_us[i] / 1e6);
        put_series(out, series, "_bucket", bound, count, 1);
    }
    count += histogram->buckets[HISTOGRAM_BUCKETS];
    put_series(out, series, "_bucket", "+Inf", count, 1);
    put_series(out, series, "_sum", NULL, histogram->sum_us, series->metric->units);
    put_series(out, series, "_count", NULL, count, 1);
}

static size_t count_of(const struct metric_label *label)
{
    return label ? label->count : 1;
}

/* Writes the label with its value. Returns false if the value is not shown. */
static bool add_label(struct series *series, const struct metric_label *label, size_t value)
{
    size_t length = strlen(series->labels);

    if (!label)
        return true;
    if (!label->words[value])
        return false;
    snprintf(series->labels + length, LABELS_TEXT_MAX - length, "%s=\"%s\",", label->name,
             label->words[value]);
    return true;
}

/* The numbers of a metric follow each other in memory: the values of the second label for the first
 * value of the first one, and so on. */
static void put_metric(struct buffer *out, const struct metric *metric,
                       const struct metrics *metrics)
{
    const char *at = (const char *)metrics + metric->offset;
    bool is_histogram = metric->kind == METRIC_HISTOGRAM;
    size_t columns = count_of(metric->labels[1]), count = count_of(metric->labels[0]) * columns;

    put_head(out, metric);
    for (size_t i = 0; i < count; i++) {
        struct series series = {.metric = metric};
        if (!add_label(&series, metric->labels[0], i / columns) ||
            !add_label(&series, metric->labels[1], i % columns))
            continue;
        if (is_histogram)
            put_histogram(out, &series, (const struct histogram *)at + i);
        else
            put_series(out, &series, "", NULL, ((const int64_t *)at)[i], metric->units);
    }
}

void view_metrics(struct buffer *out, const struct metrics *metrics, const char *version,
                  const char *worker_name)
{
    size_t count;
    const struct metric *rows = metrics_rows(&count);

    buffer_printf(out,
                  "# HELP pool_manager_mock_build_info The worker: its version and its name.\n"
                  "# TYPE pool_manager_mock_build_info gauge\n"
                  "pool_manager_mock_build_info{version=\"%s\",worker=\"%s\"} 1\n",
                  version, worker_name);
    for (size_t i = 0; i < count; i++)
        put_metric(out, &rows[i], metrics);
}
