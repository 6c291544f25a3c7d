/* SPDX-License-Identifier: MIT */
#include "service/event_origin.h"

void event_origin_begin(struct exchange *exchange)
{
    struct tenant *tenant = exchange->tenant;
    struct text id = request_variable(&exchange->request, TEXT("REQUEST_ID"));

    if (id.length > JOURNAL_ID_MAX) /* as in the journal */
        id.length = JOURNAL_ID_MAX;
    if (tenant)
        tenant->events.origin = (struct event_origin){
            .cause = route_is_control(exchange->route) ? EVENT_BY_CONTROL : EVENT_BY_REQUEST,
            .request_id = id,
            .request_seq = journal_seq(&tenant->journal, exchange->ticket),
        };
}

void event_origin_end(struct exchange *exchange)
{
    if (exchange->tenant)
        exchange->tenant->events.origin = (struct event_origin){.cause = EVENT_BY_CLOCK};
}
