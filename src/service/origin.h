/* SPDX-License-Identifier: MIT
 *
 * Private to the service: which web pages may read an answer, and which may send a request at all
 * (docs/api.md, "Web pages"). Any page in a developer's browser can send requests
 * to this machine, so the browser's own headers decide (Origin; Sec-Fetch-Site and Sec-Fetch-Mode,
 * Fetch Metadata). Other clients send none of them and are not affected.
 */
#ifndef SERVICE_ORIGIN_H
#define SERVICE_ORIGIN_H

#include "service/internal.h"

/* Returns the value of Access-Control-Allow-Origin: "*", or the request's origin if --cors-origins
 * lists it; absent if no page of another origin may read the answer. Below __admin a "*" in the
 * list is ignored. */
struct text origin_allowed(const struct exchange *exchange);

/* Refuses a request that a web page may not send. Below __admin, the page must be of this service's
 * own origin or of a listed one. Elsewhere, a cross-site request must be a CORS request or a
 * WebSocket handshake of a listed origin; a request by an image, a form, a frame or a link is
 * refused. Not for the indexes and the pods, which are open to any page. Returns OK, ERR_CROSS_SITE
 * with a sentence, ERR_NO_MEMORY. */
enum err origin_check(struct exchange *exchange);

/* Refuses the handshake of a WebSocket by a page whose origin is neither this service's own nor
 * listed; other requests pass. Returns as origin_check. */
enum err origin_check_upgrade(struct exchange *exchange);

#endif
