/* SPDX-License-Identifier: MIT */
#include "poolctl/hosts.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

/* True for localhost and for names below it (RFC 6761, section 6.3). */
static bool is_localhost(const char *host)
{
    static const char name[] = "localhost";
    size_t length = strlen(host), tail = sizeof(name) - 1;

    return length >= tail && strcasecmp(host + length - tail, name) == 0 &&
           (length == tail || host[length - tail - 1] == '.');
}

/* `host` is as curl gives it: an IPv6 address is in brackets. */
static bool is_loopback(const char *host)
{
    struct in_addr four;
    struct in6_addr six;
    char inside[INET6_ADDRSTRLEN] = "";
    size_t length = strlen(host);

    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
    if (host[0] != '[' || length < 2)
        return is_localhost(host);
    if (length - 2 < sizeof(inside))
        memcpy(inside, host + 1, length - 2);
    return inet_pton(AF_INET6, inside, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

/* Returns the host of the URL, which the caller frees with curl_free; NULL: it has none, or memory
 * ran out. */
static char *host_of(const char *url)
{
    CURLU *parts = curl_url();
    char *host = NULL;

    if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK)
        curl_url_get(parts, CURLUPART_HOST, &host, 0);
    curl_url_cleanup(parts);
    return host;
}

bool host_is_loopback(const char *url)
{
    char *host = host_of(url);
    bool is = host && is_loopback(host);

    curl_free(host);
    return is;
}

bool host_address_is_loopback(const struct sockaddr *address)
{
    const void *at = address;

    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)at)->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)at)->sin6_addr);
}

enum host_access host_access_of(const char *url, const struct values *allowed)
{
    char *host = host_of(url);
    enum host_access access = host && is_loopback(host) ? HOST_LOOPBACK : HOST_REFUSED;

    for (int i = 0; host && i < allowed->count; i++)
        if (strcasecmp(allowed->at[i], host) == 0)
            access = HOST_ALLOWED;
    curl_free(host);
    return access;
}
