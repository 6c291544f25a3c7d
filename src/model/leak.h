/* SPDX-License-Identifier: MIT
 *
 * A pod whose claim was made, and whose answer was lost: nobody knows that they hold it.
 */
#ifndef MODEL_LEAK_H
#define MODEL_LEAK_H

#include <stdint.h>

#include "base/text.h"
#include "model/pod.h"

struct leak {
    struct pod_name pod_name; /* a number and its pool's */
    int64_t since_ms;         /* state's clock: of the pod when it was claimed */
    int64_t at_ms;            /* state's clock: when the answer was lost */
    uint64_t seq;             /* of the claim in the journal; 0: it is not in there */
    struct text request_id;   /* of the claim; absent if the front end gave none */
    struct text workspace;
};

#endif
