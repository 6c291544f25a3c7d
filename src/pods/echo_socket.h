/* SPDX-License-Identifier: MIT
 *
 * A WebSocket that sends each message back, at _echo: for testing the way of WebSockets through a
 * front end.
 */
#ifndef PODS_ECHO_SOCKET_H
#define PODS_ECHO_SOCKET_H

#include "call/handler.h"

/* Answers the handshake. A message may have as many bytes as a body (--body-max). Returns what
 * pod_socket_begin returns. */
enum err echo_socket_begin(struct call *call);

#endif
