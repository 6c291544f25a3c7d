/* SPDX-License-Identifier: MIT
 *
 * Private to the service: the tenants of the turn. A turn is one transaction in the state of each
 * tenant that is in it.
 */
#ifndef SERVICE_TURN_H
#define SERVICE_TURN_H

#include "service/internal.h"

/* Puts the tenant into the turn, unless it is there: sets its clock to the turn's time and runs the
 * events that are due in its state. Its changes are committed with the turn. */
void turn_enter(struct service *service, struct tenant *tenant);

/* Returns the error for the exchanges of a tenant whose turn was lost: ERR_STATE_LIMIT or
 * ERR_TURN_LOST. */
enum err turn_error(const struct tenant *tenant);

/* Notes that the exchange uses the state of its tenant, which is in the turn. */
void turn_join(struct exchange *exchange);

/* Commits the changes of every tenant in the turn. If that fails, every exchange that used the
 * state answers an error, or breaks off its answer if the head is out. */
void turn_commit(struct service *service);

/* Commits the changes of one tenant before the turn ends. Returns false if that fails; its
 * exchanges then answer as in turn_commit. */
bool turn_commit_early(struct service *service, struct tenant *tenant);

/* Ends the turn: takes all tenants out of it. */
void turn_leave(struct service *service);

#endif
