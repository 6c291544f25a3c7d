/* SPDX-License-Identifier: MIT
 *
 * The subject of a request: what the request is about, as far as that is known. Some of it comes
 * from the path, before the handler runs; the handler adds the rest. Fault rules, the journal,
 * leaks and the log use it.
 */
#ifndef MODEL_SUBJECT_H
#define MODEL_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "model/metrics.h"
#include "model/operation.h"
#include "model/pod.h"

struct subject {
    enum operation operation;
    struct text pool_name;    /* absent: none */
    struct pod_name pod_name; /* pod number 0: none; pool number 0: only the subdomain is known */
    bool pod_is_found;        /* the pod exists, and the request may use it */
    int64_t pod_since_ms;     /* since_ms of the pod, if it is found */
    struct text workspace;    /* absent: none, or not known yet */
    enum metric_claim claim;  /* how it ended, if it is a claim */
};

#endif
