/* SPDX-License-Identifier: MIT */
#include "service/origin.h"

#include <strings.h>

#include "call/pod_base.h"

enum { ORIGIN_MAX = 300 }; /* bytes: scheme, a host of 253 and a port */

static struct text header(const struct exchange *exchange, struct text name)
{
    return request_variable(&exchange->request, name);
}

struct text origin_allowed(const struct exchange *exchange)
{
    struct text rest = exchange->service->config.cors_origins, listed;

    while (text_cut(&rest, ',', &listed)) {
        if (text_equal(listed, TEXT("*"))) {
            if (!exchange->below_admin)
                return listed;
            continue;
        }
        struct text own = header(exchange, TEXT("HTTP_ORIGIN"));
        if (own.length > 0 && text_equal(listed, own))
            return listed;
    }
    return (struct text){0};
}

/* Compares origins without regard to case (RFC 6454, section 4). */
static bool is_same(struct text a, struct text b)
{
    return a.length == b.length && strncasecmp(a.at, b.at, a.length) == 0;
}

/* Returns scheme and host of a URL. */
static struct text origin_of(struct text url)
{
    struct text rest = url, piece;

    for (int slashes = 0; slashes < 3; slashes++)
        text_cut(&rest, '/', &piece);
    return (struct text){url.at, (size_t)(piece.at + piece.length - url.at)};
}

/* Checks whether the page is one of this service, for browsers that send no Sec-Fetch-Site. */
static enum err check_own(const struct exchange *exchange, struct text origin, bool *is_own)
{
    const struct api *api = exchange->service->api;
    struct buffer own = buffer_new(ORIGIN_MAX);

    struct text public_url = pod_base_public_url(api, &exchange->request);

    *is_own = public_url.length > 0 && is_same(origin_of(public_url), origin);
    if (*is_own)
        return OK;
    if (!buffer_reserve(&own, ORIGIN_MAX)) /* so that `failed` means: too long */
        return ERR_NO_MEMORY;
    pod_base_put_origin(&own, api, &exchange->request);
    *is_own = !own.failed && is_same(buffer_text(&own), origin);
    buffer_free(&own);
    return OK;
}

static enum err refuse(struct exchange *exchange, struct text origin, const char *what)
{
    bool is_named = origin.length > 0 && origin.length <= ORIGIN_MAX;
    struct text page = is_named ? origin : TEXT("another site");

    return problem_set(exchange->problem, ERR_CROSS_SITE,
                       "a page of %.*s may not %s; --cors-origins lists the origins that may",
                       TEXT_ARGS(page), what);
}

static enum err check_control(struct exchange *exchange, struct text site, struct text origin)
{
    bool is_own = site.length > 0
                      ? text_equal(site, TEXT("same-origin")) || text_equal(site, TEXT("none"))
                      : origin.length == 0;
    enum err err = OK;

    if (!is_own && site.length == 0)
        err = check_own(exchange, origin, &is_own);
    if (!err && !is_own)
        err = refuse(exchange, origin, "use the control API");
    return err;
}

static bool is_listed(const struct exchange *exchange, struct text origin)
{
    return origin.length > 0 && origin_allowed(exchange).at;
}

static bool is_upgrade(const struct exchange *exchange)
{
    return request_upgrades_to(&exchange->request, TEXT("websocket"));
}

/* Chromium sends the handshake of a WebSocket with Origin and without Sec-Fetch-Site; other
 * browsers may send both. So only Origin counts. */
enum err origin_check_upgrade(struct exchange *exchange)
{
    struct text origin = header(exchange, TEXT("HTTP_ORIGIN"));
    bool is_own = false;

    if (!is_upgrade(exchange) || origin.length == 0 || is_listed(exchange, origin))
        return OK;
    enum err err = check_own(exchange, origin, &is_own);
    if (err || is_own)
        return err;
    return refuse(exchange, origin, exchange->below_admin ? "use the control API" : "use this API");
}

static enum err check_api(struct exchange *exchange, struct text site)
{
    if (!text_equal(site, TEXT("cross-site")))
        return OK;
    struct text origin = header(exchange, TEXT("HTTP_ORIGIN"));
    bool is_cors = text_equal(header(exchange, TEXT("HTTP_SEC_FETCH_MODE")), TEXT("cors"));
    if (is_cors && is_listed(exchange, origin))
        return OK;
    return is_cors ? refuse(exchange, origin, "use this API")
                   : refuse(exchange, (struct text){0},
                            "use this API by an image, a form, a frame or a link");
}

enum err origin_check(struct exchange *exchange)
{
    struct text site = header(exchange, TEXT("HTTP_SEC_FETCH_SITE"));

    if (is_upgrade(exchange))
        return origin_check_upgrade(exchange);
    if (!exchange->below_admin)
        return check_api(exchange, site);
    struct text origin = header(exchange, TEXT("HTTP_ORIGIN"));
    return is_listed(exchange, origin) ? OK : check_control(exchange, site, origin);
}
