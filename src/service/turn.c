/* SPDX-License-Identifier: MIT
 *
 * The tenants that have a part in the turn. A turn is a transaction in the state of each. */
#include "service/exchange.h"

void turn_enter(struct service *service, struct tenant *tenant)
{
    if (tenant->in_turn)
        return;
    tenant->in_turn = true;
    tenant->next_in_turn = service->turn_tenants;
    service->turn_tenants = tenant;
    tenant_tick(tenant, service->clock);
}

void turn_commit(struct service *service)
{
    for (struct tenant *tenant = service->turn_tenants; tenant; tenant = tenant->next_in_turn)
        tenant->turn_lost = pool_state_turn_end(tenant->state) != OK;
}

void turn_leave(struct service *service)
{
    struct tenant *tenant;

    while ((tenant = service->turn_tenants)) {
        service->turn_tenants = tenant->next_in_turn;
        tenant->in_turn = tenant->turn_lost = false;
        tenant_sweep(tenant);
    }
}
