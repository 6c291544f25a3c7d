/* SPDX-License-Identifier: MIT
 *
 * Private to the service: exchanges that wait. One that is parked costs its memory and a timer;
 * the service goes on with it when that fires.
 */
#ifndef SERVICE_PARKING_H
#define SERVICE_PARKING_H

#include "service/internal.h"

/* Parks an exchange until its continuation wants to be asked again, or is woken. Where the service
 * stops it is given up instead. */
void parking_wait(struct exchange *exchange);

/* The same, before STEP_APPLY: for a fault rule, and until then. Where the service stops, one that
 * has run already and loses nothing but time is answered. */
void parking_hold(struct exchange *exchange, int64_t until_us);

/* Takes a parked one out: it goes on, or ends. */
void parking_leave(struct exchange *exchange);

/* Gives up those whose state was reset or whose tenant was removed: they wait for something that
 * will not come. */
void parking_end_stale(struct service *service);

/* Ends all: the service stops. */
void parking_end_all(struct service *service);

/* Gives up those that ran in the turn of the tenant's state that is lost: what they have done is
 * undone. */
void parking_end_lost(struct service *service, const struct tenant *tenant, enum err err);

/* Ends one that has been parked for longer than --park-timeout, and has just left. */
void parking_end_too_long(struct exchange *exchange);

#endif
