/* SPDX-License-Identifier: MIT
 *
 * Web pages that a browser has open: which of them may read an answer, and which may ask at all
 * (contract, section 1, "Foreign web pages"). Any page in a developer's browser reaches this
 * machine, so what the browser says about a request (Origin; Sec-Fetch-Site and -Mode, Fetch
 * Metadata) is believed. Clients that are no browsers send none of it and are not affected.
 */
#ifndef SERVICE_ORIGIN_H
#define SERVICE_ORIGIN_H

#include "service/internal.h"

/* Returns the value of Access-Control-Allow-Origin: "*", or the request's own origin if
 * --cors-origins lists it; absent where no page of another origin may read the answer. Below
 * __admin a "*" in the list counts for nothing. */
struct text origin_allowed(const struct exchange *exchange);

/* Refuses a request of a page that may not make it (of the API and the control API; their indexes
 * and the pods are for any page): below __admin unless the page is of this
 * service's own origin or a listed one; elsewhere what is cross-site and no CORS request or
 * WebSocket of a listed origin, such as an image, a form, a frame or a link. Returns OK,
 * ERR_CROSS_SITE with a sentence, ERR_NO_MEMORY. */
enum err origin_check(struct exchange *exchange);

#endif
