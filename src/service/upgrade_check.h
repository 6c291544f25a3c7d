/* SPDX-License-Identifier: MIT
 *
 * Private to the service: which handshakes of WebSockets are admitted.
 */
#ifndef SERVICE_UPGRADE_CHECK_H
#define SERVICE_UPGRADE_CHECK_H

#include "service/internal.h"

/* Checks the request if it is the handshake of a WebSocket (RFC 6455, section 4.2.1), before its
 * route runs. Other upgrades (h2c) are ignored, as RFC 9110, section 7.8, allows. Returns OK;
 * ERR_NO_LIVE_DOOR with a sentence if the route, the front end or this program has no WebSocket;
 * ERR_WEBSOCKET_VERSION with a header that names the version; ERR_BAD_REQUEST for a malformed
 * handshake. */
enum err upgrade_check(struct exchange *exchange);

#endif
