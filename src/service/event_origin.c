/* SPDX-License-Identifier: MIT */
#include "service/event_origin.h"

void event_origin_begin(struct exchange *exchange)
{
    struct tenant *tenant = exchange->tenant;

    if (tenant)
        tenant->events.origin = (struct event_origin){
            .cause = route_is_control(exchange->route) ? EVENT_BY_CONTROL : EVENT_BY_REQUEST,
            .request_id = request_variable(&exchange->request, TEXT("REQUEST_ID")),
            .request_seq = journal_seq(&tenant->journal, exchange->ticket),
        };
}

void event_origin_end(struct exchange *exchange)
{
    if (exchange->tenant)
        exchange->tenant->events.origin = (struct event_origin){.cause = EVENT_BY_CLOCK};
}
