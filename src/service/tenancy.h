/* SPDX-License-Identifier: MIT
 *
 * Private to the service: the tenant of a request (control API, "Tenants").
 */
#ifndef SERVICE_TENANCY_H
#define SERVICE_TENANCY_H

#include "service/internal.h"

/* Finds the tenant of a request by its path below the mount: the one that `~{tenant}` in front
 * names, which is cut off `path`; otherwise the one in X-Mock-Tenant; otherwise the default. The
 * exchange joins it. A tenant that does not exist yet has its name in `fresh`, which is absent
 * otherwise. Returns OK, ERR_BAD_NAME, ERR_NO_MEMORY. */
enum err tenancy_of_path(struct exchange *exchange, struct text *path, struct text *fresh);

/* Makes the tenant that tenancy_of_path did not find, for a request that is let in. The tenant is
 * removed with a request that changes nothing: a HEAD, or a control route that only shows
 * (contract, section 1). Returns OK, ERR_TENANT_LIMIT, or an error of pool_state_open, whose
 * sentence only goes into the log. */
enum err tenancy_begin(struct exchange *exchange, struct text fresh);

/* Enters the turn of the exchange's tenant, also after a wait: its time is that of this turn. */
void tenancy_enter(struct exchange *exchange);

/* Keeps a tenant that was made by a request that changes nothing, unless this request changes
 * nothing either. */
void tenancy_keep(struct exchange *exchange);

/* Finds the tenant in the name of a pod's host, and never makes one. Returns OK or
 * ERR_POD_NOT_FOUND. */
enum err tenancy_of_pod(struct exchange *exchange);

/* Adds the tenant's part of the path to the call's mount, for links and for the addresses of its
 * pods. Returns OK or ERR_NO_MEMORY. */
enum err tenancy_extend_mount(struct call *call, struct text tenant);

#endif
