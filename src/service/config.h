/* SPDX-License-Identifier: MIT
 *
 * What a service is made with.
 */
#ifndef SERVICE_CONFIG_H
#define SERVICE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct exchange;
struct service_route;

/* Gives the gateway what an exchange has to send now (exchange_response, exchange_part); the head
 * goes in front if it is the `first`. The gateway copies what it needs, and may finish the
 * exchange. */
typedef void service_answer(void *owner, struct exchange *exchange, bool first);

struct service_config {
    struct text mount;        /* where the front end says nothing: "/api/mock/pool-manager" */
    size_t path_max_bytes;    /* of the raw path, without the query */
    struct text cors_origins; /* "*", or a comma-separated list */
    bool require_auth;        /* all but open routes need a token (contract, section 4) */
    bool one_shot;            /* the process ends with its first request */
    int64_t park_timeout_us;  /* the longest that a request waits at a time; 0: any */
    struct text admin_token;  /* what control routes ask for; empty: nothing */
    service_answer *answer;
    const struct service_route *routes; /* NULL: the API's own */
    size_t routes_count;
};

#endif
