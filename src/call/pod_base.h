/* SPDX-License-Identifier: MIT
 *
 * The base of pods' URLs: this service as the client of a request sees it, through its front end.
 */
#ifndef CALL_POD_BASE_H
#define CALL_POD_BASE_H

#include "call/handler.h"

/* Returns the configured base URL: POOL_MANAGER_PUBLIC_URL, which the front end passes for one
 * location, otherwise --public-url; empty if neither is set. */
struct text pod_base_public_url(const struct api *api, const struct request *request);

/* Gets the base for the pods' URLs in the answer to a call: pod_base_public_url if it is set,
 * otherwise the scheme and host of the request (as its proxies forward them, if they are trusted)
 * and its mount. For a tenant, the base ends with the tenant's part of the path. `out` is empty if
 * no template needs a base, or if the request gives none that pod_base_read accepts. Texts are in
 * the call's arena. Returns OK, ERR_NO_MEMORY, or ERR_BAD_REQUEST if POOL_MANAGER_PUBLIC_URL is not
 * a URL. */
enum err pod_base_of_call(const struct call *call, struct pod_base *out);

/* Appends the scheme and host that the client used, such as http://127.0.0.1:8080. */
void pod_base_put_origin(struct buffer *out, const struct api *api, const struct request *request);

#endif
