/* SPDX-License-Identifier: MIT
 *
 * Private to the service: the request that causes the events of a tenant.
 */
#ifndef SERVICE_EVENT_ORIGIN_H
#define SERVICE_EVENT_ORIGIN_H

#include "service/internal.h"

/* Begin and end the time in which the events of the exchange's tenant are caused by its request. At
 * other times they are caused by the clock. */
void event_origin_begin(struct exchange *exchange);
void event_origin_end(struct exchange *exchange);

#endif
