/* SPDX-License-Identifier: MIT
 *
 * The answer to the handshake of a WebSocket that the service has admitted
 * (service/upgrade_check.h).
 */
#ifndef CALL_UPGRADE_H
#define CALL_UPGRADE_H

#include "call/handler.h"
#include "http/socket.h"

/* Returns true if the call is the handshake of a WebSocket. */
bool call_is_upgrade(const struct call *call);

/* Answers with a ticket for the socket, which it takes even on failure. Returns OK or
 * ERR_NO_MEMORY. */
enum err call_upgrade(struct call *call, struct socket *socket);

#endif
