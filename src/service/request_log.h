/* SPDX-License-Identifier: MIT
 *
 * Private to the service: one line for each request (contract, section 6). The query is left out:
 * it may hold a secret.
 */
#ifndef SERVICE_REQUEST_LOG_H
#define SERVICE_REQUEST_LOG_H

#include "service/internal.h"

/* The log line of a request that has ended. */
void request_log_write(const struct service *service, const struct exchange *exchange);

#endif
