/* SPDX-License-Identifier: MIT */
#include "service/front.h"

/* The first of a header's comma-separated values, which the proxy nearest to the client has set.
 * Absent where they are not to be believed. */
static struct text forwarded(const struct api *api, const struct request *request, struct text name)
{
    struct text rest = request_variable(request, name), first;

    if (!api->trust_forwarded || !text_cut(&rest, ',', &first))
        return (struct text){0};
    while (first.length > 0 && first.at[first.length - 1] == ' ')
        first.length--;
    return first;
}

static struct text scheme_of(const struct api *api, const struct request *request)
{
    struct text scheme = forwarded(api, request, TEXT("HTTP_X_FORWARDED_PROTO"));

    if (scheme.length == 0)
        scheme = request_variable(request, TEXT("REQUEST_SCHEME"));
    if (scheme.length == 0)
        scheme = text_equal(request_variable(request, TEXT("HTTPS")), TEXT("on")) ? TEXT("https")
                                                                                  : TEXT("http");
    return scheme;
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
    if (name.length == 0 || port.length == 0)
        return;
    buffer_put_char(out, ':');
    buffer_put_text(out, port);
}

void front_put_origin(struct buffer *out, const struct api *api, const struct request *request)
{
    buffer_put_text(out, scheme_of(api, request));
    buffer_put_text(out, TEXT("://"));
    put_host(out, api, request);
}

static void put_base(struct buffer *out, const struct call *call)
{
    const struct api *api = call->api;

    if (api->public_url.length > 0) {
        buffer_put_text(out, text_trim_end(api->public_url, '/'));
        if (call->tenant->name[0]) {
            buffer_put_text(out, TEXT("/~"));
            buffer_put_text(out, text_of(call->tenant->name));
        }
        return;
    }
    front_put_origin(out, api, call->request);
    buffer_put_text(out, forwarded(api, call->request, TEXT("HTTP_X_FORWARDED_PREFIX")));
    buffer_put_text(out, call->mount);
}

enum err front_of_call(const struct call *call, struct pod_front *out)
{
    struct buffer base = buffer_new(POD_FRONT_TEXT_MAX);

    *out = (struct pod_front){0};
    if (!call->api->templates.need_front)
        return OK;
    if (!buffer_reserve(&base, POD_FRONT_TEXT_MAX)) /* from here on it fails only if too long */
        return ERR_NO_MEMORY;
    put_base(&base, call);
    struct text copy = arena_copy(call->arena, buffer_text(&base));
    if (copy.at && !base.failed)
        pod_front_read(copy, out);
    buffer_free(&base);
    return copy.at ? OK : ERR_NO_MEMORY;
}
