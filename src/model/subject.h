/* SPDX-License-Identifier: MIT
 *
 * What a request is about, as far as it is known. The route's path tells the first of it, the
 * handler the rest; fault rules, the journal, leaks and the log read it.
 */
#ifndef MODEL_SUBJECT_H
#define MODEL_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "model/operation.h"
#include "model/pod.h"

struct subject {
    enum operation operation;
    struct text pool_name;    /* absent: none */
    struct pod_name pod_name; /* pod_number 0: none; pool_number 0: only its subdomain is known */
    bool pod_is_found;        /* there is such a pod, and the request may be about it */
    int64_t pod_since_ms;     /* of a pod that is found: its since_ms */
    struct text workspace;    /* absent: none, or none that is known yet */
};

#endif
