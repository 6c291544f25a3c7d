/* SPDX-License-Identifier: MIT
 *
 * Private to the service: exchanges that wait. A parked exchange costs its memory and a timer, and
 * runs on when the timer fires.
 */
#ifndef SERVICE_PARKING_H
#define SERVICE_PARKING_H

#include "service/internal.h"

/* Parks an exchange until its continuation is due or is woken. If the service is stopping, or if
 * --parked-max requests wait already and its answer has not begun, gives it up instead. */
void parking_wait(struct exchange *exchange);

/* Parks an exchange before STEP_APPLY until a monotonic time in microseconds. If it may not be
 * parked, as in parking_wait, answers one that has run and is only delayed, and gives up any
 * other. */
void parking_hold(struct exchange *exchange, int64_t until_us);

/* Takes an exchange out of the list of parked ones. The caller runs it on or ends it. */
void parking_leave(struct exchange *exchange);

/* Gives up parked exchanges whose state was replaced or whose tenant was removed: what they wait
 * for never comes. */
void parking_end_stale(struct service *service);

/* Ends all parked exchanges: the service stops. */
void parking_end_all(struct service *service);

/* Gives up the tenant's parked exchanges that used its state in the turn that was lost. */
void parking_end_lost(struct service *service, const struct tenant *tenant, enum err err);

/* Ends an exchange that has waited for --park-timeout. It has just left the list. */
void parking_end_too_long(struct exchange *exchange);

#endif
