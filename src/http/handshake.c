/* SPDX-License-Identifier: MIT */
#include "http/handshake.h"

#ifdef HAVE_WEBSOCKET
#include <sha1.h>
#endif

#include <string.h>

#include "http/base64.h"

enum { KEY_BYTES = 24, KEY_PADDING = 2 };

bool handshake_is_built(void)
{
#ifdef HAVE_WEBSOCKET
    return true;
#else
    return false;
#endif
}

bool handshake_key_is_valid(struct text key)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t digits = KEY_BYTES - KEY_PADDING;

    if (key.length != KEY_BYTES || memcmp(key.at + digits, "==", KEY_PADDING) != 0)
        return false;
    for (size_t i = 0; i < digits; i++)
        if (!key.at[i] || !strchr(alphabet, key.at[i]))
            return false;
    return true;
}

#ifdef HAVE_WEBSOCKET
void handshake_accept(struct text key, char accept[static HANDSHAKE_ACCEPT_BYTES + 1])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char hash[SHA1_DIGEST_LENGTH];
    SHA1_CTX context;

    SHA1Init(&context);
    SHA1Update(&context, (const unsigned char *)key.at, key.length);
    SHA1Update(&context, (const unsigned char *)guid, sizeof(guid) - 1);
    SHA1Final(hash, &context);
    base64_encode(hash, sizeof(hash), accept);
}
#else
void handshake_accept(struct text key, char accept[static HANDSHAKE_ACCEPT_BYTES + 1])
{
    (void)key;
    accept[0] = '\0';
}
#endif

static bool cut_protocol(struct text *rest, struct text *protocol)
{
    if (!text_cut(rest, ',', protocol))
        return false;
    *protocol = text_trim(*protocol, ' ');
    return true;
}

bool handshake_offers_protocol(const struct request *request)
{
    struct text rest = request_variable(request, TEXT("HTTP_SEC_WEBSOCKET_PROTOCOL")), protocol;

    while (cut_protocol(&rest, &protocol))
        if (text_equal(protocol, TEXT(HANDSHAKE_PROTOCOL)))
            return true;
    return false;
}

static struct text offered_token(const struct request *request, struct arena *arena)
{
    struct text rest = request_variable(request, TEXT("HTTP_SEC_WEBSOCKET_PROTOCOL")), protocol;
    const struct text bearer = TEXT("bearer.");
    struct text token;

    while (cut_protocol(&rest, &protocol))
        if (text_starts_with(protocol, bearer))
            return base64_decode(text_from(protocol, bearer.length), arena, &token) ? token
                                                                                    : TEXT("");
    return (struct text){0};
}

struct text handshake_token(const struct request *request, struct arena *arena)
{
    struct text given = request_variable(request, TEXT("HTTP_AUTHORIZATION"));

    if (given.length > 0)
        return http_bearer_token(given);
    return request_upgrades_to(request, TEXT("websocket")) ? offered_token(request, arena)
                                                           : (struct text){0};
}
