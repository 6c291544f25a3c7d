/* SPDX-License-Identifier: MIT */
#include "json/foreign.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { LOOKED_AT_MAX = 1024 }; /* bytes of a body */

/* Returns true if the body begins with a byte order mark of UTF-32, or with an ASCII character in
 * UTF-32, which has three NULs. */
static bool is_utf32(struct text body)
{
    static const char nuls[3];

    if (body.length < 4 || body.length % 4 != 0)
        return false;
    return memcmp(body.at, "\xFF\xFE\0", 4) == 0 || memcmp(body.at, "\0\0\xFE\xFF", 4) == 0 ||
           (body.at[0] && memcmp(body.at + 1, nuls, 3) == 0) ||
           (body.at[3] && memcmp(body.at, nuls, 3) == 0);
}

static bool is_utf16(struct text body)
{
    if (text_starts_with(body, TEXT("\xFE\xFF")) || text_starts_with(body, TEXT("\xFF\xFE")))
        return true;
    /* without a mark: an ASCII character in UTF-16, which has one NUL */
    return body.length >= 2 && body.length % 2 == 0 && !body.at[0] != !body.at[1];
}

/* Returns true if the body begins with a name and an equals sign, as no JSON value does. */
static bool is_form(struct text body)
{
    static const char others[] = "_-.*~%+[]";
    size_t i = 0;

    while (i < body.length && i < LOOKED_AT_MAX && body.at[i] &&
           (isalnum((unsigned char)body.at[i]) || strchr(others, body.at[i])))
        i++;
    return i > 0 && i < body.length && body.at[i] == '=';
}

static bool is_multipart(struct text body)
{
    static const char header[] = "Content-Disposition:";
    const size_t length = sizeof(header) - 1;

    if (!text_starts_with(body, TEXT("--")))
        return false;
    for (size_t i = 0; i + length <= body.length && i < LOOKED_AT_MAX; i++)
        if (strncasecmp(body.at + i, header, length) == 0)
            return true;
    return false;
}

const char *foreign_what(struct text body)
{
    if (text_starts_with(body, TEXT("\xEF\xBB\xBF")))
        return "it begins with a byte order mark; send UTF-8 without one";
    if (text_starts_with(body, TEXT("\x1F\x8B")))
        return "it is compressed with gzip; send it uncompressed";
    if (is_utf32(body))
        return "it is in UTF-32; send UTF-8";
    if (is_utf16(body))
        return "it is in UTF-16; send UTF-8";
    if (is_multipart(body))
        return "it is a multipart form; send a JSON object";
    if (is_form(body))
        return "it is a form (name=value); send a JSON object";
    return NULL;
}
