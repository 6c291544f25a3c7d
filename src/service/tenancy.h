/* SPDX-License-Identifier: MIT
 *
 * Private to the service: the tenant of a request (docs/control.md, "Tenants").
 */
#ifndef SERVICE_TENANCY_H
#define SERVICE_TENANCY_H

#include "service/internal.h"

/* Finds the tenant of a request: the one that `~{tenant}` at the front of its path below the mount
 * names, which is cut off `path`; otherwise the one in X-Mock-Tenant; otherwise the default. The
 * exchange joins it. If there is no such tenant yet, `fresh` receives its name; otherwise `fresh`
 * is absent. Returns OK, ERR_BAD_NAME, ERR_BAD_ENCODING, ERR_NO_MEMORY. */
enum err tenancy_of_path(struct exchange *exchange, struct text *path, struct text *fresh);

/* Makes the tenant that tenancy_of_path did not find, for a request that passed the checks. If the
 * request changes nothing (HEAD, or a control route that only shows), the tenant is removed after
 * it. Returns OK, ERR_TENANT_LIMIT, or an error of pool_state_open, whose
 * sentence goes only into the log. */
enum err tenancy_begin(struct exchange *exchange, struct text fresh);

/* Puts the exchange's tenant into the turn, also after a wait: the exchange sees the time of this
 * turn. */
void tenancy_enter(struct exchange *exchange);

/* Keeps the exchange's tenant, if it was to be removed after the request that made it
 * (tenancy_begin), unless this request changes nothing either. */
void tenancy_keep(struct exchange *exchange);

/* Finds the tenant that the name of a pod's host contains, and never makes one. The exchange joins
 * it. Returns OK, ERR_POD_NOT_FOUND, ERR_NO_MEMORY. */
enum err tenancy_of_pod(struct exchange *exchange);

/* Adds the tenant's part of the path to the call's mount, for links and for the addresses of its
 * pods. Returns OK or ERR_NO_MEMORY. */
enum err tenancy_extend_mount(struct call *call, struct text tenant);

#endif
