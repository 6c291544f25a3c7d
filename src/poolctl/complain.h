/* SPDX-License-Identifier: MIT
 *
 * Exit statuses and their sentences. To complain is to write one sentence to standard error. A
 * function that can fail returns an exit status: it has complained if that is not 0. With 0 it
 * complains only about a list that may be incomplete.
 */
#ifndef POOLCTL_COMPLAIN_H
#define POOLCTL_COMPLAIN_H

#include <sysexits.h>

#include "base/buffer.h"

/* The exit status if the service refused the request. All other statuses are those of sysexits.h.
 */
enum { EXIT_REFUSED = 1 };

/* Writes one line to standard error, with control characters escaped. Returns `status`. */
int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes that memory ran out. Returns EX_OSERR. */
int complain_no_memory(void);

/* Writes that the answer is not from the service. Returns EX_PROTOCOL. */
int complain_foreign(void);

/* Complains about a buffer that has failed. If it is full, writes `sentence` and returns `status`;
 * otherwise complains about memory. */
int complain_failed(const struct buffer *buffer, int status, const char *sentence);

#endif
