/* SPDX-License-Identifier: MIT
 *
 * How poolctl ends: an exit status, and for all but 0 one sentence on standard error, written where
 * it went wrong. So a function that can fail returns an exit status and has said why. With 0 there
 * is a sentence only where a list may not be whole.
 */
#ifndef POOLCTL_COMPLAIN_H
#define POOLCTL_COMPLAIN_H

#include <sysexits.h>

#include "base/buffer.h"

/* Beside those of sysexits.h: the service said no. */
enum { EXIT_REFUSED = 1 };

/* Says one line, in which control characters are escaped, and returns `status`. */
int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for want of memory, and of an answer that the service would not give. */
int complain_no_memory(void);
int complain_foreign(void);

/* For a buffer that has failed: the sentence if it is full, or want of memory. */
int complain_failed(const struct buffer *buffer, int status, const char *sentence);

#endif
