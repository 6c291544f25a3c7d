/* SPDX-License-Identifier: MIT
 *
 * Private to the service: the tables of routes, the search for the row that matches a path, and the
 * refusals that the API and the pods' ports share.
 */
#ifndef SERVICE_ROUTING_H
#define SERVICE_ROUTING_H

#include "service/internal.h"

/* Returns the routes of the API and of the control API (call/routes.def), and their number. */
const struct service_route *routing_api_routes(size_t *count);

/* Returns a router that finds the index of a row; NULL without memory. */
struct router *routing_new_router(const struct service_route *routes, size_t count);

/* Sets the exchange's route to the row that matches the segments of the path. Answers OPTIONS
 * itself, and then leaves the route NULL. Returns OK, ERR_NOT_FOUND, or ERR_METHOD_NOT_ALLOWED with
 * an Allow header in the response. */
enum err routing_match(struct exchange *exchange, const struct router *router,
                       const struct service_route *routes, const struct text *segments,
                       size_t count);

/* Returns ERR_NO_TOKEN, with a hint in the answer that a front end may have dropped the token. */
enum err routing_refuse_no_token(struct exchange *exchange);

/* Answers OPTIONS. `methods` has a bit for each enum http_method that the path takes. */
void routing_answer_options(struct exchange *exchange, unsigned methods);

/* Refuses a text that is not a valid name (model/name.h), with a sentence that calls it `what`.
 * Returns OK or ERR_BAD_NAME. */
enum err routing_check_name(struct exchange *exchange, struct text what, struct text name);

/* Refuses the name of a pod that does not exist. Returns ERR_POD_NOT_FOUND, or ERR_BAD_NAME if the
 * name is not valid. */
enum err routing_refuse_pod(struct exchange *exchange, struct text name);

#endif
