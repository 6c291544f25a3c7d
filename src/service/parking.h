/* SPDX-License-Identifier: MIT
 *
 * Private to the service: exchanges that wait. A parked exchange costs its memory and a timer, and
 * continues when the timer fires. An exchange is given up by answer_give_up.
 */
#ifndef SERVICE_PARKING_H
#define SERVICE_PARKING_H

#include "service/internal.h"

/* Parks an exchange until its continuation is due or is woken. Gives it up instead if the service
 * is stopping, or if its answer has not begun and --parked-max requests wait already. */
void parking_wait(struct exchange *exchange);

/* Parks an exchange before STEP_APPLY until a monotonic time in microseconds. If parking_wait would
 * not park it, answers it if it has run and is only delayed, and otherwise gives it up. */
void parking_hold(struct exchange *exchange, int64_t until_us);

/* Takes an exchange out of the list of parked ones. The caller continues or ends it. */
void parking_leave(struct exchange *exchange);

/* Gives up the parked exchanges whose state was replaced or whose tenant was removed: what they
 * wait for can no longer happen. */
void parking_end_stale(struct service *service);

/* Ends all parked exchanges when the service stops: answers those that have run and are only
 * delayed, and gives up the others. */
void parking_end_all(struct service *service);

/* Gives up the tenant's parked exchanges that used its state in the current turn, which was lost.
 */
void parking_end_lost(struct service *service, const struct tenant *tenant, enum err err);

/* Gives up an exchange that has waited for --park-timeout. It has just left the list. */
void parking_end_too_long(struct exchange *exchange);

#endif
