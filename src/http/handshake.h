/* SPDX-License-Identifier: MIT
 *
 * The handshake of a WebSocket (RFC 6455, section 4).
 */
#ifndef HTTP_HANDSHAKE_H
#define HTTP_HANDSHAKE_H

#include "base/arena.h"
#include "http/message.h"

enum { HANDSHAKE_ACCEPT_BYTES = 28 };

/* The subprotocol that the worker speaks. */
#define HANDSHAKE_PROTOCOL "pool-manager-mock"

/* Returns true if the program was built with what a WebSocket needs (wslay and libmd). */
bool handshake_is_built(void);

/* Returns true for the value of Sec-WebSocket-Key: 16 bytes in base64. */
bool handshake_key_is_valid(struct text key);

/* Makes Sec-WebSocket-Accept of a valid key. */
void handshake_accept(struct text key, char accept[static HANDSHAKE_ACCEPT_BYTES + 1]);

/* Returns true if the client offers HANDSHAKE_PROTOCOL. */
bool handshake_offers_protocol(const struct request *request);

/* Returns the client's token: that of Authorization (http_bearer_token); in a handshake without
 * that header, the subprotocol `bearer.` with the token in base64url, because a browser can't send
 * Authorization with a handshake. Absent without one, or if it is malformed. May be in the arena.
 */
struct text handshake_token(const struct request *request, struct arena *arena);

#endif
