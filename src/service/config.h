/* SPDX-License-Identifier: MIT
 *
 * The settings of a service.
 */
#ifndef SERVICE_CONFIG_H
#define SERVICE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct exchange;
struct service_route;

/* Sends the response of an exchange (exchange_response, exchange_part), with the head if it is the
 * `first` of its answer. The gateway copies what it needs, and may finish the exchange. */
typedef void service_answer(void *owner, struct exchange *exchange, bool first);

struct service_config {
    struct text mount;        /* if the front end passes none: "/api/mock/pool-manager" */
    size_t path_max_bytes;    /* of the raw path, without the query */
    struct text cors_origins; /* "*", or a comma-separated list */
    bool require_auth;        /* ROUTE_TOKEN routes need a token */
    bool one_shot;            /* the process ends with its first request */
    int64_t park_timeout_us;  /* the longest wait of a request; 0: no limit */
    size_t parked_max;        /* requests that wait at once; 0: no limit */
    struct text admin_token;  /* required by control routes; empty: they require none */
    service_answer *answer;
    const struct service_route *routes; /* NULL: the API's own */
    size_t routes_count;
};

#endif
