/* SPDX-License-Identifier: MIT
 *
 * The last numbers that a state has given out. They never go back as long as the state lasts, so
 * nothing is called what something else was called before. Plain values.
 */
#ifndef MODEL_COUNTERS_H
#define MODEL_COUNTERS_H

#include <stdint.h>

/* The most that any of them comes to: what every reader of JSON keeps exactly. */
#define COUNTER_MAX ((INT64_C(1) << 53) - 1)

struct counters {
    int64_t pool;    /* n of pool-<n> */
    int64_t pod;     /* k of mock-pod-<k> */
    int64_t session; /* of Goose */
    int64_t token;   /* n of mock-token-<n> */
};

#endif
