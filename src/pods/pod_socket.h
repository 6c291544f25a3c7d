/* SPDX-License-Identifier: MIT
 *
 * A WebSocket at a pod. It counts as a listener in the tenant, and is closed with
 * SOCKET_CLOSE_GOING_AWAY when the pod is released or deleted, or its state or tenant is.
 */
#ifndef PODS_POD_SOCKET_H
#define PODS_POD_SOCKET_H

#include "base/timer.h"
#include "call/upgrade.h"

/* To make one, put it at the beginning of a struct of your own, and set `socket`. The feed's `free`
 * calls pod_socket_end. */
struct pod_socket {
    struct socket socket;
    struct tenant *tenant; /* set by pod_socket_begin, like the members below */
    struct pod_name pod_name;
    int64_t generation;   /* of the state */
    enum pod_usage usage; /* the pod's, when it was last checked */
    int64_t since_ms;
    const struct clock *clock; /* real time */
    struct events_listener news;
    struct timer check; /* after an event: checks whether the pod is still the same */
};

/* Answers the handshake at the pod of the call. Takes the socket, even on failure: if it fails, the
 * feed's `free` is called. Returns OK, ERR_LISTENER_LIMIT with a sentence, or ERR_NO_MEMORY. */
enum err pod_socket_begin(struct call *call, struct pod_socket *socket);

/* Tells the door that the feed has something to read. */
void pod_socket_wake(struct pod_socket *socket);

/* A socket that did not begin is legal. */
void pod_socket_end(struct pod_socket *socket);

#endif
