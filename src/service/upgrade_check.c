/* SPDX-License-Identifier: MIT */
#include "service/upgrade_check.h"

#include "http/handshake.h"

static enum err refuse(struct exchange *exchange, const char *why)
{
    return problem_set(exchange->problem, ERR_NO_LIVE_DOOR, "%s", why);
}

/* Finds what a WebSocket needs and is not there. */
static enum err check_means(struct exchange *exchange)
{
    const struct request *request = &exchange->request;
    struct text protocol = request_variable(request, TEXT("SERVER_PROTOCOL"));

    if (!route_takes_socket(exchange->route))
        return refuse(exchange, "there is no WebSocket at this path");
    if (!handshake_is_built())
        return refuse(exchange, "this worker was built without WebSockets (wslay and libmd)");
    if (!exchange->service->api->tickets)
        return refuse(exchange, "this worker has no socket for WebSockets (--live)");
    if (request_variable(request, TEXT("POOL_MANAGER_WEBSOCKETS")).length == 0)
        return refuse(exchange, "the front end can't pass a WebSocket on: its server does not "
                                "include pool-manager-mock/live.conf");
    if (text_starts_with(protocol, TEXT("HTTP/2")) || text_starts_with(protocol, TEXT("HTTP/3")))
        return refuse(exchange, "a WebSocket is opened over HTTP/1.1 here, not over HTTP/2");
    return OK;
}

enum err upgrade_check(struct exchange *exchange)
{
    const struct request *request = &exchange->request;

    if (request->method != HTTP_GET || !request_upgrades_to(request, TEXT("websocket")))
        return OK;
    enum err err = check_means(exchange);
    if (err)
        return err;
    if (!text_equal(request_variable(request, TEXT("HTTP_SEC_WEBSOCKET_VERSION")), TEXT("13"))) {
        response_add_header(&exchange->response, "Sec-WebSocket-Version", TEXT("13"));
        return ERR_WEBSOCKET_VERSION;
    }
    if (!handshake_key_is_valid(request_variable(request, TEXT("HTTP_SEC_WEBSOCKET_KEY"))))
        return problem_set(exchange->problem, ERR_BAD_REQUEST,
                           "Sec-WebSocket-Key is not 16 bytes in base64");
    return OK;
}
