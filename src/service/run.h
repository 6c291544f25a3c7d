/* SPDX-License-Identifier: MIT
 *
 * Private to the service: takes an exchange from step to step until it has a response or waits.
 */
#ifndef SERVICE_RUN_H
#define SERVICE_RUN_H

#include "service/internal.h"

/* Runs the exchange from its `step` on. Afterwards it is ready or parked. */
void run(struct exchange *exchange);

/* Runs a parked exchange on when its timer fires. */
void run_woken(struct timer *timer);

#endif
