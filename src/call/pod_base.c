/* SPDX-License-Identifier: MIT */
#include "call/pod_base.h"

#include <string.h>
#include <strings.h>

/* Returns the first of a header's comma-separated values, which the proxy nearest to the client
 * set. Absent if proxies are not trusted. */
static struct text forwarded(const struct api *api, const struct request *request, struct text name)
{
    struct text rest = request_variable(request, name), first;

    if (!api->trust_forwarded || !text_cut(&rest, ',', &first))
        return (struct text){0};
    return text_trim_end(first, ' ');
}

/* True for the values with which servers set HTTPS. */
static bool is_on(struct text https)
{
    static const struct text words[] = {TEXT("on"), TEXT("1"), TEXT("true")};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (https.length == words[i].length &&
            strncasecmp(https.at, words[i].at, https.length) == 0)
            return true;
    return false;
}

static struct text scheme_of(const struct api *api, const struct request *request)
{
    struct text scheme = forwarded(api, request, TEXT("HTTP_X_FORWARDED_PROTO"));

    if (scheme.length == 0)
        scheme = request_variable(request, TEXT("REQUEST_SCHEME"));
    if (scheme.length == 0)
        scheme = is_on(request_variable(request, TEXT("HTTPS"))) ? TEXT("https") : TEXT("http");
    return scheme;
}

/* True for a host that ends in a port: "h:80", "[::1]:80", and not "::1". */
static bool has_port(struct text host)
{
    size_t start = host.length;

    while (start > 0 && host.at[start - 1] >= '0' && host.at[start - 1] <= '9')
        start--;
    if (start == host.length || start < 2 || host.at[start - 1] != ':')
        return false;
    return host.at[start - 2] == ']' || !memchr(host.at, ':', start - 1);
}

static void put_host(struct buffer *out, const struct api *api, const struct request *request)
{
    struct text host = forwarded(api, request, TEXT("HTTP_X_FORWARDED_HOST"));

    if (host.length == 0)
        host = request_variable(request, TEXT("HTTP_HOST"));
    if (host.length > 0) {
        buffer_put_text(out, host);
        return;
    }
    struct text name = request_variable(request, TEXT("SERVER_NAME"));
    struct text port = request_variable(request, TEXT("SERVER_PORT"));
    buffer_put_text(out, name);
    if (name.length == 0 || port.length == 0 || has_port(name))
        return;
    buffer_put_char(out, ':');
    buffer_put_text(out, port);
}

void pod_base_put_origin(struct buffer *out, const struct api *api, const struct request *request)
{
    buffer_put_text(out, scheme_of(api, request));
    buffer_put_text(out, TEXT("://"));
    put_host(out, api, request);
}

struct text pod_base_public_url(const struct api *api, const struct request *request)
{
    struct text url = request_variable(request, TEXT("POOL_MANAGER_PUBLIC_URL"));

    return url.length > 0 ? url : api->public_url;
}

static void put_base(struct buffer *out, const struct call *call)
{
    const struct api *api = call->api;
    struct text public_url = pod_base_public_url(api, call->request);

    if (public_url.length > 0) {
        buffer_put_text(out, text_trim_end(public_url, '/'));
        if (call->tenant->name[0]) {
            buffer_put_text(out, TEXT("/~"));
            buffer_put_text(out, text_of(call->tenant->name));
        }
        return;
    }
    pod_base_put_origin(out, api, call->request);
    buffer_put_text(out, forwarded(api, call->request, TEXT("HTTP_X_FORWARDED_PREFIX")));
    buffer_put_text(out, call->mount);
}

enum err pod_base_of_call(const struct call *call, struct pod_base *out)
{
    char text[POD_BASE_TEXT_MAX];
    struct buffer base = buffer_on(text, sizeof(text));
    struct text given = request_variable(call->request, TEXT("POOL_MANAGER_PUBLIC_URL"));

    *out = (struct pod_base){0};
    if (!call->api->templates.need_base)
        return OK;
    if (given.length > 0 && !pod_base_read(given, out))
        return problem_set(call->problem, ERR_BAD_REQUEST,
                           "the front end's POOL_MANAGER_PUBLIC_URL is not a URL such as "
                           "http://127.0.0.1:8080/api/mock: %.*s",
                           TEXT_ARGS(given));
    put_base(&base, call);
    struct text copy = arena_copy(call->arena, buffer_text(&base));
    if (copy.at && !base.failed) /* it fails only if too long */
        pod_base_read(copy, out);
    return copy.at ? OK : ERR_NO_MEMORY;
}
