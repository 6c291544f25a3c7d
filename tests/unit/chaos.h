/* SPDX-License-Identifier: MIT
 *
 * An allocator that fails on order, for tests of what happens without memory. The linker puts it
 * before malloc, calloc, realloc and free (--wrap), so it sees the allocations of our own objects
 * and of the tests; those of shared libraries pass it by.
 */
#ifndef CHAOS_H
#define CHAOS_H

#include <stdbool.h>

/* The n-th allocation from now fails, once; 0 lets all succeed from now. */
void chaos_fail_at(unsigned long n);

/* True if the allocation that the last chaos_fail_at(n), n > 0, named was asked for, and so failed.
 */
bool chaos_failed(void);

/* Blocks that were allocated and not freed since the program began. */
long chaos_blocks(void);

/* By how much the number of the allocation that fails grows from one try to the next: 1, or what
 * UNIT_STRIDE says, where trying each takes too long, as under valgrind. */
unsigned long chaos_stride(void);

#endif
