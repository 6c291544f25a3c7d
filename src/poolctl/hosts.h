/* SPDX-License-Identifier: MIT
 *
 * Which hosts are this machine, and which ones a relay may call. Names are those of URLs, as curl
 * reads them.
 */
#ifndef POOLCTL_HOSTS_H
#define POOLCTL_HOSTS_H

#include <stdbool.h>

#include "poolctl/arguments.h"

struct sockaddr;

/* Returns true if the host of the URL is 127.0.0.0/8, ::1, localhost or a name below it. */
bool host_is_loopback(const char *url);

/* Returns true for an address of the loopback. */
bool host_address_is_loopback(const struct sockaddr *address);

/* How a relay may call the host of a URL. */
enum host_access {
    HOST_REFUSED,
    HOST_LOOPBACK, /* at addresses of the loopback only, whatever its name resolves to */
    HOST_ALLOWED,  /* at every address */
};

/* Returns the access to the URL's host if these hosts are allowed beside the loopback. */
enum host_access host_access_of(const char *url, const struct values *allowed);

#endif
