/* SPDX-License-Identifier: MIT
 *
 * The front end as the client of a request sees it: what the addresses of pods begin with.
 */
#ifndef CALL_POD_BASE_H
#define CALL_POD_BASE_H

#include "call/handler.h"

/* The base URL that is given: by the front end for one of its places (POOL_MANAGER_PUBLIC_URL),
 * else for all (--public-url); empty: none. */
struct text pod_base_public_url(const struct api *api, const struct request *request);

/* From pod_base_public_url, else from the request's own scheme and host, with what its proxies say
 * of them where they are to be believed, and its mount. Empty where no template needs it, and where
 * the request names no host that could stand in a URL. In a tenant it ends in the tenant's part of
 * the path. Texts live in the call's arena. Returns OK, ERR_NO_MEMORY, or ERR_BAD_REQUEST where
 * POOL_MANAGER_PUBLIC_URL is not a URL. */
enum err pod_base_of_call(const struct call *call, struct pod_base *out);

/* Appends scheme and host as the client has called them, such as http://127.0.0.1:8080. */
void pod_base_put_origin(struct buffer *out, const struct api *api, const struct request *request);

#endif
