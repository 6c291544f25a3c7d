/* SPDX-License-Identifier: MIT
 *
 * What the kernel knows of this process (proc(5)).
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdint.h>

struct process_facts {
    int64_t cpu_us; /* user and system time */
    int64_t resident_bytes, virtual_bytes;
    int64_t descriptors, descriptors_max;
    int64_t start_us; /* since 1970; to a hundredth of a second */
};

/* Reads the facts. One that can't be read is 0. */
struct process_facts process_read(void);

#endif
