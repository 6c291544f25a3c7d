/* SPDX-License-Identifier: MIT */
#include "call/upgrade.h"

#include "http/tickets.h"

bool call_is_upgrade(const struct call *call)
{
    return call->request->method == HTTP_GET &&
           request_upgrades_to(call->request, TEXT("websocket"));
}

enum err call_upgrade(struct call *call, struct socket *socket)
{
    const struct ticket *ticket = tickets_add(call->api->tickets, call->request, socket);
    struct response *response = call->response;

    if (!ticket)
        return ERR_NO_MEMORY;
    struct text to = arena_printf(call->arena, "%s%s/%s", TICKETS_LOCATION, call->api->worker_name,
                                  ticket->text);
    if (!to.at)
        return ERR_NO_MEMORY;
    response->status = 101;
    response_add_header(response, "X-Accel-Redirect", to);
    return OK;
}
