/* SPDX-License-Identifier: MIT
 *
 * Private to the service: from a path taken apart to a row of a table of routes, for the API's own
 * and for the pods'.
 */
#ifndef SERVICE_ROUTING_H
#define SERVICE_ROUTING_H

#include "service/internal.h"

/* Returns the routes of the API and of the control API (call/routes.def), and their number. */
const struct service_route *routing_api_routes(size_t *count);

/* Returns a router of the rows, whose index it finds; NULL without memory. */
struct router *routing_new_router(const struct service_route *routes, size_t count);

/* Matches a path against a table of routes: sets the exchange's route, or answers OPTIONS and
 * leaves it NULL. Returns OK, ERR_NOT_FOUND, or ERR_METHOD_NOT_ALLOWED with Allow in the response.
 */
enum err routing_match(struct exchange *exchange, const struct router *router,
                       const struct service_route *routes, const struct text *segments,
                       size_t count);

/* Refuses the handshake of a WebSocket: FastCGI carries none. Any other upgrade that a client
 * offers (h2c) is ignored, as RFC 9110, section 7.8, has it. Returns OK or ERR_NO_LIVE_DOOR. */
enum err routing_check_upgrade(const struct exchange *exchange);

/* Refuses a request without a token: ERR_NO_TOKEN, with a hint in the answer that a front end
 * may have dropped it. */
enum err routing_refuse_no_token(struct exchange *exchange);

/* Answers an OPTIONS; `methods` has a bit for each enum http_method that the path takes. */
void routing_answer_options(struct exchange *exchange, unsigned methods);

/* Refuses what can't be a name (model/name.h): `what` is what the sentence calls it. Returns OK or
 * ERR_BAD_NAME. */
enum err routing_check_name(struct exchange *exchange, struct text what, struct text name);

/* Refuses a pod that is not there by its name, or that name. Returns ERR_POD_NOT_FOUND or
 * ERR_BAD_NAME. */
enum err routing_refuse_pod(struct exchange *exchange, struct text name);

#endif
