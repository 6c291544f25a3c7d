/* SPDX-License-Identifier: MIT
 *
 * Private to the service: the tenants that have a part in the turn. A turn is a transaction in the
 * state of each.
 */
#ifndef SERVICE_TURN_H
#define SERVICE_TURN_H

#include "service/internal.h"

/* The tenant has a part in the turn: its clock shows the turn's time, what has fallen due in its
 * state has happened, and its changes are committed with the turn. */
void turn_enter(struct service *service, struct tenant *tenant);

/* The error of an exchange of this tenant whose turn was lost: ERR_STATE_LIMIT or ERR_TURN_LOST. */
enum err turn_error(const struct tenant *tenant);

/* The exchange, whose tenant has a part in the turn, is about to touch the tenant's state. */
void turn_join(struct exchange *exchange);

/* Commits every tenant's changes. On failure every exchange that used the state answers an error.
 */
void turn_commit(struct service *service);

/* The same, before the turn's end, for one tenant; false where it failed. */
bool turn_commit_early(struct service *service, struct tenant *tenant);

/* The turn is over: its tenants have no part in it any more. */
void turn_leave(struct service *service);

#endif
