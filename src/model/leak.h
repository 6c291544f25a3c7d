/* SPDX-License-Identifier: MIT
 *
 * A leak: a pod that was claimed although the claim's answer was lost, so the client does not know
 * that it holds the pod.
 */
#ifndef MODEL_LEAK_H
#define MODEL_LEAK_H

#include <stdint.h>

#include "base/text.h"
#include "model/pod.h"

struct leak {
    struct pod_name pod_name; /* with its pool number */
    int64_t since_ms;         /* state's clock: the pod's since_ms when it was claimed */
    int64_t at_ms;            /* state's clock: when the answer was lost */
    uint64_t seq;             /* the claim's seq in the journal; 0: it is not in the journal */
    struct text request_id;   /* the claim's; absent if the front end gave none */
    struct text workspace;
};

#endif
