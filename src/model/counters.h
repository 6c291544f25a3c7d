/* SPDX-License-Identifier: MIT
 *
 * The counters of a state: the last number given to each kind of thing. They never decrease while
 * the state exists, so no name is used twice. Plain values.
 */
#ifndef MODEL_COUNTERS_H
#define MODEL_COUNTERS_H

#include <stdint.h>

/* The maximum of each counter: the largest number that all JSON parsers keep exactly. */
#define COUNTER_MAX ((INT64_C(1) << 53) - 1)

struct counters {
    int64_t pool;    /* n of pool-<n> */
    int64_t pod;     /* k of mock-pod-<k> */
    int64_t session; /* Goose sessions */
    int64_t token;   /* n of mock-token-<n> */
};

#endif
