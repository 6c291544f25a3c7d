/* SPDX-License-Identifier: MIT
 *
 * Private to the service: takes an exchange from step to step until it has a response or waits.
 */
#ifndef SERVICE_RUN_H
#define SERVICE_RUN_H

#include "service/internal.h"

/* Runs the exchange from its `step` until it is ready or parked. */
void run(struct exchange *exchange);

/* Continues a parked exchange when its timer fires. `timer` is its `wake`. */
void run_woken(struct timer *timer);

#endif
