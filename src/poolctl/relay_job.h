/* SPDX-License-Identifier: MIT
 *
 * One delivery of the relay: the request to the receiver, and the report of its result to the
 * service (docs/callbacks.md, "The relay's routes").
 */
#ifndef POOLCTL_RELAY_JOB_H
#define POOLCTL_RELAY_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "poolctl/arguments.h"

struct calls;
struct json_object;

/* What all jobs have in common; borrowed by each. */
struct relay_config {
    struct calls *calls;
    struct text base;                 /* the service's URL, with a slash at its end */
    const char *const *service_lines; /* the headers of requests to the service */
    const char *const *target_lines;  /* of requests to targets, without the delivery's id */
    const char *const *webhook_lines; /* of those to the webhooks of sessions */
    const char *ca_file;              /* certificates to trust, in PEM, or NULL */
    const struct values *targets, *hosts;
};

enum { RELAY_ID_MAX = 64, RELAY_LINES_MAX = 6, RELAY_ERROR_MAX = 128 };

/* A job. A zeroed one is free. The members are private, but for `is_busy`. */
struct relay_job {
    bool is_busy;
    const struct relay_config *config;
    char id[RELAY_ID_MAX];
    struct buffer report;   /* the body of the report */
    int64_t report_at_us;   /* monotonic: when to send the report again; 0: it is sent */
    int64_t lease_until_us; /* when the service gives the delivery to another relay */
};

/* Begins the job of a delivery, as the answer to `take` shows it. A delivery that the relay may not
 * make is reported as refused. Returns false without memory, and for a delivery that is malformed:
 * the service gives it again after its lease. */
bool relay_job_begin(struct relay_job *job, const struct relay_config *config,
                     struct json_object *delivery, int64_t lease_ms);

/* Sends a report again that the service has not taken, or gives it up when the lease is over.
 * Returns when to call it next, INT64_MAX: not until something else happens. */
int64_t relay_job_continue(struct relay_job *job);

/* Frees what the job has. A free one is legal. */
void relay_job_free(struct relay_job *job);

#endif
