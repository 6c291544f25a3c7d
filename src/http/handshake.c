/* SPDX-License-Identifier: MIT */
#include "http/handshake.h"

#ifdef HAVE_WEBSOCKET
#include <sha1.h>
#endif

#include <string.h>

enum { KEY_BYTES = 24, KEY_PADDING = 2, BITS_A_DIGIT = 6 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool handshake_is_built(void)
{
#ifdef HAVE_WEBSOCKET
    return true;
#else
    return false;
#endif
}

/* Returns the value of a digit of base64 or base64url, or -1. */
static int digit_value(char digit)
{
    const char *at = digit == '-' ? digits + 62 : digit == '_' ? digits + 63 : NULL;

    if (!at && digit)
        at = strchr(digits, digit);
    return at ? (int)(at - digits) : -1;
}

bool handshake_key_is_valid(struct text key)
{
    if (key.length != KEY_BYTES || memcmp(key.at + KEY_BYTES - KEY_PADDING, "==", KEY_PADDING) != 0)
        return false;
    for (size_t i = 0; i < KEY_BYTES - KEY_PADDING; i++)
        if (digit_value(key.at[i]) < 0 || key.at[i] == '-' || key.at[i] == '_')
            return false;
    return true;
}

#ifdef HAVE_WEBSOCKET
/* Writes bytes in base64 (RFC 4648, section 4), with its padding and a NUL. */
static void encode(const unsigned char *bytes, size_t count, char *out)
{
    for (size_t i = 0; i < count; i += 3) {
        size_t left = count - i;
        unsigned group = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? (unsigned)bytes[i + 2] : 0);
        *out++ = digits[group >> 18];
        *out++ = digits[group >> 12 & 63];
        *out++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[group & 63] : '=';
    }
    *out = '\0';
}

void handshake_accept(struct text key, char accept[static HANDSHAKE_ACCEPT_BYTES + 1])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char hash[SHA1_DIGEST_LENGTH];
    SHA1_CTX context;

    SHA1Init(&context);
    SHA1Update(&context, (const unsigned char *)key.at, key.length);
    SHA1Update(&context, (const unsigned char *)guid, sizeof(guid) - 1);
    SHA1Final(hash, &context);
    encode(hash, sizeof(hash), accept);
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
    while (protocol->length > 0 && *protocol->at == ' ')
        *protocol = text_from(*protocol, 1);
    *protocol = text_trim_end(*protocol, ' ');
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

/* Decodes base64url without padding (RFC 4648, section 5). Empty if it is malformed. */
static struct text decode(struct text encoded, struct arena *arena)
{
    size_t length = encoded.length * BITS_A_DIGIT / 8, used = 0;
    char *bytes = arena_alloc(arena, length + 1);
    unsigned group = 0, bits = 0;

    if (!bytes || encoded.length % 4 == 1)
        return TEXT("");
    for (size_t i = 0; i < encoded.length; i++) {
        int value = digit_value(encoded.at[i]);
        if (value < 0)
            return TEXT("");
        group = group << BITS_A_DIGIT | (unsigned)value;
        bits += BITS_A_DIGIT;
        if (bits >= 8) {
            bits -= 8;
            bytes[used++] = (char)(group >> bits & 0xFF);
        }
    }
    return (struct text){bytes, used};
}

static struct text offered_token(const struct request *request, struct arena *arena)
{
    struct text rest = request_variable(request, TEXT("HTTP_SEC_WEBSOCKET_PROTOCOL")), protocol;
    const struct text bearer = TEXT("bearer.");

    while (cut_protocol(&rest, &protocol))
        if (text_starts_with(protocol, bearer))
            return decode(text_from(protocol, bearer.length), arena);
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
