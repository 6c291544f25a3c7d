/* SPDX-License-Identifier: MIT
 *
 * Private to the service: an exchange goes from step to step until it has something to give or has
 * to wait.
 */
#ifndef SERVICE_RUN_H
#define SERVICE_RUN_H

#include "service/internal.h"

/* Goes on with the exchange at its `step`. Afterwards it is ready or parked. */
void run(struct exchange *exchange);

/* What the timer of a parked exchange fires: its time is over, and it goes on. */
void run_woken(struct timer *timer);

#endif
