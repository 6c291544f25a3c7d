/* SPDX-License-Identifier: MIT
 *
 * Private to the service: which tenant a request is for (control API, "Tenants").
 */
#ifndef SERVICE_TENANCY_H
#define SERVICE_TENANCY_H

#include "service/internal.h"

/* Finds the tenant of a request whose path below the mount is `path`: the `~{tenant}` in front of
 * it, which is cut off, else what X-Mock-Tenant says, else the default. Where there is one the
 * exchange is then in it, and the call knows it; where there is none yet its name is in `fresh`,
 * which is absent else. Returns OK, ERR_BAD_NAME, ERR_NO_MEMORY. */
enum err tenancy_of_path(struct exchange *exchange, struct text *path, struct text *fresh);

/* Makes the tenant that tenancy_of_path has not found, for a request that has its route and may.
 * It goes with the request where that changes nothing (HEAD, a route of the control API that only
 * shows), as the contract has it in section 1. Returns OK, ERR_TENANT_LIMIT, or what
 * pool_state_open does, whose sentence is in the log only. */
enum err tenancy_begin(struct exchange *exchange, struct text fresh);

/* Comes into the turn of its tenant, anew where it has waited: the time is that of this turn. */
void tenancy_enter(struct exchange *exchange);

/* The request has found its route: a tenant that has only been looked at so far stays, unless this
 * request changes nothing either. */
void tenancy_keep(struct exchange *exchange);

/* Finds the tenant of a request to a pod's host, whose name tells it. None is made: returns OK or
 * ERR_POD_NOT_FOUND. */
enum err tenancy_of_pod(struct exchange *exchange);

/* Makes the mount of the call that of the tenant's own paths: for the addresses of its pods, and
 * for links. */
enum err tenancy_extend_mount(struct call *call, struct text tenant);

#endif
