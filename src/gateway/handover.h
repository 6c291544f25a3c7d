/* SPDX-License-Identifier: MIT
 *
 * Private to the gateway: kept connections outlive a restart.
 *
 * A front end may send a request on a kept connection just when the worker stops. If the worker
 * closed the connection, the request would be lost: nginx repeats no request, because that could
 * claim twice. So a worker that stops stores its idle connections with systemd
 * (FileDescriptorStoreMax= in the unit), and the next worker takes them. In between, requests wait
 * in the sockets. A supervisor without such a store ignores what it is sent.
 *
 * systemd closes what it stores if no worker follows, or if the front end closes its end.
 */
#ifndef GATEWAY_HANDOVER_H
#define GATEWAY_HANDOVER_H

#include "gateway/connection.h"

/* Stores copies of the connections that the front end may use again, with systemd. The caller
 * closes the connections in the same turn. */
void handover_give(const struct gateway *gateway);

/* Opens the connections that the last worker has stored, and clears the store. */
void handover_take(struct gateway *gateway);

#endif
