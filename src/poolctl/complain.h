/* SPDX-License-Identifier: MIT
 *
 * Exit statuses and their sentences. A function that can fail returns an exit status. If that is
 * not 0, it has written one sentence to standard error. With 0, a sentence is written only for a
 * list that may be incomplete.
 */
#ifndef POOLCTL_COMPLAIN_H
#define POOLCTL_COMPLAIN_H

#include <sysexits.h>

#include "base/buffer.h"

/* The service refused the request. All other statuses are those of sysexits.h. */
enum { EXIT_REFUSED = 1 };

/* Writes one line to standard error, with control characters escaped. Returns `status`. */
int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes that memory ran out. Returns EX_OSERR. */
int complain_no_memory(void);

/* Writes that the answer is not one of the service. Returns EX_PROTOCOL. */
int complain_foreign(void);

/* For a buffer that has failed: writes `sentence` and returns `status` if the buffer is full, and
 * complains about memory otherwise. */
int complain_failed(const struct buffer *buffer, int status, const char *sentence);

#endif
